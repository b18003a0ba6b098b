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

const oom_scenario oom_vectors[] = {{"queries", queries}, {NULL, NULL}};
