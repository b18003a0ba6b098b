/** @file genrep/evaluation.h
 *  How good word vectors are: sets of analogies and of similarities; classes of words; maps of
 *  words in the plane.
 */
#ifndef GENREP_EVALUATION_H
#define GENREP_EVALUATION_H

#include <genrep/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a set of questions gave: rows with names and figures. */
typedef struct genrep_evaluation genrep_evaluation;

/** Answers a set of analogies, as questions-words.txt: a line ": name" begins a category, every
 *  other line is a question "a b c d", a is to b as c is to d; blank lines and lines that begin
 *  with "#" or "//" are skipped.  A question whose four words are not all known is counted as seen
 *  and not asked.  It is right if d is the best word other than a, b and c.
 *
 *  The rows are the categories in their order, then "semantic" and "syntactic" (the categories
 *  whose name begins with "gram"), then "total".  The score is right / asked.
 *  @param questions a text dataset: "text path='questions-words.txt'", or memory.
 *  @param spec NULL or options: "restrict=30000 case=fold method=add"; see
 *              genrep_describe("vectors_analogies").  The figures depend on the restriction to the
 * most frequent words, so they are to be told together: genrep_evaluation_words().
 *  @param[out] out the new reference.
 *  @return 0, GENREP_E_INVALID (also questions that are not text), GENREP_E_RANGE, GENREP_E_IO,
 *          GENREP_E_FORMAT (a line that is not a question) or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_vectors_analogies(const genrep_vectors *vectors,
                                            genrep_dataset *questions, const char *spec,
                                            genrep_evaluation **out);

/** Compares cosines with people's judgement: a set of lines "word word score", separated by tabs,
 *  commas, semicolons or blanks, as WordSim-353, SimLex-999, RG-65 and MEN are.  One heading may
 *  be first, lines that begin with "#" are skipped, columns behind the score are not read, and one
 *  that is not a number may stand before it (SimLex-999's part of speech).
 *
 *  There is one row, "pairs".  Seen are all pairs, asked those whose two words are known, and the
 *  score is Spearman's rank correlation of the two columns over these, equal values having their
 *  average rank; it is not a number where it is not defined (fewer than two pairs, or a column of
 *  equal values).
 *  @param pairs a text dataset.
 *  @param spec  NULL or options: "restrict=30000 case=fold"; see
 * genrep_describe("vectors_similarities").
 *  @param[out] out the new reference.
 *  @return as genrep_vectors_analogies().  @since 0.1 */
GENREP_API int32_t genrep_vectors_similarities(const genrep_vectors *vectors, genrep_dataset *pairs,
                                               const char *spec, genrep_evaluation **out);

/** Adds a reference.  Thread-safe.  @return evaluation.  @since 0.1 */
GENREP_API genrep_evaluation *genrep_evaluation_ref(genrep_evaluation *evaluation);

/** Gives a reference back.  Thread-safe.  @since 0.1 */
GENREP_API void genrep_evaluation_unref(genrep_evaluation *evaluation);

/** How many words took part: the restriction, or all there are; 0 for NULL.  @since 0.1 */
GENREP_API int64_t genrep_evaluation_words(const genrep_evaluation *evaluation);

/** The number of rows; 0 for NULL.  @since 0.1 */
GENREP_API int64_t genrep_evaluation_rows(const genrep_evaluation *evaluation);

/** The row of a name, the last one if there are several; -1 if there is none, and for NULL.
 *  @since 0.1 */
GENREP_API int64_t genrep_evaluation_find(const genrep_evaluation *evaluation, const char *name);

/** The name of a row: borrowed, ended by 0, stays as long as the evaluation; NULL if there is
 *  none.  @since 0.1 */
GENREP_API const char *genrep_evaluation_name(const genrep_evaluation *evaluation, int64_t row);

/** The figures of a row; each output may be NULL.
 *  @param[out] score right / asked or the rank correlation; not a number where nothing was asked.
 *  @param[out] right answers that were right (analogies; else 0).
 *  @param[out] asked questions or pairs whose words are all known.
 *  @param[out] seen  all questions or pairs of the set.
 *  @return 0 or GENREP_E_INVALID (no such row).  @since 0.1 */
GENREP_API int32_t genrep_evaluation_row(const genrep_evaluation *evaluation, int64_t row,
                                         double *score, int64_t *right, int64_t *asked,
                                         int64_t *seen);

/** Puts the words into classes by k-means on the sphere, as word2vec.c's -classes: each centre has
 *  length 1, a word belongs to the centre of greatest dot product.  The same seed of the context
 *  gives the same classes for any number of threads.
 *  @param spec "classes=500 iterations=10"; see genrep_describe("vectors_classes").
 *  @param[out] classes genrep_vectors_size() numbers, 0 to classes - 1.
 *  @return 0, GENREP_E_INVALID (more classes than words), GENREP_E_RANGE or GENREP_E_NOMEM.
 *  @since 0.1 */
GENREP_API int32_t genrep_vectors_classes(const genrep_vectors *vectors, const char *spec,
                                          int32_t *classes);

/** Puts words on a map: "pca" (the two directions of greatest variance) or "tsne perplexity=30
 *  iterations=1000" (van der Maaten and Hinton 2008, exact: time n^2 a step, memory 8 n^2 bytes, at
 *  most 5000 words).  See genrep_describe("pca") and genrep_describe("tsne").
 *  @param indices n numbers of words; NULL for the first n.
 *  @param n       at least 1.
 *  @param[out] points n pairs x, y.
 *  @param[out] score pca: the share of the variance that the map keeps, 0 to 1 (not a number where
 *              there is none to keep); tsne: the Kullback-Leibler divergence, in nats.  May be
 *              NULL.
 *  @return 0, GENREP_E_INVALID (a number that is no word's; too many words, or too few for the
 *          perplexity), GENREP_E_RANGE or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_vectors_map(const genrep_vectors *vectors, const char *spec,
                                      const int64_t *indices, int64_t n, float *points,
                                      double *score);

#ifdef __cplusplus
}
#endif

#endif
