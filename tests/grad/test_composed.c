/* The step of words that are composed of n-grams is the gradient of the loss by every row: central
 * differences, with n-grams that share a bucket, n-grams that a word has twice, and words that are
 * there twice. */
#include <support.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <text/composed.h>

enum { WORDS = 8, SIZE = 21, CONTEXT = 5, OUTPUT = 4, BUCKETS = 7 };

static const char *const text[WORDS] = {"</s>", "ab", "abab", "aaaaa", "b", "bananas", "xyz", "ba"};

typedef struct model {
    genrepi_words words;
    genrepi_sgns tables;
    genrepi_sgns_work work;
    genrepi_composed set;
    int32_t *slot_of;
    double mean_e[WORDS][SIZE], mean_h[SIZE]; /* at the point where the gradient is taken */
} model;

static real at(const genrepi_sgns *sgns, genrep_tensor *const *table, int64_t row, int64_t j) {
    const int32_t p = sgns->panels > 1 && j >= sgns->panel[1];
    return genrepi_sgns_row(sgns, table, p, row)[j - sgns->panel[p]];
}

/* e_w from its n-grams, found by the test itself.  fastText's gradient is |G| times the true one:
 * that of |G| times the difference to where it is taken. */
static void word(const model *m, int64_t w, int fixed, double *e) {
    const genrepi_sgns *sgns = &m->tables;
    uint32_t hashes[64];
    const int64_t n = genrepi_ngrams_hash(text[w], strlen(text[w]), 2, 4, hashes);
    for (int64_t j = 0; j < SIZE; j++) {
        double sum = (double)at(sgns, sgns->input, w, j);
        for (int64_t g = 0; g < n; g++)
            sum += (double)at(sgns, sgns->grams,
                              genrepi_ngrams_row(sgns->ngrams, hashes[g] % BUCKETS), j);
        e[j] = sum / (double)(1 + n);
        if (fixed && sgns->classic)
            e[j] = m->mean_e[w][j] + (double)(1 + n) * (e[j] - m->mean_e[w][j]);
    }
}

static void mean(const model *m, const genrepi_centre *c, int fixed, double *h) {
    double e[SIZE];
    memset(h, 0, SIZE * sizeof *h);
    for (int32_t i = 0; i < c->n_context; i++) {
        word(m, c->context[i], fixed, e);
        for (int j = 0; j < SIZE; j++) h[j] += e[j] / c->n_context;
    }
    for (int j = 0; j < SIZE && fixed && m->tables.combine == GENREPI_COMBINE_CLASSIC_MEAN; j++)
        h[j] = m->mean_h[j] + c->n_context * (h[j] - m->mean_h[j]);
}

static double loss_of(const model *m, const genrepi_centre *c) {
    const int single = m->tables.combine == GENREPI_COMBINE_SINGLE;
    double loss = 0, e[SIZE];
    for (int32_t i = 0; i < (single ? c->n_context : 1); i++) {
        if (single)
            word(m, c->context[i], 1, e);
        else
            mean(m, c, 1, e);
        for (int32_t o = 0; o < c->n_output; o++) {
            const int32_t row = c->output[o];
            double s = m->tables.bias != NULL ? (double)genrepi_real(m->tables.bias)[row] : 0;
            for (int j = 0; j < SIZE; j++)
                s += e[j] * (double)at(&m->tables, m->tables.output, row, j);
            loss += fmax(s, 0) + log1p(exp(-fabs(s))) - (double)c->label[o] * s;
        }
    }
    return loss;
}

static double step(model *m, const genrepi_centre *c, double rate) {
    int32_t slots[CONTEXT];
    int64_t terms;
    genrepi_centre composed = *c;
    composed.context = slots;
    memcpy(slots, c->context, (size_t)c->n_context * sizeof *slots);
    m->set.n = 0;
    genrepi_composed_add(&m->set, m->slot_of, &composed);
    genrepi_composed_forget(&m->set, m->slot_of);
    genrepi_composed_gather(&m->set, 0, 0, 16);
    genrepi_composed_gather(&m->set, 0, 16, m->tables.stride);
    genrepi_sgns_step(&m->set.view, &m->work, &composed, rate);
    genrepi_composed_scatter(&m->set, 0, m->tables.stride);
    return genrepi_sgns_take_loss(&m->tables, &m->work.loss, &terms);
}

static void make(genrep_ctx *ctx, int32_t with_bias, int32_t panels, int32_t combine,
                 int32_t classic, model *m) {
    *m = (model){.words = {.ctx = ctx}};
    for (int i = 0; i < WORDS; i++) {
        int64_t index;
        int32_t added;
        assert_ok(ctx, genrepi_words_add(&m->words, text[i], strlen(text[i]), &index, &added));
    }
    genrepi_ngrams *ngrams;
    assert_ok(ctx, genrepi_ngrams_new(&m->words, 2, 4, BUCKETS, &ngrams));
    assert_ok(ctx, genrepi_sgns_init(ctx, WORDS, SIZE, with_bias, panels, &m->tables));
    m->tables.combine = combine;
    assert_ok(ctx, genrepi_sgns_add_ngrams(&m->tables, ngrams, classic));
    genrepi_ngrams_unref(ngrams);
    assert_ok(ctx, genrepi_sgns_work_init(&m->tables, CONTEXT, OUTPUT, &m->work));
    assert_ok(ctx, genrepi_composed_init(&m->tables, CONTEXT, &m->set));
    m->slot_of = genrepi_composed_slots(&m->tables);
    assert_non_null(m->slot_of);
}

static void discard(genrep_ctx *ctx, model *m) {
    genrepi_composed_free(&m->set);
    genrepi_free(ctx, m->slot_of);
    genrepi_sgns_work_free(&m->work);
    genrepi_sgns_free(&m->tables);
    genrepi_words_free(&m->words);
}

static void check(int32_t combine, int32_t classic, int32_t with_bias, int32_t panels,
                  int32_t n_context) {
    int32_t context[CONTEXT] = {5, 3, 5, 2, 1}, output[OUTPUT] = {2, 5, 3, 5};
    real label[OUTPUT] = {1, 0, 0, 0};
    const genrepi_centre centre = {n_context, OUTPUT, context, output, label};
    genrep_ctx *ctx = support_ctx(NULL);
    model *m = malloc(sizeof *m);
    make(ctx, with_bias, panels, combine, classic, m);
    genrep_tensor *tables[7];
    int64_t columns[7], sizes[7];
    int n = 0;
    for (int32_t p = 0; p < panels; p++)
        for (int t = 0; t < 3; t++, n++) {
            const int64_t first = m->tables.panel[p], last = m->tables.panel[p + 1];
            tables[n] = t == 0   ? m->tables.input[p]
                        : t == 1 ? m->tables.output[p]
                                 : m->tables.grams[p];
            columns[n] = last - first;
            sizes[n] = (last < SIZE ? last : SIZE) - first;
        }
    if (with_bias) tables[n] = m->tables.bias, columns[n] = sizes[n] = 1, n++;
    real *old[7], *gradient[7];
    for (int t = 0; t < n; t++) {
        real *value = genrepi_real(tables[t]);
        const size_t bytes = (size_t)tables[t]->count * sizeof *value;
        genrepi_rng rng = genrepi_rng_at(7, (uint64_t)t, 0);
        for (int64_t i = 0; i < tables[t]->count; i++)
            value[i] =
                i % columns[t] < sizes[t] ? (real)(2 * (genrepi_rng_uniform(&rng) - 0.5)) : 0;
        old[t] = malloc(bytes);
        gradient[t] = malloc(bytes);
        memcpy(old[t], value, bytes);
    }
    for (int w = 0; w < WORDS; w++) word(m, w, 0, m->mean_e[w]);
    mean(m, &centre, 0, m->mean_h);
    assert_close(step(m, &centre, 0), loss_of(m, &centre), 1e-12);
    for (int t = 0; t < n; t++) /* nothing moves without a rate */
        assert_memory_equal(old[t], tables[t]->data, (size_t)tables[t]->count * sizeof(real));
    step(m, &centre, 1);
    for (int t = 0; t < n; t++) {
        real *value = genrepi_real(tables[t]);
        for (int64_t i = 0; i < tables[t]->count; i++) gradient[t][i] = old[t][i] - value[i];
        memcpy(value, old[t], (size_t)tables[t]->count * sizeof *value);
    }
    const double h = 1e-5;
    for (int t = 0; t < n; t++) {
        real *value = genrepi_real(tables[t]);
        for (int64_t i = 0; i < tables[t]->count; i++) {
            value[i] = old[t][i] + (real)h;
            const double above = loss_of(m, &centre);
            value[i] = old[t][i] - (real)h;
            const double below = loss_of(m, &centre);
            value[i] = old[t][i];
            if (i % columns[t] < sizes[t])
                assert_close(gradient[t][i], (above - below) / (2 * h), 1e-8);
            else
                assert_true(gradient[t][i] == 0);
        }
        free(old[t]);
        free(gradient[t]);
    }
    discard(ctx, m);
    free(m);
    genrep_ctx_unref(ctx);
}

static void the_step_is_the_gradient(void **state) {
    (void)state;
    for (int32_t combine = 0; combine <= GENREPI_COMBINE_CLASSIC_MEAN; combine++)
        for (int32_t classic = 0; classic < 2; classic++)
            for (int32_t n_context = 1; n_context <= CONTEXT; n_context++)
                check(combine, classic, n_context % 2, 1 + n_context % 2, n_context);
    check(GENREPI_COMBINE_SINGLE, 0, 1, 2, CONTEXT);
    check(GENREPI_COMBINE_SINGLE, 1, 1, 1, CONTEXT);
}

/* Two n-grams share a bucket and "aaaaa" has "aa" thrice: else the test above would not show it. */
static void the_buckets_are_shared(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    model *m = malloc(sizeof *m);
    make(ctx, 0, 1, 0, 0, m);
    const genrepi_ngrams *ngrams = m->tables.ngrams;
    assert_true(ngrams->rows <= BUCKETS && ngrams->starts[WORDS] > 40);
    const int32_t *rows;
    const int64_t n = genrepi_ngrams_of(ngrams, 3, &rows);
    int same = 0;
    for (int64_t i = 0; i < n; i++) same += rows[i] == rows[3];
    assert_true(same >= 3);
    assert_int_equal(genrepi_ngrams_of(ngrams, 0, &rows), 0);
    discard(ctx, m);
    free(m);
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_step_is_the_gradient),
        cmocka_unit_test(the_buckets_are_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
