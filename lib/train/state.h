/* State in a file: one visitor that collects and writes, one that compares, one that loads.
 * Tensors, bytes and numbers are entries of a .safetensors file, under its checksum; text that must
 * be the same is metadata. */
#ifndef GENREPI_TRAIN_STATE_H
#define GENREPI_TRAIN_STATE_H

#include <io/safetensors.h>
#include <tensor/state.h>

/* Metadata "format" of a checkpoint. */
#define GENREPI_CHECKPOINT_FORMAT "genrep checkpoint 1"

/* The prefix and the name; NULL, and text cut, if that is too long. */
#define GENREPI_STATE_NAME_BYTES 512
const char *genrepi_state_name(const genrepi_state *state, const char *name,
                               char text[GENREPI_STATE_NAME_BYTES]);

/* Saving: make with genrepi_save_begin(), visit, write, end.  The tensors are read by write. */
typedef struct genrepi_save {
    genrepi_state state;
    struct genrepi_save_entry *entries;
    int64_t n, capacity;
    struct genrepi_save_text *texts;
    int64_t n_texts, capacity_texts;
} genrepi_save;

void genrepi_save_begin(genrep_ctx *ctx, genrepi_save *save);
/* Metadata that is not compared, for readers of the file. */
int32_t genrepi_save_text(genrepi_save *save, const char *key, const char *value);
int32_t genrepi_save_write(genrepi_save *save, const char *path);
void genrepi_save_end(genrepi_save *save);

/* The largest integer that a file may hold, as large as the options for steps allow. */
#define GENREPI_MAX_COUNT 1000000000000000

/* Loading: check with everything visited changes nothing and counts; genrepi_load_complete() then
 * says whether the file holds more.  After that load cannot fail. */
typedef struct genrepi_load {
    genrepi_state state;
    const genrepi_safetensors *file;
    int64_t visited;
} genrepi_load;

void genrepi_load_check(genrep_ctx *ctx, const genrepi_safetensors *file, genrepi_load *load);
int32_t genrepi_load_complete(const genrepi_load *load);
void genrepi_load_load(genrep_ctx *ctx, const genrepi_safetensors *file, genrepi_load *load);

#endif
