/** @file genrep/text.h
 *  Vocabularies, and trained word vectors: look-up, nearest words, files.
 */
#ifndef GENREP_TEXT_H
#define GENREP_TEXT_H

#include <genrep/data.h>
#include <genrep/train.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct genrep_vocab genrep_vocab;

/** Counts the words of a text dataset, most frequent first (equal counts by bytes).  Word 0 is
 *  "</s>", the end of a line.
 *  @param spec NULL or options: "min_count=5"; see genrep_describe("vocab").
 *  @param[out] out the new reference.
 *  @return 0, GENREP_E_INVALID (not text, or no word is left), GENREP_E_RANGE, GENREP_E_IO or
 *          GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_vocab_build(genrep_dataset *dataset, const char *spec,
                                      genrep_vocab **out);

/** Reads a vocabulary in word2vec.c's format: "word count" a line.
 *  @return 0, GENREP_E_INVALID, GENREP_E_IO, GENREP_E_FORMAT or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_vocab_load(genrep_ctx *ctx, const char *path, genrep_vocab **out);

/** Writes a vocabulary in that format.
 *  @return 0, GENREP_E_INVALID, GENREP_E_IO or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_vocab_save(const genrep_vocab *vocab, const char *path);

/** Adds a reference.  Thread-safe.  @return vocab.  @since 0.1 */
GENREP_API genrep_vocab *genrep_vocab_ref(genrep_vocab *vocab);

/** Gives a reference back.  Thread-safe.  @since 0.1 */
GENREP_API void genrep_vocab_unref(genrep_vocab *vocab);

/** The number of words; 0 for NULL.  @since 0.1 */
GENREP_API int64_t genrep_vocab_size(const genrep_vocab *vocab);

/** The sum of all counts; 0 for NULL.  @since 0.1 */
GENREP_API int64_t genrep_vocab_total(const genrep_vocab *vocab);

/** The bytes of the text it was built from that are not UTF-8.  They are kept in their words, and a
 *  warning is logged; 0 for a vocabulary from a file, and for NULL.  @since 0.1 */
GENREP_API int64_t genrep_vocab_invalid(const genrep_vocab *vocab);

/** The number of a word.
 *  @param word  UTF-8; `bytes` bytes, or up to its 0 if bytes is (size_t)-1.
 *  @return 0 or more; -1 if it is not there, and for NULL.  @since 0.1 */
GENREP_API int64_t genrep_vocab_find(const genrep_vocab *vocab, const char *word, size_t bytes);

/** The word of a number and its count; count may be NULL.
 *  @return borrowed, ended by 0, stays as long as the vocabulary; NULL if there is none.
 *  @since 0.1 */
GENREP_API const char *genrep_vocab_word(const genrep_vocab *vocab, int64_t index, int64_t *count);

/** Reads word vectors: word2vec's text and binary format, fastText's .vec, GloVe's text, a matrix
 *  (.npy, or .tsv of embedding projectors) with its words in a file beside it, .safetensors.  The
 *  words of x.npy are in x.npy.words, those of vectors.tsv in metadata.tsv, of x_tensor.tsv in
 *  x_metadata.tsv, of x.tsv in x.metadata.tsv.
 *  @param spec NULL or options: "format=auto mmap=0"; see genrep_describe("vectors").  mmap=1 maps
 *              a file that was saved with format=safetensors: it is not read, so opening takes
 *              milliseconds, processes share its memory, and numbers that are not finite are not
 *              refused.  While it is mapped, the file may be removed or replaced, as
 *              genrep_vectors_save() does, but not changed in place: whoever cuts it ends the
 *              process that touches what is gone (SIGBUS).
 *  @param[out] out the new reference.
 *  @return 0, GENREP_E_INVALID, GENREP_E_IO, GENREP_E_FORMAT, GENREP_E_UNSUPPORTED (a type of
 *          elements; mmap=1 with addresses of 32 bits) or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_vectors_load(genrep_ctx *ctx, const char *path, const char *spec,
                                       genrep_vectors **out);

/** Writes word vectors.  Each file is replaced whole; of a pair, the words come first.
 *  @param spec NULL or "format=text", "binary", "vec", "glove", "npy", "tsv" or "safetensors".
 *              Without: npy, tsv and safetensors by the path's ending, text for others.  Words that
 *              the format cannot hold are refused.
 *  @return 0, GENREP_E_INVALID, GENREP_E_IO or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_vectors_save(const genrep_vectors *vectors, const char *path,
                                       const char *spec);

/** Adds a reference.  Thread-safe.  @return vectors.  @since 0.1 */
GENREP_API genrep_vectors *genrep_vectors_ref(genrep_vectors *vectors);

/** Gives a reference back.  Thread-safe.  @since 0.1 */
GENREP_API void genrep_vectors_unref(genrep_vectors *vectors);

/** The number of words; 0 for NULL.  @since 0.1 */
GENREP_API int64_t genrep_vectors_size(const genrep_vectors *vectors);

/** The numbers a vector has; 0 for NULL.  @since 0.1 */
GENREP_API int64_t genrep_vectors_dim(const genrep_vectors *vectors);

/** The number of a word, as genrep_vocab_find().  @since 0.1 */
GENREP_API int64_t genrep_vectors_find(const genrep_vectors *vectors, const char *word,
                                       size_t bytes);

/** The word of a number: borrowed, stays as long as the vectors; NULL if there is none.
 *  @since 0.1 */
GENREP_API const char *genrep_vectors_word(const genrep_vectors *vectors, int64_t index);

/** A word's vector, genrep_vectors_dim() numbers: borrowed, stays as long as the vectors; NULL if
 *  there is none.  @since 0.1 */
GENREP_API const float *genrep_vectors_row(const genrep_vectors *vectors, int64_t index);

/** The vector of any word: that of a word of the vocabulary as it is in its row; of any other the
 *  mean of its character n-grams' vectors, if the vectors come from a trainer with n-grams
 *  ("word2vec max_ngram=6") and a word of the vocabulary has one of them.
 *  @param word  UTF-8; `bytes` bytes, or up to its 0 if bytes is (size_t)-1.
 *  @param[out] vector room for genrep_vectors_dim() numbers.
 *  @return 0, GENREP_E_INVALID (nothing is known of the word), GENREP_E_DIVERGED (its n-grams'
 *          vectors are not finite) or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_vectors_vector(const genrep_vectors *vectors, const char *word,
                                         size_t bytes, float *vector);

/** The k words of greatest cosine similarity to a query, best first, equal ones by number.
 *  @param query   genrep_vectors_dim() numbers.
 *  @param exclude a word's number to leave out, or -1.
 *  @param k       at least 1.
 *  @param[out] indices room for k.  @param[out] scores room for k cosines; may be NULL.
 *  @param[out] found how many there are: less than k if there are fewer words; may be NULL.
 *  @return 0, GENREP_E_INVALID (also a query of length 0 or not finite) or GENREP_E_NOMEM.
 *  @since 0.1 */
GENREP_API int32_t genrep_vectors_nearest(const genrep_vectors *vectors, const float *query,
                                          int64_t exclude, int64_t k, int64_t *indices,
                                          float *scores, int64_t *found);

/** The nearest words of many queries at once: faster than one after another, since each row is
 *  fetched from memory once for many queries.  Scores may differ from those of
 *  genrep_vectors_nearest() by rounding.
 *  @param spec      NULL or options: "restrict=30000" searches the first 30000 words only; see
 *                   genrep_describe("vectors_nearest").
 *  @param n         queries, 0 or more.
 *  @param queries   n * genrep_vectors_dim() numbers.
 *  @param n_exclude words that are left out for each query; 0 or more.
 *  @param exclude   n * n_exclude numbers of them (-1: none); NULL if n_exclude is 0.
 *  @param k         at least 1.
 *  @param[out] indices n * k numbers; where a query has less than k words, -1 fills up.
 *  @param[out] scores  n * k cosines, 0 fills up; may be NULL.
 *  @param[out] found   n numbers: how many words each query has; may be NULL.
 *  @return 0, GENREP_E_INVALID (also a query of length 0 or not finite), GENREP_E_RANGE or
 *          GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_vectors_nearest_batch(const genrep_vectors *vectors, const char *spec,
                                                int64_t n, const float *queries, int64_t n_exclude,
                                                const int64_t *exclude, int64_t k, int64_t *indices,
                                                float *scores, int64_t *found);

/** a is to b as c is to ?: the k best answers, best first, equal ones by number; never a, b or c.
 *  @param spec NULL or options: "method=add restrict=0"; method=add is the cosine with b - a + c of
 *              vectors of length 1 (3CosAdd), method=mul cos'(x,b) cos'(x,c) / (cos'(x,a) + 0.001)
 *              with cos' = (cos + 1) / 2 (3CosMul); see genrep_describe("vectors_analogy").
 *  @param a,b,c numbers of words.
 *  @param k     at least 1.
 *  @param[out] indices room for k.  @param[out] scores room for k; may be NULL.
 *  @param[out] found how many there are: less than k if there are fewer words; may be NULL.
 *  @return 0, GENREP_E_INVALID (also if b - a + c is zero, or with mul one of the vectors),
 *          GENREP_E_RANGE or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_vectors_analogy(const genrep_vectors *vectors, const char *spec,
                                          int64_t a, int64_t b, int64_t c, int64_t k,
                                          int64_t *indices, float *scores, int64_t *found);

/** The cosine similarity of two words, -1..1, computed in double; 0 if a vector is zero.
 *  @return 0 or GENREP_E_INVALID (no such word).  @since 0.1 */
GENREP_API int32_t genrep_vectors_similarity(const genrep_vectors *vectors, int64_t i, int64_t j,
                                             double *cosine);

#ifdef __cplusplus
}
#endif

#endif
