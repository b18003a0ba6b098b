/* The trainer word2vec: its bits depend on nothing but seed, options and text. */
#include <support.h>
#include <corpus.h>
#include <files.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *chain;
static size_t chain_bytes;

static int make_chain(void **state) {
    (void)state;
    chain = support_chain(6000, 50, &chain_bytes);
    return chain == NULL;
}

static int end_chain(void **state) {
    free(chain);
    return support_remove_files(state);
}

#define BASE "word2vec size=12 negative=2 min_count=1 max_sentence=40 "
#define SMALL BASE "window=2 epochs=3 block=500 "
#define LONG                                                                                       \
    "word2vec size=90 window=4 negative=3 min_count=1 max_sentence=1000 epochs=2 sample=0.1 "      \
    "alpha=0.01 "

#define NGRAMS "min_ngram=1 max_ngram=3 buckets=7 "

static uint64_t run(const char *ctx_spec, const char *spec) {
    genrep_ctx *ctx = support_ctx(ctx_spec);
    genrep_trainer *trainer = support_word2vec(ctx, chain, chain_bytes, spec);
    support_steps(ctx, trainer, 1000);
    uint64_t hash = support_fingerprint(ctx, trainer);
    genrep_trainer_unref(trainer);
    genrep_ctx_unref(ctx);
    return hash;
}

/* The reference column has no fused multiply-add, so its bits are its own. */
static void bits_depend_on_the_seed_and_not_on_threads_or_processor(void **state) {
    (void)state;
    uint64_t first = run("seed=1 threads=1", SMALL);
    assert_true(run("seed=1 threads=1", SMALL) == first);
    assert_true(run("seed=1 threads=3", SMALL) == first);
    uint64_t reference = run("seed=1 isa=reference threads=1", SMALL);
    assert_true(run("seed=1 isa=reference threads=2", SMALL) == reference);
    if (genrep_has("isa.avx2")) assert_true(run("seed=1 isa=avx2", SMALL) == first);
    if (genrep_has("isa.avx512")) assert_true(run("seed=1 isa=avx512", SMALL) == first);
    assert_true(run("seed=2", SMALL) != first);
    assert_true(run("seed=1", SMALL "bias=1") != first);
    assert_true(run("seed=1", SMALL "dynamic=0") != first);
    assert_true(run("seed=1", SMALL "sample=0.5") != first);
    assert_true(run("seed=1", SMALL "noise_exponent=0.5") != first);
    static const char *const others[] = {"context=previous", "context=nearby", "combine=mean",
                                         "combine=classic_mean", "objective=hierarchical"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char spec[256];
        snprintf(spec, sizeof spec, SMALL "%s", others[i]);
        uint64_t other = run("seed=1 threads=1", spec);
        assert_true(other != first && run("seed=1 threads=3", spec) == other);
    }
    /* without locks, one thread is deterministic all the same */
    uint64_t alone = run("seed=1 threads=1", SMALL "deterministic=0");
    assert_true(run("seed=1 threads=1", SMALL "deterministic=0") == alone);
}

/* Rows of several blocks of columns, in panels, and batches shorter than a sentence; more threads
 * than columns to share. */
static void bits_of_long_rows_do_not_depend_on_threads(void **state) {
    (void)state;
    static const char *const specs[] = {LONG,
                                        LONG "bias=1",
                                        LONG "combine=mean",
                                        LONG "combine=classic_mean",
                                        LONG "objective=hierarchical",
                                        LONG "context=previous dynamic=0",
                                        LONG NGRAMS,
                                        LONG NGRAMS "combine=mean bias=1",
                                        LONG NGRAMS "compose=classic_mean objective=hierarchical"};
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        uint64_t one = run("seed=1 threads=1", specs[i]);
        static const char *const threads[] = {"seed=1 threads=2", "seed=1 threads=3",
                                              "seed=1 threads=5", "seed=1 threads=8"};
        for (size_t t = 0; t < sizeof threads / sizeof *threads; t++)
            assert_true(run(threads[t], specs[i]) == one);
    }
}

typedef struct canceller {
    genrep_trainer *trainer;
    atomic_int stop;
} canceller;

static void *cancel_often(void *argument) {
    canceller *c = argument;
    while (!atomic_load(&c->stop)) {
        nanosleep(&(struct timespec){0, 100000}, NULL);
        genrep_trainer_cancel(c->trainer);
    }
    return NULL;
}

/* However often it is cancelled, in the midst of steps and sentences, written and read back: the
 * bytes of a run that was left alone. */
static void a_run_cancelled_again_and_again_has_the_same_bytes(void **state) {
    (void)state;
    static const char *const specs[] = {LONG "block=3000",
                                        LONG "block=3000 deterministic=0",
                                        LONG NGRAMS "block=3000",
                                        LONG NGRAMS "block=3000 deterministic=0",
                                        "nnlm size=20 window=3 hidden=30 min_count=1 epochs=2 "
                                        "sample=0.1 block=3000 batch=16",
                                        "word2vec objective=softmax size=20 min_count=1 epochs=2 "
                                        "block=3000 batch=16"};
    static const char *const contexts[] = {"seed=1 threads=2", "seed=1 threads=1"};
    for (int s = 0; s < 6; s++) {
        genrep_ctx *ctx = support_ctx(contexts[s % 2]);
        genrep_trainer *whole = support_word2vec(ctx, chain, chain_bytes, specs[s]);
        support_steps(ctx, whole, 1000);
        assert_ok(ctx, genrep_trainer_checkpoint(whole, support_path("whole.safetensors")));
        genrep_trainer_unref(whole);
        const char *path = support_path("part.safetensors");
        genrep_trainer *part = support_word2vec(ctx, chain, chain_bytes, specs[s]);
        int64_t done = 0, total = 1, stops = 0, inside = 0;
        while (done < total) {
            canceller c = {.trainer = part};
            pthread_t thread;
            pthread_create(&thread, NULL, cancel_often, &c);
            double before, after;
            assert_ok(ctx, genrep_trainer_metric(part, "words", &before));
            int32_t status = genrep_trainer_step(part, 1000);
            atomic_store(&c.stop, 1);
            pthread_join(thread, NULL);
            assert_int_equal(status, GENREP_STOPPED);
            assert_ok(ctx, genrep_trainer_progress(part, &done, &total));
            assert_ok(ctx, genrep_trainer_metric(part, "words", &after));
            assert_true(after >= before);
            stops++;
            inside += done < total && after > (double)(done * 3000);
            assert_ok(ctx, genrep_trainer_checkpoint(part, path));
            genrep_trainer_unref(part);
            part = support_word2vec(ctx, chain, chain_bytes, specs[s]);
            assert_ok(ctx, genrep_trainer_resume(part, path));
        }
        print_message("%lld stops, %lld in the midst of a step\n", (long long)stops,
                      (long long)inside);
        genrep_trainer_unref(part);
        size_t whole_bytes, part_bytes;
        char *one = support_read("whole.safetensors", &whole_bytes);
        char *two = support_read("part.safetensors", &part_bytes);
        assert_int_equal(part_bytes, whole_bytes);
        assert_memory_equal(two, one, whole_bytes);
        free(one);
        free(two);
        genrep_ctx_unref(ctx);
    }
}

/* N steps, checkpoint, resume in a new trainer, N steps: the bytes of 2 N steps, in the middle of
 * an epoch, at its end, and where block ends inside a line. */
static void a_resumed_run_has_the_bytes_of_one_run(void **state) {
    (void)state;
    static const char *const specs[] = {SMALL, SMALL "bias=1 sample=0.05",
                                        BASE "window=2 epochs=1 block=1",
                                        SMALL NGRAMS "combine=mean"};
    static const int64_t stops[] = {0, 1, 5, 12, 13, 25, 36};
    genrep_ctx *ctx = support_ctx("seed=5");
    for (int s = 0; s < 4; s++) {
        genrep_trainer *whole = support_word2vec(ctx, chain, chain_bytes, specs[s]);
        support_steps(ctx, whole, 1000000);
        uint64_t expected = support_fingerprint(ctx, whole);
        assert_ok(ctx, genrep_trainer_checkpoint(whole, support_path("whole.safetensors")));
        size_t whole_bytes;
        char *whole_file = support_read("whole.safetensors", &whole_bytes);
        for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
            genrep_trainer *first = support_word2vec(ctx, chain, chain_bytes, specs[s]);
            genrep_trainer *second = support_word2vec(ctx, chain, chain_bytes, specs[s]);
            support_steps(ctx, first, stops[i]);
            const char *path = support_path("half.safetensors");
            assert_ok(ctx, genrep_trainer_checkpoint(first, path));
            genrep_trainer_unref(first);
            support_steps(ctx, second, 3); /* so that it stands elsewhere */
            assert_ok(ctx, genrep_trainer_resume(second, path));
            support_steps(ctx, second, 1000000);
            assert_true(support_fingerprint(ctx, second) == expected);
            assert_ok(ctx, genrep_trainer_checkpoint(second, support_path("end.safetensors")));
            size_t end_bytes;
            char *end_file = support_read("end.safetensors", &end_bytes);
            assert_int_equal(end_bytes, whole_bytes);
            assert_memory_equal(end_file, whole_file, whole_bytes);
            free(end_file);
            genrep_trainer_unref(second);
        }
        free(whole_file);
        genrep_trainer_unref(whole);
    }
    genrep_ctx_unref(ctx);
}

static void memory_file_and_gzip_give_the_same_vectors(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx("seed=1 threads=1");
    uint64_t expected = run("seed=1 threads=1", SMALL);
    size_t gzip_bytes;
    unsigned char *gzip = support_gzip(chain, chain_bytes, &gzip_bytes);
    support_write("chain.txt", chain, chain_bytes);
    support_write("chain.gz", gzip, gzip_bytes);
    static const char *const names[] = {"chain.txt", "chain.gz"};
    for (int i = 0; i < 2; i++) {
        char spec[512];
        snprintf(spec, sizeof spec, "text path='%s'", support_path(names[i]));
        genrep_dataset *dataset;
        genrep_trainer *trainer, *other;
        int32_t status = genrep_dataset_new(ctx, spec, &dataset);
        if (i == 1 && !genrep_has("zlib")) {
            assert_error(ctx, status, GENREP_E_UNSUPPORTED, "zlib");
            break;
        }
        assert_ok(ctx, status);
        assert_ok(ctx, genrep_trainer_new(ctx, SMALL "deterministic=1", dataset, &trainer));
        assert_ok(ctx, genrep_trainer_new(ctx, SMALL "deterministic=1", dataset, &other));
        support_steps(ctx, trainer, 18);
        assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("half.safetensors")));
        support_steps(ctx, trainer, 1000);
        assert_true(support_fingerprint(ctx, trainer) == expected);
        assert_ok(ctx, genrep_trainer_resume(other, support_path("half.safetensors")));
        support_steps(ctx, other, 1000);
        assert_true(support_fingerprint(ctx, other) == expected);
        genrep_trainer_unref(trainer);
        genrep_trainer_unref(other);
        genrep_dataset_unref(dataset);
    }
    free(gzip);
    genrep_ctx_unref(ctx);
}

static void checkpoints_of_another_text_are_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *one = support_word2vec(ctx, chain, chain_bytes, SMALL);
    genrep_trainer *two = support_word2vec(ctx, chain, chain_bytes - 200, SMALL);
    assert_ok(ctx, genrep_trainer_checkpoint(one, support_path("one.safetensors")));
    assert_error(ctx, genrep_trainer_resume(two, support_path("one.safetensors")), GENREP_E_INVALID,
                 "vocabulary");
    genrep_trainer_unref(one);
    genrep_trainer_unref(two);
    genrep_ctx_unref(ctx);
}

static void a_text_that_changes_is_noticed(void **state) {
    (void)state;
    static const size_t sizes[] = {4000, 12000};
    for (int i = 0; i < 2; i++) {
        genrep_ctx *ctx = support_ctx(NULL);
        genrep_dataset *dataset;
        genrep_trainer *trainer;
        char spec[512];
        support_write("text.txt", chain, 8000);
        snprintf(spec, sizeof spec, "text path='%s'", support_path("text.txt"));
        assert_ok(ctx, genrep_dataset_new(ctx, spec, &dataset));
        assert_ok(ctx, genrep_trainer_new(ctx, BASE "epochs=100", dataset, &trainer));
        support_write("text.txt", chain, sizes[i]);
        assert_error(ctx, genrep_trainer_step(trainer, 1000), GENREP_E_IO, "has changed");
        genrep_trainer_unref(trainer);
        genrep_dataset_unref(dataset);
        genrep_ctx_unref(ctx);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_depend_on_the_seed_and_not_on_threads_or_processor),
        cmocka_unit_test(bits_of_long_rows_do_not_depend_on_threads),
        cmocka_unit_test(a_resumed_run_has_the_bytes_of_one_run),
        cmocka_unit_test(a_run_cancelled_again_and_again_has_the_same_bytes),
        cmocka_unit_test(memory_file_and_gzip_give_the_same_vectors),
        cmocka_unit_test(checkpoints_of_another_text_are_refused),
        cmocka_unit_test(a_text_that_changes_is_noticed),
    };
    return cmocka_run_group_tests(tests, make_chain, end_chain);
}
