/* The trainer word2vec: what it learns, and what it refuses. */
#include <support.h>
#include <corpus.h>
#include <files.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <text/centre.h>
#include <text/word2vec.h>

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

static double metric(genrep_ctx *ctx, genrep_trainer *trainer, const char *name) {
    double value = NAN;
    assert_ok(ctx, genrep_trainer_metric(trainer, name, &value));
    return value;
}

#define BASE "word2vec size=12 negative=2 min_count=1 max_sentence=40 "
#define SMALL BASE "window=2 epochs=3 block=500 "

static void metrics_and_steps_are_those_of_the_text(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = support_word2vec(ctx, chain, chain_bytes, SMALL "sample=0 alpha=0.1");
    int64_t words = 3 * (6000 + 120), done, total; /* with the ends of 120 lines */
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, &total));
    assert_int_equal(total, (words + 499) / 500);
    support_steps(ctx, trainer, 1);
    assert_close(metric(ctx, trainer, "loss"), 3 * log(2), 0.1); /* all scores are near 0 */
    double processed = metric(ctx, trainer, "words");
    assert_true(processed >= 500 && processed < 500 + 41);
    support_steps(ctx, trainer, total - 2);
    support_steps(ctx, trainer, 1);
    assert_true(metric(ctx, trainer, "words") == (double)words);
    assert_true(metric(ctx, trainer, "epoch") == 3);
    assert_true(metric(ctx, trainer, "loss") < 3 * log(2));
    /* the rate of the last sentence: what its words began with */
    assert_true(metric(ctx, trainer, "rate") >= genrepi_word2vec_rate(0.1, words, words));
    assert_true(metric(ctx, trainer, "rate") <= genrepi_word2vec_rate(0.1, words - 41, words));
    assert_int_equal(genrep_trainer_step(trainer, 1), GENREP_STOPPED);
    genrep_trainer_unref(trainer);
    genrep_ctx_unref(ctx);
}

static void the_rate_falls_in_a_line_to_a_floor(void **state) {
    (void)state;
    assert_close(genrepi_word2vec_rate(0.025, 0, 999), 0.025, 1e-15);
    assert_close(genrepi_word2vec_rate(0.025, 500, 999), 0.0125, 1e-15);
    assert_close(genrepi_word2vec_rate(0.025, 999, 999), 0.025 * 1e-3, 1e-15);
    assert_close(genrepi_word2vec_rate(0.025, 99999, 99999), 0.025 * 1e-4, 1e-15);
}

/* A word at distance r is in the window with probability (R - r + 1) / R. */
static void windows_have_the_right_widths(void **state) {
    (void)state;
    enum { R = 5, N = 41, TURNS = 20000 };
    genrep_ctx *ctx = support_ctx(NULL);
    support_write("v.txt", "</s> 1\na 1\nb 1\n", 15);
    genrep_vocab *vocab;
    genrepi_sampler sampler;
    genrepi_centre centre;
    assert_ok(ctx, genrep_vocab_load(ctx, support_path("v.txt"), &vocab));
    assert_ok(ctx, genrepi_sampler_init(vocab, 0, 0.75, &sampler));
    int32_t sentence[N];
    for (int32_t i = 0; i < N; i++) sentence[i] = i;
    genrepi_rng rng = genrepi_rng_at(3, 3, 0);
    for (int dynamic = 0; dynamic < 2; dynamic++) {
        genrepi_centre_rule rule = {.window = R, .dynamic = dynamic, .negative = 3};
        int64_t seen[N] = {0}, at_edge = 0;
        assert_ok(ctx, genrepi_centre_init(ctx, &rule, &centre));
        for (int turn = 0; turn < TURNS; turn++) {
            genrepi_centre_set(&centre, &rule, &sampler, sentence, N, 20, &rng);
            assert_int_equal(centre.output[0], 20);
            assert_int_equal(centre.n_output, 4);
            for (int32_t i = 0; i < centre.n_context; i++) seen[centre.context[i]]++;
            genrepi_centre_set(&centre, &rule, &sampler, sentence, N, N - 2, &rng);
            at_edge += centre.n_context > 0 && centre.context[centre.n_context - 1] == N - 1;
            assert_true(centre.n_context <= R + 1);
        }
        for (int32_t i = 0; i < N; i++) {
            int32_t r = abs(i - 20);
            double p = r == 0 || r > R ? 0 : dynamic ? (R - r + 1) / (double)R : 1;
            assert_close((double)seen[i] / TURNS, p, 5 * sqrt(p * (1 - p) / TURNS));
        }
        assert_int_equal(at_edge, TURNS);
        genrepi_centre_free(ctx, &centre);
    }
    genrepi_sampler_free(&sampler);
    genrep_vocab_unref(vocab);
    genrep_ctx_unref(ctx);
}

enum { LETTERS = 4 };

/* With neighbours only and enough dimensions the scores s(c, t) = w_t . e_c [+ b_t] go to the
 * optimum of the loss (mathematics 2.2): the log of how often t follows c as a pair over how often
 * it comes as noise for c.  A draw that is the centre is repeated, so noise for a pair with centre
 * u has the distribution P_n(t) / (1 - P_n(u)), t != u. */
/* Adds the scores of a run to sums[c][t]. */
static void add_scores(const char *seed, const char *text, size_t bytes, const char *spec,
                       double sums[LETTERS][LETTERS]) {
    genrep_ctx *ctx = support_ctx(seed);
    genrep_trainer *trainer = support_word2vec(ctx, text, bytes, spec);
    support_steps(ctx, trainer, 1000000);
    const char *path = support_path("optimum.safetensors");
    assert_ok(ctx, genrep_trainer_checkpoint(trainer, path));
    genrep_tensor *input, *output, *bias = NULL;
    assert_ok(ctx, genrep_tensor_load(ctx, path, "input", &input));
    assert_ok(ctx, genrep_tensor_load(ctx, path, "output", &output));
    if (strstr(spec, "bias=1") != NULL)
        assert_ok(ctx, genrep_tensor_load(ctx, path, "bias", &bias));
    genrep_vectors *v;
    assert_ok(ctx, genrep_trainer_vectors(trainer, &v));
    const float *e = genrep_tensor_read(input), *w = genrep_tensor_read(output);
    const float *b = genrep_tensor_read(bias);
    for (int c = 0; c < LETTERS; c++)
        for (int t = 0; t < LETTERS; t++) {
            int64_t row_c = genrep_vectors_find(v, &"abcd"[c], 1);
            int64_t row_t = genrep_vectors_find(v, &"abcd"[t], 1);
            double s = b != NULL ? (double)b[row_t] : 0;
            for (int j = 0; j < 16; j++) s += (double)(e[row_c * 16 + j] * w[row_t * 16 + j]);
            sums[c][t] += s;
        }
    genrep_vectors_unref(v);
    genrep_tensor_unref(input);
    genrep_tensor_unref(output);
    genrep_tensor_unref(bias);
    genrep_trainer_unref(trainer);
    genrep_ctx_unref(ctx);
}

typedef struct closed_form {
    const char *option;
    int runs; /* whose mean is held against the optimum: each is off by its last samples */
    double within;
} closed_form;

static void scores_reach_the_closed_form(void **state) {
    const closed_form *form = *state;
    enum { WORDS = 40000, LINE = 40, NEGATIVE = 2 };
    size_t bytes;
    char *text = support_chain(WORDS, LINE, &bytes), spec[256];
    double pairs[LETTERS][LETTERS] = {{0}}, count[LETTERS] = {0}, weight[LETTERS], sum = 0;
    for (size_t i = 0; i < WORDS; i++) {
        int c = text[2 * i] - 'a';
        count[c]++;
        if (text[2 * i + 1] == '\n') continue;
        int t = text[2 * i + 2] - 'a';
        pairs[c][t]++;
        pairs[t][c]++;
    }
    for (int t = 0; t < LETTERS; t++) sum += weight[t] = pow(count[t], 0.75);
    snprintf(spec, sizeof spec,
             "word2vec size=8 window=1 negative=%d sample=0 min_count=1 epochs=100 alpha=0.02 %s",
             NEGATIVE, form->option);
    double scores[LETTERS][LETTERS] = {{0}}, largest = 0, spread = 0;
    for (int run = 0; run < form->runs; run++) {
        char seed[16];
        snprintf(seed, sizeof seed, "seed=%d", run + 1);
        add_scores(seed, text, bytes, spec, scores);
    }
    for (int c = 0; c < LETTERS; c++)
        for (int t = 0; t < LETTERS; t++) {
            double noise = 0;
            for (int u = 0; u < LETTERS; u++)
                if (u != t) noise += NEGATIVE * pairs[c][u] * weight[t] / (sum - weight[u]);
            const double optimum = log(pairs[c][t] / noise);
            largest = fmax(largest, fabs(scores[c][t] / form->runs - optimum));
            spread = fmax(spread, fabs(optimum));
        }
    print_message("%s: scores are within %.4f of the optimum, which is up to %.3f\n", form->option,
                  largest, spread);
    assert_true(spread > 1);
    assert_true(largest < form->within);
    free(text);
}

static void a_vocabulary_from_a_file_decides_the_words(void **state) {
    (void)state;
    static const char file[] = "</s> 3\nc 900\na 800\nzebra 700\n";
    char spec[1024];
    genrep_ctx *ctx = support_ctx(NULL);
    support_write("v.txt", file, sizeof file - 1);
    snprintf(spec, sizeof spec, SMALL "sample=0 vocab='%s'", support_path("v.txt"));
    genrep_trainer *trainer = support_word2vec(ctx, chain, chain_bytes, spec);
    support_steps(ctx, trainer, 1000);
    int64_t known = 0;
    for (size_t i = 0; i < chain_bytes; i++) known += strchr("ac\n", chain[i]) != NULL;
    assert_true(metric(ctx, trainer, "words") == (double)(3 * known));
    genrep_vectors *v;
    assert_ok(ctx, genrep_trainer_vectors(trainer, &v));
    assert_int_equal(genrep_vectors_size(v), 4);
    assert_int_equal(genrep_vectors_find(v, "zebra", 5), 3);
    assert_int_equal(genrep_vectors_find(v, "b", 1), -1);
    genrep_vectors_unref(v);
    genrep_trainer_unref(trainer);
    genrep_ctx_unref(ctx);
}

static void expect_refusal(const char *text, const char *spec, int32_t status, const char *error) {
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *dataset;
    genrep_trainer *trainer = NULL;
    assert_ok(ctx, genrep_dataset_from_text(ctx, text, strlen(text), NULL, NULL, &dataset));
    assert_error(ctx, genrep_trainer_new(ctx, spec, dataset, &trainer), status, error);
    assert_null(trainer);
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(ctx);
}

/* Contexts of places 20 of 41: which words may be there, and how many. */
static void contexts_are_before_or_one_nearby(void **state) {
    (void)state;
    enum { R = 4, N = 41, TURNS = 4000 };
    genrep_ctx *ctx = support_ctx(NULL);
    support_write("v.txt", "</s> 1\na 1\nb 1\n", 15);
    genrep_vocab *vocab;
    genrepi_sampler sampler;
    assert_ok(ctx, genrep_vocab_load(ctx, support_path("v.txt"), &vocab));
    assert_ok(ctx, genrepi_sampler_init(vocab, 0, 0.75, &sampler));
    int32_t sentence[N];
    for (int32_t i = 0; i < N; i++) sentence[i] = i;
    genrepi_rng rng = genrepi_rng_at(3, 3, 0);
    genrepi_centre_rule rule = {.window = R, .negative = 1, .context = GENREPI_CONTEXT_PREVIOUS};
    genrepi_centre centre;
    assert_ok(ctx, genrepi_centre_init(ctx, &rule, &centre));
    genrepi_centre_set(&centre, &rule, &sampler, sentence, N, 20, &rng);
    assert_int_equal(centre.n_context, R);
    for (int32_t i = 0; i < R; i++) assert_int_equal(centre.context[i], 16 + i);
    genrepi_centre_set(&centre, &rule, &sampler, sentence, N, 0, &rng);
    assert_int_equal(centre.n_context, 0);
    rule.context = GENREPI_CONTEXT_NEARBY;
    int64_t seen[N] = {0};
    for (int turn = 0; turn < TURNS; turn++) {
        genrepi_centre_set(&centre, &rule, &sampler, sentence, N, 20, &rng);
        assert_int_equal(centre.n_context, 1);
        seen[centre.context[0]]++;
    }
    for (int32_t i = 0; i < N; i++) {
        double p = i == 20 || abs(i - 20) > R ? 0 : 1 / (2. * R);
        assert_close((double)seen[i] / TURNS, p, 5 * sqrt(p * (1 - p) / TURNS));
    }
    genrepi_centre_free(ctx, &centre);
    genrepi_sampler_free(&sampler);
    genrep_vocab_unref(vocab);
    genrep_ctx_unref(ctx);
}

static void what_cannot_be_trained_is_refused(void **state) {
    (void)state;
    expect_refusal("", "word2vec", GENREP_E_INVALID, "no word is left");
    expect_refusal("a b c", "word2vec", GENREP_E_INVALID, "min_count=5");
    expect_refusal("a a a a a", "word2vec", GENREP_E_INVALID, "two different words");
    expect_refusal(chain, "word2vec vocab='/none/none'", GENREP_E_IO, "/none/none");
    expect_refusal(chain, "word2vec size=0", GENREP_E_RANGE, "size");
    expect_refusal(chain, "word2vec bias=1 objective=hierarchical", GENREP_E_INVALID, "bias=1");
    expect_refusal(chain, "word2vec windows=3", GENREP_E_INVALID, "window");
    support_write("v.txt", "x 3\ny 3\n", 8);
    char spec[1024];
    snprintf(spec, sizeof spec, "word2vec min_count=1 vocab='%s'", support_path("v.txt"));
    expect_refusal("a b c", spec, GENREP_E_INVALID, "no word of the vocabulary");
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *tensor;
    genrep_dataset *dataset;
    genrep_trainer *trainer = NULL;
    const char *name = "images";
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 1, (const int64_t[]){4}, &tensor));
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 1, &name, &tensor, &dataset));
    assert_error(ctx, genrep_trainer_new(ctx, "word2vec", dataset, &trainer), GENREP_E_INVALID,
                 "text");
    genrep_dataset_unref(dataset);
    genrep_tensor_unref(tensor);
    genrep_ctx_unref(ctx);
}

static void a_run_that_diverges_says_so(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer =
        support_word2vec(ctx, chain, chain_bytes, BASE "alpha=100 dynamic=0 sample=0 epochs=1000");
    int32_t status = GENREP_OK;
    for (int i = 0; i < 2000 && status == GENREP_OK; i++) status = genrep_trainer_step(trainer, 1);
    assert_error(ctx, status, GENREP_E_DIVERGED, "loss");
    genrep_trainer_unref(trainer);
    genrep_ctx_unref(ctx);
}

/* Two vocabularies that never meet: every word's nearest words are of its own. */
static void words_that_share_lines_become_near(void **state) {
    char spec[128];
    snprintf(spec, sizeof spec, "word2vec size=16 sample=0 %s", (const char *)*state);
    enum { LINES = 3000 };
    char *text = malloc(LINES * 32), *to = text;
    uint32_t r = 1;
    for (int line = 0; line < LINES; line++) {
        for (int i = 0; i < 8; i++) {
            r = r * 1664525u + 1013904223u;
            to += sprintf(to, "%c%d ", "xy"[line % 2], (int)(r >> 16) % 10);
        }
        to[-1] = '\n';
    }
    genrep_ctx *ctx = support_ctx("threads=3");
    genrep_trainer *trainer = support_word2vec(ctx, text, (size_t)(to - text), spec);
    support_steps(ctx, trainer, 1000);
    genrep_vectors *v;
    assert_ok(ctx, genrep_trainer_vectors(trainer, &v));
    assert_int_equal(genrep_vectors_size(v), 21);
    for (int64_t i = 1; i < 21; i++) {
        int64_t near[9], found;
        assert_ok(ctx,
                  genrep_vectors_nearest(v, genrep_vectors_row(v, i), i, 9, near, NULL, &found));
        for (int k = 0; k < 9; k++)
            assert_int_equal(genrep_vectors_word(v, near[k])[0], genrep_vectors_word(v, i)[0]);
    }
    genrep_vectors_unref(v);
    genrep_trainer_unref(trainer);
    genrep_ctx_unref(ctx);
    free(text);
}

int main(void) {
    static closed_form with_bias = {"bias=1", 8, 0.01}, without_bias = {"bias=0", 1, 0.05};
    static char plain[] = "", mean[] = "combine=mean alpha=0.1";
    static char classic_mean[] = "combine=classic_mean", hierarchical[] = "objective=hierarchical";
    static char without_locks[] = "deterministic=0";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_and_steps_are_those_of_the_text),
        cmocka_unit_test(the_rate_falls_in_a_line_to_a_floor),
        cmocka_unit_test(windows_have_the_right_widths),
        cmocka_unit_test_prestate(scores_reach_the_closed_form, &with_bias),
        cmocka_unit_test_prestate(scores_reach_the_closed_form, &without_bias),
        cmocka_unit_test(a_vocabulary_from_a_file_decides_the_words),
        cmocka_unit_test(what_cannot_be_trained_is_refused),
        cmocka_unit_test(a_run_that_diverges_says_so),
        cmocka_unit_test(contexts_are_before_or_one_nearby),
        cmocka_unit_test_prestate(words_that_share_lines_become_near, plain),
        cmocka_unit_test_prestate(words_that_share_lines_become_near, mean),
        cmocka_unit_test_prestate(words_that_share_lines_become_near, classic_mean),
        cmocka_unit_test_prestate(words_that_share_lines_become_near, hierarchical),
        cmocka_unit_test_prestate(words_that_share_lines_become_near, without_locks),
    };
    return cmocka_run_group_tests(tests, make_chain, end_chain);
}
