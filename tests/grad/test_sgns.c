/* The step of skip-gram with negative sampling is the gradient of its loss: central differences
 * over every number of the tables, with words that are there twice, with and without bias. */
#include <support.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <text/sgns.h>

enum { WORDS = 9, SIZE = 21, CONTEXT = 5, OUTPUT = 5 };

typedef struct model {
    genrepi_sgns tables;
    genrepi_sgns_work work;
} model;

static double step(model *m, const genrepi_centre *centre, double rate) {
    int64_t terms;
    genrepi_sgns_step(&m->tables, &m->work, centre, rate);
    double loss = genrepi_sgns_take_loss(&m->tables, &m->work.loss, &terms);
    assert_int_equal(terms, m->tables.combine == GENREPI_COMBINE_SINGLE ? centre->n_context : 1);
    return loss;
}

static double loss_of(model *m, const genrepi_centre *centre) {
    return step(m, centre, 0);
}

static void make(genrep_ctx *ctx, int64_t words, int64_t size, int32_t with_bias, int32_t panels,
                 int64_t contexts, int64_t outputs, model *m) {
    assert_ok(ctx, genrepi_sgns_init(ctx, words, size, with_bias, panels, &m->tables));
    assert_int_equal(m->tables.panels, panels);
    assert_ok(ctx, genrepi_sgns_work_init(&m->tables, contexts, outputs, &m->work));
}

static void discard(model *m) {
    genrepi_sgns_work_free(&m->work);
    genrepi_sgns_free(&m->tables);
}

static void fill(genrep_tensor *table, int64_t stride, int64_t size, uint64_t stream) {
    genrepi_rng rng = genrepi_rng_at(11, stream, 0);
    real *value = genrepi_real(table);
    for (int64_t i = 0; i < table->count; i++)
        value[i] = i % stride < size ? 2 * (genrepi_rng_uniform(&rng) - 0.5) : 0;
}

/* What a step of rate 1 took from the table, against (L(x + h) - L(x - h)) / 2h. */
static void compare(model *m, const genrepi_centre *centre, genrep_tensor *table, int64_t stride,
                    int64_t size, const real *gradient) {
    const double h = 1e-5;
    real *value = genrepi_real(table);
    for (int64_t i = 0; i < table->count; i++) {
        if (i % stride >= size) {
            assert_true(value[i] == 0 && gradient[i] == 0);
            continue;
        }
        real old = value[i];
        value[i] = old + h;
        double above = loss_of(m, centre);
        value[i] = old - h;
        double below = loss_of(m, centre);
        value[i] = old;
        assert_close(gradient[i], (above - below) / (2 * h), 1e-8);
    }
}

static void check(const char *isa, int32_t combine, int32_t with_bias, int32_t panels,
                  int32_t n_context, int32_t n_output) {
    int32_t context[CONTEXT] = {3, 1, 3, 4, 7}, output[OUTPUT] = {2, 5, 3, 5, 8}; /* 3, 5 twice */
    real label[OUTPUT] = {1, 0, 0, (real)with_bias, 1};
    genrepi_centre centre = {n_context, n_output, context, output, label};
    genrep_ctx *ctx = support_ctx(isa);
    model made;
    make(ctx, WORDS, SIZE, with_bias, panels, CONTEXT, OUTPUT, &made);
    made.tables.combine = combine;
    const genrepi_sgns sgns = made.tables;
    genrep_tensor *tables[5];
    int64_t strides[5], sizes[5];
    int n = 0;
    for (int32_t p = 0; p < panels; p++)
        for (int side = 0; side < 2; side++, n++) {
            const int64_t end = sgns.panel[p + 1] < SIZE ? sgns.panel[p + 1] : SIZE;
            tables[n] = side == 0 ? sgns.input[p] : sgns.output[p];
            strides[n] = sgns.panel[p + 1] - sgns.panel[p];
            sizes[n] = end - sgns.panel[p];
        }
    if (with_bias) tables[n] = sgns.bias, strides[n] = sizes[n] = 1, n++;
    real *old[5], *gradient[5];
    for (int t = 0; t < n; t++) {
        fill(tables[t], strides[t], sizes[t], (uint64_t)t);
        old[t] = malloc((size_t)tables[t]->count * sizeof(real));
        gradient[t] = malloc((size_t)tables[t]->count * sizeof(real));
        memcpy(old[t], tables[t]->data, (size_t)tables[t]->count * sizeof(real));
    }
    double before = loss_of(&made, &centre);
    assert_true(step(&made, &centre, 1) == before);
    for (int t = 0; t < n; t++) {
        real *value = genrepi_real(tables[t]);
        for (int64_t i = 0; i < tables[t]->count; i++) gradient[t][i] = old[t][i] - value[i];
        memcpy(value, old[t], (size_t)tables[t]->count * sizeof(real));
    }
    for (int t = 0; t < n; t++) {
        /* word2vec.c's mean gives input rows m times their gradient */
        if (t % 2 == 0 && t < 2 * panels && combine == GENREPI_COMBINE_CLASSIC_MEAN)
            for (int64_t i = 0; i < tables[t]->count; i++) gradient[t][i] /= n_context;
        compare(&made, &centre, tables[t], strides[t], sizes[t], gradient[t]);
        free(old[t]);
        free(gradient[t]);
    }
    discard(&made);
    genrep_ctx_unref(ctx);
}

static void the_step_is_the_gradient(void **state) {
    (void)state;
    for (int32_t combine = 0; combine <= GENREPI_COMBINE_CLASSIC_MEAN; combine++)
        for (int32_t with_bias = 0; with_bias < 2; with_bias++)
            for (int32_t n_context = 1; n_context <= CONTEXT; n_context++)
                for (int32_t n_output = 1; n_output <= OUTPUT; n_output++) {
                    check("isa=reference", combine, with_bias, 1, n_context, n_output);
                    check("isa=auto", combine, with_bias, 1, n_context, n_output);
                    check("isa=auto", combine, with_bias, 2, n_context, n_output);
                }
}

/* softplus(-s) + k softplus(s) by libm, on scores where exp would overflow without care. */
static void the_loss_is_exact_for_large_scores(void **state) {
    (void)state;
    static const double scores[] = {0, 1, -1, 5.9, 6.1, -6.1, 30, -30, 800, -800};
    int32_t context[1] = {1}, output[3] = {2, 3, 3};
    real label[3] = {1, 0, 0};
    genrepi_centre centre = {1, 3, context, output, label};
    genrep_ctx *ctx = support_ctx(NULL);
    model made;
    make(ctx, 4, 1, 0, 1, 1, 3, &made);
    const genrepi_sgns sgns = made.tables;
    real *e = genrepi_real(sgns.input[0]) + sgns.stride, *w = genrepi_real(sgns.output[0]);
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
        double s = scores[i], softplus = fmax(s, 0) + log1p(exp(-fabs(s)));
        e[0] = 1;
        w[2 * sgns.stride] = s;
        w[3 * sgns.stride] = s;
        assert_close(loss_of(&made, &centre), softplus - s + 2 * softplus, 1e-14);
        /* wrong pairs of large scores are corrected too: no cut at 6 */
        step(&made, &centre, 0.5);
        double sigmoid = 1 / (1 + exp(-s));
        assert_close(w[2 * sgns.stride], s + 0.5 * (1 - sigmoid), 1e-14);
        assert_close(w[3 * sgns.stride], s - 2 * 0.5 * sigmoid, 1e-14);
    }
    discard(&made);
    genrep_ctx_unref(ctx);
}

static void a_new_model_has_small_rows_and_loss_of_blind_guesses(void **state) {
    (void)state;
    int32_t context[2] = {1, 3}, output[6] = {2, 3, 4, 5, 6, 7};
    real label[6] = {1};
    genrepi_centre centre = {2, 6, context, output, label};
    genrep_ctx *ctx = support_ctx("seed=4");
    model made;
    make(ctx, 2000, SIZE, 1, 1, 2, 6, &made);
    const genrepi_sgns sgns = made.tables;
    double sum = 0, squares = 0, largest = 0;
    for (int64_t i = 0; i < 2000; i++)
        for (int64_t j = 0; j < sgns.stride; j++) {
            double x = genrepi_real(sgns.input[0])[i * sgns.stride + j] * SIZE;
            if (j >= SIZE) assert_true(x == 0);
            sum += x;
            squares += x * x;
            largest = fmax(largest, fabs(x));
            assert_true(genrepi_real(sgns.output[0])[i * sgns.stride + j] == 0);
        }
    assert_true(largest <= 0.5 && largest > 0.499);
    assert_close(sum / (2000 * SIZE), 0, 5 * sqrt(1 / 12. / (2000 * SIZE)));
    assert_close(squares / (2000 * SIZE), 1 / 12., 0.002);
    assert_close(loss_of(&made, &centre), 2 * 6 * log(2), 1e-12);
    discard(&made);
    genrep_ctx_unref(ctx);
}

/* Where padding would cost much memory there is none, and the same bits. */
static void long_tables_are_not_padded_and_move_alike(void **state) {
    (void)state;
    enum { LONG = 100000 };
    int32_t context[CONTEXT] = {3, 1, 3, 4, 7}, output[OUTPUT] = {2, 5, 3, 5, 8};
    real label[OUTPUT] = {1};
    const genrepi_centre centre = {CONTEXT, OUTPUT, context, output, label};
    genrep_ctx *ctx = support_ctx(NULL);
    for (int32_t combine = 0; combine <= GENREPI_COMBINE_CLASSIC_MEAN; combine++)
        for (int32_t panels = 1; panels <= 2; panels++) {
            model m[2];
            for (int i = 0; i < 2; i++) {
                make(ctx, i == 0 ? WORDS : LONG, SIZE, 0, panels, CONTEXT, OUTPUT, &m[i]);
                m[i].tables.combine = combine;
            }
            assert_int_equal(m[0].tables.stride, 32);
            assert_int_equal(m[1].tables.stride, SIZE);
            for (int s = 0; s < 3; s++)
                assert_true(step(&m[0], &centre, 0.1) == step(&m[1], &centre, 0.1));
            for (int64_t i = 0; i < WORDS; i++) {
                float rows[2][2][SIZE];
                for (int k = 0; k < 2; k++) {
                    const genrepi_sgns *t = &m[k].tables;
                    genrepi_sgns_copy_row(t, t->input, i, rows[k][0]);
                    genrepi_sgns_copy_row(t, t->output, i, rows[k][1]);
                }
                assert_memory_equal(rows[0], rows[1], sizeof rows[0]);
            }
            discard(&m[0]);
            discard(&m[1]);
        }
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_step_is_the_gradient),
        cmocka_unit_test(the_loss_is_exact_for_large_scores),
        cmocka_unit_test(a_new_model_has_small_rows_and_loss_of_blind_guesses),
        cmocka_unit_test(long_tables_are_not_padded_and_move_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
