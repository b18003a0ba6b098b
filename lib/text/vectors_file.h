/* What the files that read and write word vectors share. */
#ifndef GENREPI_TEXT_VECTORS_FILE_H
#define GENREPI_TEXT_VECTORS_FILE_H

#include <io/safetensors.h>
#include <text/scan.h>
#include <text/vectors.h>

/* In text, what parts a word from its numbers, and numbers from each other. */
static inline int genrepi_is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/* The longest that a row of text may be. */
size_t genrepi_vectors_line_limit(int64_t dim);
/* Cuts `dim` numbers off the end of line[0..*bytes); 0 if they are not there. */
int genrepi_vectors_parse_numbers(const char *line, size_t *bytes, int64_t dim, float *row);
/* How many numbers it ends with; no more than GENREPI_MOST_DIM + 1. */
int64_t genrepi_vectors_count_numbers(const char *line, size_t bytes);
/* The next line, not taken; cut off after the longest line there may be. */
int32_t genrepi_vectors_peek_line(genrepi_scan *scan, const char **line, size_t *bytes);

/* The format by the first bytes, which are not taken, and by the path's ending (path may be NULL)
 * where they cannot tell.  TEXT stands for a text file with a first line "words dimensions", BINARY
 * for the same with floats. */
int32_t genrepi_vectors_detect(genrepi_scan *scan, const char *path, int32_t *format);

/* Text, binary, vec and glove from one stream; AUTO: detected.  Takes the reader over. */
int32_t genrepi_vectors_read(genrep_ctx *ctx, genrepi_reader *reader, int32_t format,
                             genrep_vectors **out);
int32_t genrepi_vectors_scan(genrepi_scan *scan, int32_t format, genrep_vectors **out);

/* A matrix (NPY, TSV) and its words, a line each: both readers are taken over. */
int32_t genrepi_vectors_read_pair(genrep_ctx *ctx, genrepi_reader *reader, genrepi_reader *words,
                                  int32_t format, genrep_vectors **out);
/* Where the words of a matrix are; free with genrepi_free(), NULL without memory. */
char *genrepi_vectors_words_path(genrep_ctx *ctx, const char *path, int32_t format);

/* Tensors of our safetensors files:
 *   vectors         F32 [n, dim]
 *   inverse_lengths F32 [n]    1 / |row|, 0 for a row of zeros
 *   words           U8 [bytes] each word, ended by 0
 *   word_starts     U64 [n + 1, rounded up to 8; the rest repeats the last]
 *   word_slots      U64 [a power of two]: genrepi_words.slots
 * vectors and words suffice to read a file, all are needed to map it. */
#define GENREPI_VECTORS_MARK "genrep.vectors" /* in the metadata; its value: */
#define GENREPI_VECTORS_VERSION "1"           /* also stands for the hash of words */

int32_t genrepi_vectors_read_safetensors(genrep_ctx *ctx, const char *path, genrep_vectors **out);
/* Nothing is read but what is asked for; the set keeps the map. */
int32_t genrepi_vectors_open_map(genrep_ctx *ctx, const char *path, genrep_vectors **out);
/* The same from a file in memory that stays: what the fuzzers call.  name: for messages; takes
 * the file over, also on failure. */
int32_t genrepi_vectors_from_safetensors(genrep_ctx *ctx, genrepi_safetensors *file,
                                         const char *name, int32_t mapped, genrep_vectors **out);
int32_t genrepi_vectors_write_safetensors(const genrep_vectors *vectors, const char *path);

#endif
