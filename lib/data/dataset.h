/* Datasets: samples by number (fields of tensors, or the host's callback), or a stream of text.
 * A kind of dataset is one file with one genrepi_dataset_ops and one row. */
#ifndef GENREPI_DATA_DATASET_H
#define GENREPI_DATA_DATASET_H

#include <base/spec.h>
#include <io/file.h>
#include <tensor/tensor.h>
#include <genrep/data.h>

#define GENREPI_MAX_FIELDS 8

typedef struct genrepi_field {
    char *name;
    int32_t dtype;
    genrepi_shape shape; /* of one sample */
    int64_t count;       /* 0: the dataset's; else its samples are shuffled on their own */
} genrepi_field;

typedef struct genrepi_dataset_ops {
    /* For kinds made from a spec: sets instance, count and fields.  On failure free is called, if
     * instance was set. */
    int32_t (*open)(genrep_dataset *dataset, const void *options);
    /* Where one field of one sample lies in memory; from any thread.  NULL if read is needed. */
    const void *(*at)(const genrep_dataset *dataset, int64_t sample, int32_t field);
    /* Copies one field of one sample, in the field's type; on the calling thread only.  place:
     * where it stands in the endless sequence, for what is random about showing it. */
    int32_t (*read)(genrep_dataset *dataset, int64_t place, int64_t sample, int32_t field,
                    void *to);
    /* A new reader over the text from its beginning; NULL if it is not text. */
    int32_t (*text)(genrep_dataset *dataset, genrepi_reader **out);
    void (*free)(genrep_dataset *dataset);
    /* 1: text comes from the host, and is read on its thread only. */
    int32_t on_caller;
} genrepi_dataset_ops;

struct genrep_dataset {
    genrep_ctx *ctx;
    atomic_int refs;
    const genrepi_dataset_ops *ops;
    void *instance;
    int64_t count;
    int32_t n_fields;
    genrepi_field fields[GENREPI_MAX_FIELDS];
    const genrepi_kind *filter; /* of a filter over text */
    genrep_dataset *source;     /* what it reads; a reference */
};

extern const genrepi_kind genrepi_kind_cifar, genrepi_kind_idx, genrepi_kind_images,
    genrepi_kind_pairs, genrepi_kind_text, genrepi_kind_unpaired;

int32_t genrepi_dataset_new(genrep_ctx *ctx, const char *spec, genrep_dataset **out);
int32_t genrepi_dataset_from_tensors(genrep_ctx *ctx, int32_t n, const char *const *names,
                                     genrep_tensor *const *tensors, genrep_dataset **out);
int32_t genrepi_dataset_from_source(genrep_ctx *ctx, const genrep_source *source,
                                    genrep_dataset **out);
int32_t genrepi_dataset_from_text(genrep_ctx *ctx, const char *text, size_t bytes,
                                  void (*release)(void *user), void *user, genrep_dataset **out);
int32_t genrepi_dataset_from_text_source(genrep_ctx *ctx, const genrep_text_source *source,
                                         genrep_dataset **out);
/* 1 if reading its text calls the host, wherever the text comes through. */
int32_t genrepi_dataset_on_caller(const genrep_dataset *dataset);
/* Writes all its text to a file. */
int32_t genrepi_dataset_save_text(genrep_dataset *dataset, const char *path);
/* The dataset "text path=..." of a path that is no part of a spec. */
int32_t genrepi_text_open(genrep_ctx *ctx, const char *path, genrep_dataset **out);
genrep_dataset *genrepi_dataset_ref(genrep_dataset *dataset);
void genrepi_dataset_unref(genrep_dataset *dataset); /* NULL is fine */
/* The index of a field by name; -1 if it is not there. */
int32_t genrepi_dataset_find(const genrep_dataset *dataset, const char *name);
/* Which sample of a field stands at place i (0 ..) of the endless shuffled sequence: one
 * permutation a pass, the same for all fields that have no count of their own. */
int64_t genrepi_dataset_sample(const genrep_dataset *dataset, int32_t field, int64_t i);
/* The batch of a step: places step * batch on, batch being the first size of `to`.  Converts to the
 * tensor's type; with scale 1, bytes going to real numbers become x / 127.5 - 1 (mathematics 2.0:
 * images are in -1..1). */
int32_t genrepi_dataset_batch(genrep_dataset *dataset, int64_t step, int32_t field, int scale,
                              genrep_tensor *to);
/* The same for all fields, a tensor each (NULL: left out), all or nothing. */
int32_t genrepi_dataset_batches(genrep_dataset *dataset, int64_t step,
                                genrep_tensor *const *tensors);
int32_t genrepi_dataset_text(genrep_dataset *dataset, genrepi_reader **out);

/* For the kinds: a dataset without samples yet; and one more field of it, checked (a name of its
 * own, a type, room for the batch's axis). */
int32_t genrepi_dataset_blank(genrep_ctx *ctx, const genrepi_dataset_ops *ops,
                              genrep_dataset **out);
int32_t genrepi_dataset_field(genrep_dataset *dataset, const char *name, int32_t dtype,
                              const genrepi_shape *shape);
/* tensors.c: the tensors become the samples, one reference on each is taken; instance holds them.
 */
int32_t genrepi_tensors_set(genrep_dataset *dataset, int32_t n, const char *const *names,
                            genrep_tensor *const *tensors);
const void *genrepi_tensors_at(const genrep_dataset *dataset, int64_t sample, int32_t field);
void genrepi_tensors_free(genrep_dataset *dataset);

#endif
