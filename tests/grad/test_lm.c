/* The step of a language model is the gradient of its loss: central differences over every number
 * of its tables, for every way to combine words, with words that are there twice; tile by tile as
 * in one piece; probabilities sum to one. */
#include <support.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <text/lm.h>

enum { SIZE = 3, SLOTS = 3, HIDDEN = 5, BATCH = 4, TABLES = 3 };
static const char text[] = "a b c d e f g h i j k l m n o p q r s t a b c a";

static genrep_vocab *make_vocab(genrep_ctx *ctx) {
    genrep_dataset *dataset;
    genrep_vocab *vocab;
    assert_ok(ctx, genrep_dataset_from_text(ctx, text, strlen(text), NULL, NULL, &dataset));
    assert_ok(ctx, genrep_vocab_build(dataset, "min_count=1", &vocab));
    genrep_dataset_unref(dataset);
    return vocab;
}

static void add_examples(genrepi_lm *lm) {
    static const int32_t contexts[BATCH][SLOTS] = {{1, 2, 1}, {4, 4, 4}, {1, 7, 20}, {3, 5, 9}};
    static const int32_t targets[BATCH] = {2, 4, 2, 19};
    for (int i = 0; i < BATCH; i++)
        genrepi_lm_add(lm, contexts[i], (int32_t)lm->options.slots, targets[i]);
}

static double loss_of(genrepi_lm *lm, real rate) {
    double loss;
    add_examples(lm);
    assert_ok(lm->ctx, genrepi_lm_step(lm, rate, &loss));
    assert_int_equal(lm->n, 0);
    return loss;
}

typedef struct table {
    genrep_tensor *tensor;
    int64_t stride, used; /* columns, and those that are not padding */
    real *old;
} table;

static int tables_of(genrepi_lm *lm, table *tables) {
    int n = 0;
    tables[n++] = (table){lm->embedding, SIZE, SIZE, NULL};
    tables[n++] = (table){lm->softmax.table, lm->softmax.stride, lm->softmax.inputs + 1, NULL};
    if (lm->hidden != NULL) tables[n++] = (table){lm->hidden, lm->x_stride, lm->x_size + 1, NULL};
    for (int t = 0; t < n; t++) {
        tables[t].old = malloc((size_t)tables[t].tensor->count * sizeof(real));
        assert_non_null(tables[t].old);
        genrepi_rng rng = genrepi_rng_at(17, (uint64_t)t, 0);
        real *value = genrepi_real(tables[t].tensor);
        for (int64_t i = 0; i < tables[t].tensor->count; i++)
            value[i] =
                i % tables[t].stride < tables[t].used ? 2 * (genrepi_rng_uniform(&rng) - 0.5) : 0;
        memcpy(tables[t].old, value, (size_t)tables[t].tensor->count * sizeof(real));
    }
    return n;
}

static void compare(genrepi_lm *lm, const table *t, const real *gradient, double times) {
    const double h = 1e-5;
    real *value = genrepi_real(t->tensor);
    for (int64_t i = 0; i < t->tensor->count; i++) {
        if (i % t->stride >= t->used) {
            assert_true(value[i] == 0 && gradient[i] == 0);
            continue;
        }
        const real old = value[i];
        value[i] = old + h;
        const double above = loss_of(lm, 0);
        value[i] = old - h;
        const double below = loss_of(lm, 0);
        value[i] = old;
        assert_close(gradient[i], times * (above - below) / (2 * h), 1e-8);
    }
}

static void check(const genrepi_lm_options *options) {
    genrep_ctx *ctx = support_ctx("threads=2");
    genrep_vocab *vocab = make_vocab(ctx);
    genrepi_lm lm;
    table tables[TABLES];
    assert_ok(ctx, genrepi_lm_init(vocab, options, &lm));
    const int n = tables_of(&lm, tables);
    const double before = loss_of(&lm, 0);
    assert_true(loss_of(&lm, 1) == before);
    real *gradient[TABLES];
    for (int t = 0; t < n; t++) {
        real *value = genrepi_real(tables[t].tensor);
        gradient[t] = malloc((size_t)tables[t].tensor->count * sizeof(real));
        for (int64_t i = 0; i < tables[t].tensor->count; i++)
            gradient[t][i] = tables[t].old[i] - value[i];
        memcpy(value, tables[t].old, (size_t)tables[t].tensor->count * sizeof(real));
    }
    for (int t = 0; t < n; t++) {
        /* word2vec.c's mean gives input rows as many times their gradient as there are words */
        const int classic = t == 0 && options->combine == GENREPI_COMBINE_CLASSIC_MEAN;
        compare(&lm, &tables[t], gradient[t], classic ? SLOTS : 1);
        free(gradient[t]);
        free(tables[t].old);
    }
    genrepi_lm_free(&lm);
    genrep_vocab_unref(vocab);
    genrep_ctx_unref(ctx);
}

static void the_step_is_the_gradient(void **state) {
    (void)state;
    static const int32_t combines[] = {GENREPI_COMBINE_SINGLE, GENREPI_COMBINE_MEAN,
                                       GENREPI_COMBINE_CLASSIC_MEAN, GENREPI_LM_CONCAT};
    for (int c = 0; c < 4; c++)
        for (int hidden = 0; hidden <= HIDDEN; hidden += HIDDEN)
            for (int direct = 0; direct <= (hidden > 0); direct++)
                for (int64_t memory = 1; memory <= 1 << 20; memory <<= 20)
                    check(&(genrepi_lm_options){
                        .size = SIZE,
                        .slots = combines[c] == GENREPI_COMBINE_SINGLE ? 1 : SLOTS,
                        .hidden = hidden,
                        .batch = BATCH,
                        .memory = memory, /* 1: the least tile, so that there are two */
                        .combine = combines[c],
                        .direct = direct});
}

/* new = (1 - rate decay) old - rate gradient for weights; biases do not decay. */
static void weights_decay_and_biases_do_not(void **state) {
    (void)state;
    const double rate = 0.25, decay = 0.125;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_vocab *vocab = make_vocab(ctx);
    genrepi_lm lm[2];
    table tables[2][TABLES];
    for (int d = 0; d < 2; d++) {
        assert_ok(ctx, genrepi_lm_init(vocab,
                                       &(genrepi_lm_options){.size = SIZE,
                                                             .slots = SLOTS,
                                                             .hidden = HIDDEN,
                                                             .batch = BATCH,
                                                             .memory = 1 << 20,
                                                             .combine = GENREPI_LM_CONCAT,
                                                             .decay = d * decay},
                                       &lm[d]));
        assert_int_equal(tables_of(&lm[d], tables[d]), TABLES);
        loss_of(&lm[d], rate);
    }
    for (int t = 1; t < TABLES; t++)
        for (int64_t i = 0; i < tables[0][t].tensor->count; i++) {
            const int bias = i % tables[0][t].stride == tables[0][t].used - 1;
            const double plain = genrepi_real(tables[0][t].tensor)[i];
            const double old = tables[0][t].old[i], step = plain - old;
            const double decayed =
                t == 1 ? (1 - rate * decay) * plain : (1 - rate * decay) * old + step;
            assert_close(genrepi_real(tables[1][t].tensor)[i], bias ? plain : decayed, 1e-12);
        }
    for (int d = 0; d < 2; d++) {
        for (int t = 0; t < TABLES; t++) free(tables[d][t].old);
        genrepi_lm_free(&lm[d]);
    }
    genrep_vocab_unref(vocab);
    genrep_ctx_unref(ctx);
}

/* Weights are 0 at first, so the loss of a word is -log of its share; and for any weights the
 * probabilities of all words sum to one. */
static void probabilities_start_as_shares_and_sum_to_one(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_vocab *vocab = make_vocab(ctx);
    const int64_t words = genrep_vocab_size(vocab);
    for (int64_t memory = 1; memory <= 1 << 20; memory <<= 20) {
        genrepi_lm lm;
        table tables[TABLES];
        assert_ok(ctx, genrepi_lm_init(vocab,
                                       &(genrepi_lm_options){.size = SIZE,
                                                             .slots = 1,
                                                             .batch = BATCH,
                                                             .memory = memory,
                                                             .combine = GENREPI_COMBINE_SINGLE},
                                       &lm));
        for (int turn = 0; turn < 2; turn++) {
            double sum = 0;
            for (int32_t target = 0; target < words; target++) {
                double loss;
                genrepi_lm_add(&lm, (const int32_t[]){3}, 1, target);
                assert_ok(ctx, genrepi_lm_step(&lm, 0, &loss));
                sum += exp(-loss);
                int64_t count;
                genrep_vocab_word(vocab, target, &count);
                /* "</s>" was not seen: it counts as half a word */
                if (turn == 0)
                    assert_close(exp(-loss), (count > 0 ? (double)count : 0.5) / 24.5, 1e-12);
            }
            assert_close(sum, 1, 1e-12);
            if (turn == 0) tables_of(&lm, tables);
        }
        free(tables[0].old);
        free(tables[1].old);
        genrepi_lm_free(&lm);
    }
    genrep_vocab_unref(vocab);
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_step_is_the_gradient),
        cmocka_unit_test(weights_decay_and_biases_do_not),
        cmocka_unit_test(probabilities_start_as_shares_and_sum_to_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
