/* From text to word vectors: dataset, vocabulary, training, queries, files. */
#include "oom.h"
#include <stdio.h>
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

static int32_t write_text(const char *path) {
    FILE *file = fopen(path, "w");
    if (file == NULL) return GENREP_E_IO;
    fputs(TEXT, file);
    return fclose(file) == 0 ? GENREP_OK : GENREP_E_IO;
}

/* Trains a little, goes on from a checkpoint, and measures held-out text. */
static int32_t models(genrep_ctx *ctx) {
    static const char *const specs[] = {
        "nnlm size=4 hidden=3 direct=1 window=2 context=around padding=row min_count=1 epochs=2",
        "word2vec size=40 objective=softmax min_count=1 epochs=2",
        "word2vec size=40 combine=mean objective=hierarchical min_count=1 epochs=2",
        "word2vec size=4 deterministic=0 bias=1 min_count=1 epochs=2"};
    int32_t status = 0;
    for (int i = 0; i < 4 && status == 0; i++) {
        genrep_dataset *text = NULL;
        genrep_trainer *trainer = NULL;
        double loss = 0;
        char spec[512];
        snprintf(spec, sizeof spec, "%s validation='%s'", specs[i], oom_path("held_out.txt"));
        OOM_TRY(write_text(oom_path("held_out.txt")));
        OOM_MAKE(text, genrep_dataset_from_text(ctx, TEXT, strlen(TEXT), NULL, NULL, &text));
        OOM_MAKE(trainer, genrep_trainer_new(ctx, spec, text, &trainer));
        OOM_TRY(genrep_trainer_step(trainer, 1));
        OOM_TRY(genrep_trainer_checkpoint(trainer, oom_path("model.safetensors")));
        OOM_TRY(genrep_trainer_resume(trainer, oom_path("model.safetensors")));
        OOM_TRY(genrep_trainer_evaluate(trainer, text, &loss));
        if (!(loss > 0)) status = GENREP_E_INVALID;
    done:
        genrep_trainer_unref(trainer);
        genrep_dataset_unref(text);
    }
    return status;
}

typedef struct host {
    size_t at;
} host;

static int32_t host_read(void *user, void *to, size_t bytes, size_t *got) {
    host *h = user;
    const size_t left = sizeof TEXT - 1 - h->at;
    *got = left < bytes ? left : bytes;
    memcpy(to, TEXT + h->at, *got);
    h->at += *got;
    return 0;
}

static int32_t host_rewind(void *user) {
    ((host *)user)->at = 0;
    return 0;
}

/* The host's text through three filters, to a file and to a vocabulary that forgets. */
static int32_t filters(genrep_ctx *ctx) {
    host h = {0};
    const genrep_text_source source = {sizeof source, &h, host_read, host_rewind};
    genrep_dataset *text = NULL, *limited = NULL, *normal = NULL, *joined = NULL;
    genrep_vocab *vocab = NULL;
    int32_t status = 0;
    OOM_MAKE(text, genrep_dataset_from_text_source(ctx, &source, &text));
    OOM_MAKE(limited, genrep_dataset_filter(text, "limit words=17", &limited));
    if (genrep_has("utf8proc"))
        OOM_MAKE(normal, genrep_dataset_filter(limited, "normalize casefold=1", &normal));
    OOM_MAKE(joined,
             genrep_dataset_filter(normal != NULL ? normal : limited,
                                   "phrases min_count=1 threshold=1 max_entries=8", &joined));
    OOM_TRY(genrep_dataset_save_text(joined, oom_path("joined.txt")));
    OOM_MAKE(vocab, genrep_vocab_build(joined, "min_count=1 max_entries=6", &vocab));
    if (genrep_vocab_invalid(vocab) != 0) status = GENREP_E_INVALID;
done:
    genrep_vocab_unref(vocab);
    genrep_dataset_unref(joined);
    genrep_dataset_unref(normal);
    genrep_dataset_unref(limited);
    genrep_dataset_unref(text);
    return status;
}

const oom_scenario oom_text[] = {{"vocabulary", vocabulary},
                                 {"filters", filters},
                                 {"word vectors", word_vectors},
                                 {"models of text", models},
                                 {NULL, NULL}};
