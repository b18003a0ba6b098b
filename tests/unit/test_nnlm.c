/* Language models with a full softmax: the trainers nnlm and word2vec objective=softmax. */
#include <support.h>
#include <corpus.h>
#include <files.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 12000, LINE = 40, V = 4 };
static char *chain;
static size_t chain_bytes;

static int make_chain(void **state) {
    (void)state;
    chain = support_chain(WORDS, LINE, &chain_bytes);
    return chain == NULL;
}

static int end_chain(void **state) {
    free(chain);
    return support_remove_files(state);
}

static double metric(genrep_ctx *ctx, const genrep_trainer *trainer, const char *name) {
    double value = NAN;
    assert_ok(ctx, genrep_trainer_metric(trainer, name, &value));
    return value;
}

static genrep_dataset *chain_dataset(genrep_ctx *ctx) {
    genrep_dataset *dataset;
    assert_ok(ctx, genrep_dataset_from_text(ctx, chain, chain_bytes, NULL, NULL, &dataset));
    return dataset;
}

/* H(target | word) in nats, the word standing `from` .. `to` places from the target: what no model
 * that sees one word can be below. */
static double conditional_entropy(int from, int to) {
    double pairs[V][V] = {{0}}, rows[V] = {0}, all = 0, entropy = 0;
    for (int i = 0; i < WORDS; i++)
        for (int offset = from; offset <= to; offset++) {
            const int c = i + offset;
            if (offset == 0 || c < 0 || c >= WORDS || c / LINE != i / LINE) continue;
            pairs[chain[2 * c] - 'a'][chain[2 * i] - 'a']++;
            rows[chain[2 * c] - 'a']++;
            all++;
        }
    for (int c = 0; c < V; c++)
        for (int t = 0; t < V; t++)
            if (pairs[c][t] > 0) entropy -= pairs[c][t] / all * log(pairs[c][t] / rows[c]);
    return entropy;
}

/* With enough dimensions p goes to the empirical conditional distribution. */
static void the_loss_reaches_the_conditional_entropy(void **state) {
    (void)state;
    static const struct {
        const char *spec;
        int from, to;
    } cases[] = {
        {"nnlm context=previous window=1 hidden=0 combine=concat", -1, -1},
        {"nnlm context=previous window=1 hidden=12 combine=concat", -1, -1},
        {"nnlm context=previous window=1 hidden=6 direct=1 combine=single", -1, -1},
        {"nnlm context=around window=1 hidden=0 combine=single", -1, 1},
        {"nnlm context=nearby window=2 hidden=0 combine=mean", -2, 2},
        {"word2vec objective=softmax window=1 dynamic=0 combine=single", -1, 1},
        {"word2vec objective=softmax context=previous window=1 dynamic=0 combine=mean", -1, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char spec[256];
        genrep_ctx *ctx = support_ctx("seed=3");
        snprintf(spec, sizeof spec, "%s size=8 min_count=1 sample=0 epochs=20 alpha=0.05 batch=16",
                 cases[i].spec);
        genrep_trainer *trainer = support_word2vec(ctx, chain, chain_bytes, spec);
        genrep_dataset *dataset = chain_dataset(ctx);
        double start, end, again;
        assert_ok(ctx, genrep_trainer_evaluate(trainer, dataset, &start));
        support_steps(ctx, trainer, 1000);
        assert_ok(ctx, genrep_trainer_evaluate(trainer, dataset, &end));
        assert_ok(ctx, genrep_trainer_evaluate(trainer, dataset, &again));
        assert_true(end == again);
        const double entropy = conditional_entropy(cases[i].from, cases[i].to);
        print_message("%s: %.4f at first, then %.4f; entropy %.4f\n", cases[i].spec, start, end,
                      entropy);
        assert_true(start > entropy + 0.02);
        /* which word is nearby is drawn: the sample has an entropy of its own */
        assert_close(end, entropy, strstr(spec, "nearby") != NULL ? 0.02 : 0.002);
        assert_close(metric(ctx, trainer, "perplexity"), exp(metric(ctx, trainer, "loss")), 1e-12);
        genrep_dataset_unref(dataset);
        genrep_trainer_unref(trainer);
        genrep_ctx_unref(ctx);
    }
}

/* Before training p is the share of each word, "</s>" among them. */
static void the_first_loss_is_the_entropy_of_single_words(void **state) {
    (void)state;
    double count[V] = {0}, entropy = 0;
    for (int i = 0; i < WORDS; i++) count[chain[2 * i] - 'a']++;
    for (int t = 0; t < V; t++)
        entropy -= count[t] / WORDS * log(count[t] / (WORDS + WORDS / LINE));
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = support_word2vec(
        ctx, chain, chain_bytes, "nnlm combine=concat padding=row window=3 hidden=4 min_count=1");
    genrep_dataset *dataset = chain_dataset(ctx);
    double loss;
    assert_ok(ctx, genrep_trainer_evaluate(trainer, dataset, &loss));
    assert_close(loss, entropy, 1e-5);
    genrep_dataset_unref(dataset);
    genrep_trainer_unref(trainer);
    genrep_ctx_unref(ctx);
}

#define BASE "nnlm size=10 min_count=1 epochs=2 block=700 batch=32 max_sentence=25 "
static const char *const specs[] = {
    BASE "window=3 hidden=8 direct=1",
    BASE "window=2 context=around padding=row",
    BASE "window=3 context=around combine=mean hidden=0 sample=0.1",
    BASE "window=3 context=around combine=single hidden=7 decay=1e-4",
    BASE "context=nearby slowdown=1e-3 memory=1",
    "word2vec objective=softmax size=20 min_count=1 epochs=2 block=700 batch=32 max_sentence=25",
};
enum { SPECS = sizeof specs / sizeof *specs };

static char *end_of(const char *ctx_spec, const char *spec, int64_t stop, size_t *bytes) {
    genrep_ctx *ctx = support_ctx(ctx_spec);
    const char *path = support_path("nnlm.safetensors");
    genrep_trainer *trainer = support_word2vec(ctx, chain, chain_bytes, spec);
    if (stop > 0) {
        support_steps(ctx, trainer, stop);
        assert_ok(ctx, genrep_trainer_checkpoint(trainer, path));
        genrep_trainer_unref(trainer);
        trainer = support_word2vec(ctx, chain, chain_bytes, spec);
        support_steps(ctx, trainer, 1); /* so that it stands elsewhere */
        assert_ok(ctx, genrep_trainer_resume(trainer, path));
    }
    support_steps(ctx, trainer, 1000);
    assert_ok(ctx, genrep_trainer_checkpoint(trainer, path));
    genrep_trainer_unref(trainer);
    genrep_ctx_unref(ctx);
    return support_read("nnlm.safetensors", bytes);
}

static void bits_depend_on_neither_threads_nor_stops(void **state) {
    (void)state;
    for (int s = 0; s < SPECS; s++) {
        size_t bytes, others;
        char *one = end_of("seed=1 threads=1", specs[s], 0, &bytes);
        for (int64_t i = 1; i < 6; i++) {
            char ctx_spec[64];
            snprintf(ctx_spec, sizeof ctx_spec, "seed=1 threads=%d", (int)(1 + i % 3));
            char *other = end_of(ctx_spec, specs[s], 7 * i - 6, &others);
            assert_int_equal(others, bytes);
            assert_memory_equal(other, one, bytes);
            free(other);
        }
        free(one);
    }
}

/* Measuring other text changes nothing that a checkpoint holds. */
static void measuring_leaves_a_model_as_it_is(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx("seed=1 threads=2");
    for (int s = 0; s <= SPECS; s++) {
        genrep_trainer *trainer = support_word2vec(
            ctx, chain, chain_bytes, s < SPECS ? specs[s] : "word2vec size=40 bias=1 min_count=1");
        genrep_dataset *dataset = chain_dataset(ctx);
        size_t before, after;
        double loss;
        support_steps(ctx, trainer, 2);
        assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("before")));
        assert_ok(ctx, genrep_trainer_evaluate(trainer, dataset, &loss));
        assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("after")));
        char *one = support_read("before", &before), *two = support_read("after", &after);
        assert_int_equal(before, after);
        assert_memory_equal(one, two, before);
        free(one);
        free(two);
        genrep_dataset_unref(dataset);
        genrep_trainer_unref(trainer);
    }
    genrep_ctx_unref(ctx);
}

/* Held-out text of another kind gets worse as the model learns the first; then it ends, and a
 * resumed run knows. */
static void it_ends_when_held_out_text_gets_no_better(void **state) {
    (void)state;
    static const char *const kinds[] = {"nnlm hidden=4 window=1 alpha=0.1",
                                        "word2vec window=2 alpha=0.1 bias=1 negative=3 sample=0",
                                        "word2vec objective=softmax window=1 alpha=0.1",
                                        "word2vec objective=hierarchical window=1 alpha=0.1"};
    char *held_out = malloc(4000);
    for (int i = 0; i < 2000; i++)
        held_out[2 * i] = "adcb"[i % 4], held_out[2 * i + 1] = i % 20 == 19 ? '\n' : ' ';
    support_write("held_out.txt", held_out, 4000);
    free(held_out);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        char spec[1024];
        genrep_ctx *ctx = support_ctx("seed=1 threads=1");
        snprintf(spec, sizeof spec,
                 "%s size=8 min_count=1 epochs=40 validation='%s' patience=2 block=5000", kinds[k],
                 support_path("held_out.txt"));
        genrep_trainer *trainer = support_word2vec(ctx, chain, chain_bytes, spec);
        int32_t status = GENREP_OK;
        double best = INFINITY;
        int64_t since = 0, epochs = 0, done, total;
        while (status == GENREP_OK) {
            status = genrep_trainer_step(trainer, 1);
            const int64_t now = (int64_t)metric(ctx, trainer, "epoch");
            if (now == epochs) continue;
            epochs = now;
            const double loss = metric(ctx, trainer, "validation_loss");
            since = loss < best ? 0 : since + 1;
            best = fmin(best, loss);
            assert_int_equal(status, since == 2 ? GENREP_STOPPED : GENREP_OK);
        }
        print_message("%s: ends after %d epochs\n", kinds[k], (int)epochs);
        assert_true(epochs < 39);
        assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("early.safetensors")));
        assert_int_equal(genrep_trainer_step(trainer, 1), GENREP_STOPPED);
        assert_ok(ctx, genrep_trainer_progress(trainer, &done, &total));
        assert_int_equal(done, total);
        genrep_trainer *other = support_word2vec(ctx, chain, chain_bytes, spec);
        assert_ok(ctx, genrep_trainer_resume(other, support_path("early.safetensors")));
        assert_int_equal(genrep_trainer_step(other, 1), GENREP_STOPPED);
        assert_ok(ctx, genrep_trainer_progress(other, &done, &total));
        assert_int_equal(done, total);
        genrep_trainer_unref(other);
        genrep_trainer_unref(trainer);
        genrep_ctx_unref(ctx);
    }
}

static void expect_refusal(const char *spec, int32_t status, const char *error) {
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *dataset = chain_dataset(ctx);
    genrep_trainer *trainer = NULL;
    assert_error(ctx, genrep_trainer_new(ctx, spec, dataset, &trainer), status, error);
    assert_null(trainer);
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(ctx);
}

static void what_cannot_be_trained_is_refused(void **state) {
    (void)state;
    expect_refusal("nnlm hidden=0 direct=1", GENREP_E_INVALID, "hidden=0");
    expect_refusal("nnlm combine=mean padding=row", GENREP_E_INVALID, "padding=row");
    expect_refusal("nnlm context=nearby padding=row", GENREP_E_INVALID, "padding=row");
    expect_refusal("nnlm patience=3", GENREP_E_INVALID, "validation=");
    expect_refusal("nnlm validation='/none/none'", GENREP_E_IO, "/none/none");
    expect_refusal("nnlm min_count=1000000", GENREP_E_INVALID, "min_count");
    expect_refusal("nnlm epochs=0", GENREP_E_RANGE, "epochs");
    expect_refusal("nnlm hiden=3", GENREP_E_INVALID, "hidden");
    expect_refusal("word2vec objective=softmax bias=1", GENREP_E_INVALID, "bias=1");
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer =
        support_word2vec(ctx, chain, chain_bytes, "nnlm hidden=0 alpha=100 epochs=50");
    double loss = 7;
    genrep_dataset *strange;
    assert_ok(ctx, genrep_dataset_from_text(ctx, "x y z", 5, NULL, NULL, &strange));
    assert_error(ctx, genrep_trainer_evaluate(trainer, strange, &loss), GENREP_E_INVALID,
                 "no word of the vocabulary");
    assert_true(loss == 7);
    genrep_dataset_unref(strange);
    int32_t status = genrep_trainer_step(trainer, 1000);
    assert_error(ctx, status, GENREP_E_DIVERGED, "loss");
    genrep_trainer_unref(trainer);
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loss_reaches_the_conditional_entropy),
        cmocka_unit_test(the_first_loss_is_the_entropy_of_single_words),
        cmocka_unit_test(bits_depend_on_neither_threads_nor_stops),
        cmocka_unit_test(measuring_leaves_a_model_as_it_is),
        cmocka_unit_test(it_ends_when_held_out_text_gets_no_better),
        cmocka_unit_test(what_cannot_be_trained_is_refused),
    };
    return cmocka_run_group_tests(tests, make_chain, end_chain);
}
