/* From text to word vectors: dataset, vocabulary, training, queries, files. */
#include "oom.h"
#include <string.h>

static const char TEXT[] = "the cat sat on the mat\nthe dog sat on the log\n"
                           "a cat and a dog sat\nthe mat and the log\n";

static int32_t vocabulary(genrep_ctx *ctx) {
    genrep_dataset *text = NULL;
    genrep_vocab *vocab = NULL, *loaded = NULL, *again = NULL;
    int64_t count = 0;
    int32_t status = 0;
    OOM_MAKE(text, genrep_dataset_from_text(ctx, TEXT, strlen(TEXT), NULL, NULL, &text));
    OOM_MAKE(vocab, genrep_vocab_build(text, "min_count=1", &vocab));
    again = genrep_vocab_ref(vocab);
    OOM_TRY(genrep_vocab_save(vocab, oom_path("vocab.txt")));
    OOM_MAKE(loaded, genrep_vocab_load(ctx, oom_path("vocab.txt"), &loaded));
    const int64_t the = genrep_vocab_find(loaded, "the", (size_t)-1);
    if (the < 0 || !genrep_vocab_word(loaded, the, &count) || count != 6 ||
        genrep_vocab_size(loaded) != genrep_vocab_size(vocab) ||
        genrep_vocab_total(loaded) != genrep_vocab_total(vocab)) {
        status = GENREP_E_INVALID;
    }
done:
    genrep_vocab_unref(loaded);
    genrep_vocab_unref(again);
    genrep_vocab_unref(vocab);
    genrep_dataset_unref(text);
    return status;
}

static int32_t word_vectors(genrep_ctx *ctx) {
    genrep_dataset *text = NULL;
    genrep_trainer *trainer = NULL;
    genrep_vectors *vectors = NULL, *loaded = NULL, *again = NULL;
    int64_t nearest[2] = {0}, found = 0;
    float scores[2] = {0};
    int32_t status = 0;
    OOM_MAKE(text, genrep_dataset_from_text(ctx, TEXT, strlen(TEXT), NULL, NULL, &text));
    OOM_MAKE(trainer, genrep_trainer_new(ctx, "word2vec size=4 min_count=1", text, &trainer));
    OOM_TRY(genrep_trainer_step(trainer, 2));
    OOM_MAKE(vectors, genrep_trainer_vectors(trainer, &vectors));
    again = genrep_vectors_ref(vectors);
    OOM_TRY(genrep_vectors_save(vectors, oom_path("words.bin"), "format=binary"));
    OOM_MAKE(loaded, genrep_vectors_load(ctx, oom_path("words.bin"), NULL, &loaded));
    const int64_t cat = genrep_vectors_find(loaded, "cat", 3);
    if (cat < 0 || !genrep_vectors_word(loaded, cat) || genrep_vectors_dim(loaded) != 4 ||
        genrep_vectors_size(loaded) < 3) {
        status = GENREP_E_INVALID;
        goto done;
    }
    OOM_TRY(genrep_vectors_nearest(loaded, genrep_vectors_row(loaded, cat), cat, 2, nearest, scores,
                                   &found));
done:
    genrep_vectors_unref(loaded);
    genrep_vectors_unref(again);
    genrep_vectors_unref(vectors);
    genrep_trainer_unref(trainer);
    genrep_dataset_unref(text);
    return status;
}

const oom_scenario oom_text[] = {
    {"vocabulary", vocabulary}, {"word vectors", word_vectors}, {NULL, NULL}};
