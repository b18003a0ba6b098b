/* Word vectors: queries and files. */
#include "oom.h"
#include <string.h>

static const char TEXT[] = "a b c d e a b c d a b c a b a\n";

static int32_t queries(genrep_ctx *ctx) {
    genrep_dataset *text = NULL;
    genrep_trainer *trainer = NULL;
    genrep_vectors *vectors = NULL;
    int64_t indices[4] = {7, 7, 7, 7}, found[2] = {7, 7};
    float scores[4] = {7, 7, 7, 7};
    double cosine = 7;
    int32_t status = 0;
    OOM_MAKE(text, genrep_dataset_from_text(ctx, TEXT, strlen(TEXT), NULL, NULL, &text));
    OOM_MAKE(trainer, genrep_trainer_new(ctx, "word2vec size=4 min_count=1", text, &trainer));
    OOM_MAKE(vectors, genrep_trainer_vectors(trainer, &vectors));
    status = genrep_vectors_nearest_batch(vectors, "restrict=5", 2, genrep_vectors_row(vectors, 0),
                                          0, NULL, 2, indices, scores, found);
    oom_untouched(status == 0 || (indices[0] == 7 && scores[0] == 7 && found[0] == 7),
                  "genrep_vectors_nearest_batch", __FILE__, __LINE__);
    if (status < 0) goto done;
    indices[0] = found[0] = 7;
    status = genrep_vectors_analogy(vectors, "method=mul", 0, 1, 2, 2, indices, scores, found);
    oom_untouched(status == 0 || (indices[0] == 7 && found[0] == 7), "genrep_vectors_analogy",
                  __FILE__, __LINE__);
    if (status < 0) goto done;
    OOM_TRY(genrep_vectors_similarity(vectors, 0, 1, &cosine));
done:
    genrep_vectors_unref(vectors);
    genrep_trainer_unref(trainer);
    genrep_dataset_unref(text);
    return status;
}

/* Each format is written from the trainer and read again. */
static int32_t files(genrep_ctx *ctx) {
    static const struct {
        const char *name, *save, *load;
    } formats[] = {{"v.vec", "format=vec", NULL}, {"v.glove", "format=glove", NULL},
                   {"v.npy", NULL, NULL},         {"v.tsv", NULL, NULL},
                   {"v.safetensors", NULL, NULL}, {"v.safetensors", NULL, "mmap=1"}};
    genrep_dataset *text = NULL;
    genrep_trainer *trainer = NULL;
    genrep_vectors *vectors = NULL;
    int32_t status = 0;
    OOM_MAKE(text, genrep_dataset_from_text(ctx, TEXT, strlen(TEXT), NULL, NULL, &text));
    OOM_MAKE(trainer, genrep_trainer_new(ctx, "word2vec size=4 min_count=1", text, &trainer));
    oom_path("v.npy.words"), oom_path("v.metadata.tsv"); /* beside two of them */
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const char *path = oom_path(formats[i].name);
        OOM_TRY(genrep_trainer_save_vectors(trainer, path, formats[i].save));
        OOM_MAKE(vectors, genrep_vectors_load(ctx, path, formats[i].load, &vectors));
        const int64_t found = genrep_vectors_find(vectors, "c", 1);
        genrep_vectors_unref(vectors);
        vectors = NULL;
        if (found < 0) {
            status = GENREP_E_INVALID;
            goto done;
        }
    }
done:
    genrep_vectors_unref(vectors);
    genrep_trainer_unref(trainer);
    genrep_dataset_unref(text);
    return status;
}

const oom_scenario oom_vectors[] = {{"queries", queries}, {"files", files}, {NULL, NULL}};
