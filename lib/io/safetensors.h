/* safetensors (https://github.com/huggingface/safetensors, the format's description): 8 bytes
 * length, a JSON header, then raw little-endian tensors.  Networks and checkpoints are stored in
 * it. */
#ifndef GENREPI_IO_SAFETENSORS_H
#define GENREPI_IO_SAFETENSORS_H

#include <tensor/tensor.h>

#define GENREPI_SAFETENSORS_MAX_HEADER 100000000 /* bytes; the format's own limit */

/* Reading: the file is mapped or read, the header checked as a whole (types, shapes, ranges inside
 * the file, no overlap, no hole, no name twice), and tensors are copied out. */
typedef struct genrepi_safetensors genrepi_safetensors;
int32_t genrepi_safetensors_open(genrep_ctx *ctx, const char *path, genrepi_safetensors **out);
int32_t genrepi_safetensors_parse(genrep_ctx *ctx, const char *name, const void *bytes,
                                  int64_t size, genrepi_safetensors **out); /* bytes are borrowed */
/* The same, but the checksum is not checked: for a mapped file, which is not read. */
int32_t genrepi_safetensors_parse_mapped(genrep_ctx *ctx, const char *name, const void *bytes,
                                         int64_t size, genrepi_safetensors **out);
void genrepi_safetensors_close(genrepi_safetensors *file); /* NULL is fine */
int64_t genrepi_safetensors_count(const genrepi_safetensors *file);
const char *genrepi_safetensors_name(const genrepi_safetensors *file, int64_t index);
int64_t genrepi_safetensors_find(const genrepi_safetensors *file, const char *name); /* or -1 */
void genrepi_safetensors_info(const genrepi_safetensors *file, int64_t index, int32_t *dtype,
                              genrepi_shape *shape); /* dtype 0: a type the library has not */
/* The type as the file has it: "BF16". */
const char *genrepi_safetensors_type(const genrepi_safetensors *file, int64_t index);
/* The elements, where the file holds them (maybe not aligned: use memcpy). */
const void *genrepi_safetensors_data(const genrepi_safetensors *file, int64_t index,
                                     int64_t *bytes);
/* A copy as a tensor; GENREP_E_UNSUPPORTED for a type that the library has not. */
int32_t genrepi_safetensors_tensor(genrep_ctx *ctx, const genrepi_safetensors *file, int64_t index,
                                   genrep_tensor **out);
const char *genrepi_safetensors_metadata(const genrepi_safetensors *file, const char *key);

/* Writing: entries are collected, then the file is written at once, with metadata "crc32" over all
 * tensor bytes, which reading checks where it is present. */
typedef struct genrepi_safetensors_entry {
    const char *name;
    int32_t dtype;
    genrepi_shape shape;
    const void *data;
} genrepi_safetensors_entry;
typedef struct genrepi_safetensors_metadata_entry {
    const char *key, *value;
} genrepi_safetensors_metadata_entry;
int32_t genrepi_safetensors_write(genrep_ctx *ctx, const char *path,
                                  const genrepi_safetensors_entry *entries, int64_t n,
                                  const genrepi_safetensors_metadata_entry *metadata,
                                  int64_t n_metadata);

/* The same for entries that do not lie in memory as in the file; layouts: one an entry.  The data
 * begin at a multiple of 64 bytes. */
typedef struct genrepi_safetensors_layout {
    int64_t pitch;    /* bytes from one row (of the first axis) to the next; 0: no gaps */
    const char *type; /* what the file calls it, of dtype's width ("U64" for F64); NULL: dtype's */
} genrepi_safetensors_layout;
int32_t genrepi_safetensors_write_as(genrep_ctx *ctx, const char *path,
                                     const genrepi_safetensors_entry *entries,
                                     const genrepi_safetensors_layout *layouts, int64_t n,
                                     const genrepi_safetensors_metadata_entry *metadata,
                                     int64_t n_metadata);

#endif
