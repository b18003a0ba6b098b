/* Word vectors are judged: sets of questions, classes, maps. */
#include "oom.h"
#include <string.h>

static const char TEXT[] = "the cat sat on the mat\nthe dog sat on the log\n"
                           "a cat and a dog sat\nthe mat and the log\n";
static const char QUESTIONS[] = ": pets\nThe cat a dog\nsat on mat log\n: gram\nthe a cat zebra\n";
static const char PAIRS[] = "word,word,score\ncat,dog,9\ncat,log,1\nmat,log,5\nthe,zebra,1\n";

static int32_t make_vectors(genrep_ctx *ctx, genrep_vectors **out) {
    genrep_dataset *text = NULL;
    genrep_trainer *trainer = NULL;
    int32_t status = 0;
    OOM_MAKE(text, genrep_dataset_from_text(ctx, TEXT, strlen(TEXT), NULL, NULL, &text));
    OOM_MAKE(trainer, genrep_trainer_new(ctx, "word2vec size=4 min_count=1", text, &trainer));
    OOM_TRY(genrep_trainer_step(trainer, 2));
    OOM_TRY(genrep_trainer_vectors(trainer, out));
done:
    genrep_trainer_unref(trainer);
    genrep_dataset_unref(text);
    return status;
}

static int32_t sets(genrep_ctx *ctx) {
    genrep_vectors *vectors = NULL;
    genrep_dataset *questions = NULL, *pairs = NULL;
    genrep_evaluation *analogies = NULL, *similarities = NULL, *again = NULL;
    int64_t seen = 0;
    int32_t status = 0;
    OOM_TRY(make_vectors(ctx, &vectors));
    OOM_MAKE(questions,
             genrep_dataset_from_text(ctx, QUESTIONS, strlen(QUESTIONS), NULL, NULL, &questions));
    OOM_MAKE(pairs, genrep_dataset_from_text(ctx, PAIRS, strlen(PAIRS), NULL, NULL, &pairs));
    OOM_MAKE(analogies, genrep_vectors_analogies(vectors, questions, "restrict=9", &analogies));
    OOM_MAKE(similarities, genrep_vectors_similarities(vectors, pairs, NULL, &similarities));
    again = genrep_evaluation_ref(analogies);
    OOM_TRY(genrep_evaluation_row(analogies, genrep_evaluation_find(analogies, "total"), NULL, NULL,
                                  NULL, &seen));
    if (seen != 3 || genrep_evaluation_rows(analogies) != 5 ||
        genrep_evaluation_words(analogies) != 9 || !genrep_evaluation_name(similarities, 0)) {
        status = GENREP_E_INVALID;
    }
done:
    genrep_evaluation_unref(again);
    genrep_evaluation_unref(similarities);
    genrep_evaluation_unref(analogies);
    genrep_dataset_unref(pairs);
    genrep_dataset_unref(questions);
    genrep_vectors_unref(vectors);
    return status;
}

/* What a failed call leaves alone. */
#define UNTOUCHED(call)                                                                            \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status < 0) {                                                                          \
            oom_untouched(classes[0] == 99 && points[0] == 99 && score == 99, #call, __FILE__,     \
                          __LINE__);                                                               \
            goto done;                                                                             \
        }                                                                                          \
        classes[0] = 99, points[0] = 99, score = 99;                                               \
    } while (0)

static int32_t classes_and_maps(genrep_ctx *ctx) {
    genrep_vectors *vectors = NULL;
    int32_t classes[32] = {99}, status = 0;
    float points[64] = {99};
    double score = 99;
    OOM_TRY(make_vectors(ctx, &vectors));
    if (genrep_vectors_size(vectors) > 32) return GENREP_E_INVALID;
    UNTOUCHED(genrep_vectors_classes(vectors, "classes=3", classes));
    UNTOUCHED(genrep_vectors_map(vectors, "pca", NULL, 9, points, &score));
    UNTOUCHED(
        genrep_vectors_map(vectors, "tsne perplexity=2 iterations=9", NULL, 9, points, &score));
done:
    genrep_vectors_unref(vectors);
    return status;
}

const oom_scenario oom_evaluation[] = {
    {"sets of questions", sets}, {"classes and maps", classes_and_maps}, {NULL, NULL}};
