/** @file genrep/data.h
 *  Datasets: samples by number, or a stream of text.
 */
#ifndef GENREP_DATA_H
#define GENREP_DATA_H

#include <genrep/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct genrep_dataset genrep_dataset;

/** Samples from the host.  Each sample has `n_fields` fields (images, labels); read fills one field
 *  of one sample and returns 0, or another number to fail with GENREP_E_USER.  Called on the thread
 *  that asks for the batch.  @since 0.1 */
typedef struct genrep_source {
    size_t size; /* sizeof(genrep_source) */
    void *user;
    int64_t count; /* samples */
    int32_t n_fields;
    int32_t reserved;             /* 0 */
    const char *const *names;     /* n_fields names: "images", "labels" */
    const int32_t *dtypes;        /* n_fields element types */
    const int32_t *ranks;         /* n_fields ranks of one sample */
    const int64_t *const *shapes; /* n_fields shapes of one sample */
    int32_t (*read)(void *user, int64_t sample, int32_t field, void *to);
} genrep_source;

/** Opens a dataset from a spec: "idx images='train-images-idx3-ubyte.gz' labels='...'" or
 *  "text path='corpus.txt'"; see genrep_describe("idx").  Images of bytes come as they are stored;
 *  trainers bring them to -1..1.
 *  @param[out] out the new reference.
 *  @return 0, GENREP_E_INVALID, GENREP_E_RANGE, GENREP_E_IO, GENREP_E_FORMAT, GENREP_E_UNSUPPORTED
 *          (gzip without zlib) or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_dataset_new(genrep_ctx *ctx, const char *spec, genrep_dataset **out);

/** Makes a dataset over tensors in memory, without a copy: entry i of each along its first axis is
 *  sample i.  It holds references on them.
 *  @param names  n names, as "images", "labels"; copied.
 *  @return 0, GENREP_E_INVALID (different first sizes, rank 0, a missing name) or GENREP_E_NOMEM.
 *  @since 0.1 */
GENREP_API int32_t genrep_dataset_from_tensors(genrep_ctx *ctx, int32_t n,
                                               const char *const *names,
                                               genrep_tensor *const *tensors,
                                               genrep_dataset **out);

/** Makes a dataset over the host's callback; the struct and all it points to are copied, `user`
 *  must outlive the dataset.
 *  @return 0, GENREP_E_INVALID, GENREP_E_ABI or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_dataset_from_source(genrep_ctx *ctx, const genrep_source *source,
                                              genrep_dataset **out);

/** Makes a text dataset over memory, without a copy.
 *  @param text UTF-8, `bytes` bytes, no closing 0 needed.
 *  @param release called once with `user` when the last reference goes; may be NULL; not called on
 *                 failure.
 *  @return 0, GENREP_E_INVALID or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_dataset_from_text(genrep_ctx *ctx, const char *text, size_t bytes,
                                            void (*release)(void *user), void *user,
                                            genrep_dataset **out);

/** Text from the host, as a stream that can begin anew.  Called on the thread that makes, trains or
 *  reads what is made from it, never on a thread of the library's.  Both return 0, or another
 *  number to fail with GENREP_E_USER.  @since 0.1 */
typedef struct genrep_text_source {
    size_t size; /* sizeof(genrep_text_source) */
    void *user;
    /* Writes up to `bytes` bytes of UTF-8; *got is how many, 0 at the end only. */
    int32_t (*read)(void *user, void *to, size_t bytes, size_t *got);
    int32_t (*rewind)(void *user); /* back to the beginning; called before the first read too */
} genrep_text_source;

/** Makes a text dataset over the host's callbacks; the struct is copied, `user` must outlive the
 *  dataset.  The text must be the same each time.  It has one place only: whoever reads it after
 *  another one, as where words are counted between a trainer's steps, rewinds it and reads up to
 *  where it was.
 *  @return 0, GENREP_E_INVALID, GENREP_E_ABI or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_dataset_from_text_source(genrep_ctx *ctx,
                                                   const genrep_text_source *source,
                                                   genrep_dataset **out);

/** Makes a text dataset that gives another one's text changed: "normalize form=nfkc casefold=1",
 *  "limit words=1000000", "phrases min_count=5 threshold=100"; see genrep_describe("phrases").  The
 *  text streams through, and filters may stand on filters.
 *  @param source text; the filter holds a reference.
 *  @param[out] out the new reference.
 *  @return 0, GENREP_E_INVALID (also a source that is not text), GENREP_E_RANGE,
 *          GENREP_E_UNSUPPORTED (normalize without utf8proc), GENREP_E_IO, GENREP_E_USER or
 *          GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_dataset_filter(genrep_dataset *source, const char *spec,
                                         genrep_dataset **out);

/** Writes the text of a text dataset to a file, which is replaced at once.
 *  @return 0, GENREP_E_INVALID (also a dataset that is not text), GENREP_E_IO, GENREP_E_USER or
 *          GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_dataset_save_text(genrep_dataset *dataset, const char *path);

/** Adds a reference.  Thread-safe.  @return dataset.  @since 0.1 */
GENREP_API genrep_dataset *genrep_dataset_ref(genrep_dataset *dataset);

/** Gives a reference back.  Thread-safe.  @since 0.1 */
GENREP_API void genrep_dataset_unref(genrep_dataset *dataset);

/** The number of samples; 0 for NULL and for text.  @since 0.1 */
GENREP_API int64_t genrep_dataset_count(const genrep_dataset *dataset);

/** The number of fields of a sample; 0 for NULL and for text.  @since 0.1 */
GENREP_API int32_t genrep_dataset_fields(const genrep_dataset *dataset);

/** One field's name, type, and shape of one sample; any output may be NULL.
 *  @param[out] name borrowed, stays as long as the dataset.
 *  @param[out] shape room for GENREP_MAX_RANK sizes.
 *  @return 0, GENREP_E_INVALID or GENREP_E_RANGE.  @since 0.1 */
GENREP_API int32_t genrep_dataset_field(const genrep_dataset *dataset, int32_t field,
                                        const char **name, int32_t *dtype, int32_t *rank,
                                        int64_t *shape);

/** Fills the tensors with the shuffled batch of a step.  Which samples these are depends on the
 *  context's seed, the step and the size of the batch only; every pass over the data takes each
 *  sample once, the last incomplete batch of a pass is filled from the next pass.
 *  @param step    0 or more.
 *  @param tensors one a field: first axis the batch, then the sample's shape (any number of axes
 *                 with as many elements); any type; NULL to leave a field out.
 *  @param n       the number of fields.
 *  @return 0, GENREP_E_INVALID, GENREP_E_IO, GENREP_E_USER or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_dataset_batch(genrep_dataset *dataset, int64_t step,
                                        genrep_tensor *const *tensors, int32_t n);

#ifdef __cplusplus
}
#endif

#endif
