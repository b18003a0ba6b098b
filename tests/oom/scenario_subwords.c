/* Words made of n-grams: training, words that were never seen, and growth over a new text. */
#include "oom.h"
#include <stdio.h>
#include <string.h>

static const char TEXT[] = "the cat sat on the mat\nthe dog sat on the log\n";
static const char MORE[] = "a cat and a dog sat\nthe mat and the log\nand a cat\n";

#define SPEC "word2vec size=4 min_count=1 max_ngram=4 buckets=100 epochs=2"

static int32_t subwords(genrep_ctx *ctx) {
    genrep_dataset *text = NULL, *more = NULL;
    genrep_trainer *trainer = NULL, *grown = NULL;
    genrep_vectors *vectors = NULL;
    float vector[4];
    double loss = 0;
    char spec[1024];
    int32_t status = 0;
    OOM_MAKE(text, genrep_dataset_from_text(ctx, TEXT, strlen(TEXT), NULL, NULL, &text));
    OOM_MAKE(more, genrep_dataset_from_text(ctx, MORE, strlen(MORE), NULL, NULL, &more));
    OOM_MAKE(trainer, genrep_trainer_new(ctx, SPEC, text, &trainer));
    OOM_TRY(genrep_trainer_step(trainer, 2));
    OOM_TRY(genrep_trainer_evaluate(trainer, more, &loss));
    OOM_TRY(genrep_trainer_checkpoint(trainer, oom_path("old.safetensors")));
    snprintf(spec, sizeof spec, SPEC " deterministic=0 grow='%s'", oom_path("old.safetensors"));
    OOM_MAKE(grown, genrep_trainer_new(ctx, spec, more, &grown));
    OOM_TRY(genrep_trainer_step(grown, 2));
    OOM_MAKE(vectors, genrep_trainer_vectors(grown, &vectors));
    vector[0] = 1e9f;
    status = genrep_vectors_vector(vectors, "cats", 4, vector);
    if (status < 0) {
        oom_untouched(vector[0] == 1e9f, "genrep_vectors_vector", __FILE__, __LINE__);
        goto done;
    }
    OOM_TRY(genrep_vectors_vector(vectors, "and", 3, vector));
done:
    genrep_vectors_unref(vectors);
    genrep_trainer_unref(grown);
    genrep_trainer_unref(trainer);
    genrep_dataset_unref(more);
    genrep_dataset_unref(text);
    return status;
}

const oom_scenario oom_subwords[] = {{"subwords", subwords}, {NULL, NULL}};
