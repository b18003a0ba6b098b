/* The tables of word2vec, and one step. */
#include <text/sgns.h>
#include <base/pool.h>
#include <base/random.h>
#include <string.h>
#include <text/composed.h>

enum { LANES = 16, ROWS_AT_ONCE = 1024, MOST_PADDING = 8 << 20 /* bytes of a table */ };

typedef struct init_state {
    const genrepi_sgns *sgns;
    uint64_t stream;
} init_state;

/* Element j of row i has the same value for any stride, panels and number of threads. */
static void init_rows(void *argument, int64_t begin, int64_t end) {
    const init_state *state = argument;
    const genrepi_sgns *sgns = state->sgns;
    real half = (real)(0.5 / (double)sgns->size);
    for (int64_t i = begin; i < end; i++)
        for (int32_t p = 0; p < sgns->panels; p++) {
            const int64_t from = sgns->panel[p], to = sgns->panel[p + 1];
            sgns->ctx->kernels->random_uniform((to < sgns->size ? to : sgns->size) - from,
                                               sgns->ctx->seed, state->stream,
                                               (uint64_t)(i * sgns->size + from), -half, half,
                                               genrepi_sgns_row(sgns, sgns->input, p, i));
            /* The kernel gives memory when it is first written: now, not while threads train. */
            *(volatile real *)genrepi_sgns_row(sgns, sgns->output, p, i) = 0;
        }
}

static int32_t make_tables(genrepi_sgns *sgns, int32_t with_bias) {
    genrepi_shape column = genrepi_shape_of(1, &sgns->words);
    int32_t status = GENREP_OK;
    for (int32_t p = 0; p < sgns->panels && status == GENREP_OK; p++) {
        genrepi_shape table = genrepi_shape_of(
            2, (const int64_t[]){sgns->words, sgns->panel[p + 1] - sgns->panel[p]});
        status = genrepi_tensor_new(sgns->ctx, GENREPI_REAL, &table, 1, &sgns->input[p]);
        if (status == GENREP_OK)
            status = genrepi_tensor_new(sgns->ctx, GENREPI_REAL, &table, 1, &sgns->output[p]);
    }
    if (status == GENREP_OK && with_bias)
        status = genrepi_tensor_new(sgns->ctx, GENREPI_REAL, &column, 1, &sgns->bias);
    return status;
}

int32_t genrepi_sgns_init(genrep_ctx *ctx, int64_t words, int64_t size, int32_t with_bias,
                          int32_t panels, genrepi_sgns *sgns) {
    const int64_t blocks = (size + LANES - 1) / LANES;
    const int64_t most = MOST_PADDING / (int64_t)sizeof(real) / words, padded = blocks * LANES;
    *sgns = (genrepi_sgns){
        .ctx = ctx, .words = words, .size = size, .stride = padded - size > most ? size : padded};
    sgns->panels = panels < blocks ? panels : (int32_t)blocks;
    for (int32_t p = 0; p < sgns->panels; p++) sgns->panel[p] = p * blocks / sgns->panels * LANES;
    sgns->panel[sgns->panels] = sgns->stride;
    int32_t status = make_tables(sgns, with_bias);
    if (status != GENREP_OK) {
        genrepi_sgns_free(sgns);
        return status;
    }
    static const char path[] = "word2vec/input";
    init_state state = {sgns,
                        genrepi_stream(GENREPI_FOR_INIT, genrepi_hash(path, strlen(path)), 0)};
    genrepi_parallel_range(ctx, words, ROWS_AT_ONCE, init_rows, &state);
    return GENREP_OK;
}

void genrepi_sgns_free(genrepi_sgns *sgns) {
    if (sgns->ctx == NULL) return;
    for (int32_t p = 0; p < sgns->panels; p++) {
        genrepi_tensor_unref(sgns->input[p]);
        genrepi_tensor_unref(sgns->output[p]);
        genrepi_tensor_unref(sgns->grams[p]);
    }
    genrepi_tensor_unref(sgns->bias);
    genrepi_ngrams_unref(sgns->ngrams);
    *sgns = (genrepi_sgns){0};
}

void genrepi_sgns_copy_row(const genrepi_sgns *sgns, genrep_tensor *const *table, int64_t row,
                           float *to) {
    for (int32_t p = 0; p < sgns->panels; p++) {
        const int64_t from = sgns->panel[p], end = sgns->panel[p + 1];
        genrepi_convert((end < sgns->size ? end : sgns->size) - from, GENREPI_REAL,
                        genrepi_sgns_row(sgns, table, p, row), GENREP_F32, to + from);
    }
}

void genrepi_sgns_vector(const genrepi_sgns *sgns, int64_t word, float *to) {
    if (sgns->ngrams != NULL)
        genrepi_composed_vector(sgns, word, to);
    else
        genrepi_sgns_copy_row(sgns, sgns->input, word, to);
}

int32_t genrepi_sgns_work_init(const genrepi_sgns *sgns, int64_t most_context, int64_t most_output,
                               genrepi_sgns_work *work) {
    genrep_ctx *ctx = sgns->ctx;
    const int64_t m = most_context, n = most_output;
    *work = (genrepi_sgns_work){.ctx = ctx};
    work->inputs = genrepi_alloc(ctx, m, sizeof *work->inputs);
    work->outputs = genrepi_alloc(ctx, n, sizeof *work->outputs);
    work->scores = genrepi_alloc(ctx, m * n + LANES, sizeof *work->scores);
    work->labels = genrepi_alloc(ctx, m * n + LANES, sizeof *work->labels);
    work->work = genrepi_alloc(ctx, (m + n) * LANES, sizeof *work->work);
    work->mean = genrepi_alloc(ctx, sgns->stride, sizeof *work->mean);
    work->row = genrepi_alloc(ctx, sgns->stride, sizeof *work->row);
    work->steps = genrepi_alloc(ctx, m * n + LANES, sizeof *work->steps);
    ctx->kernels->bce_total(&work->loss.tally);
    if (work->inputs != NULL && work->outputs != NULL && work->scores != NULL &&
        work->labels != NULL && work->work != NULL && work->mean != NULL && work->row != NULL &&
        work->steps != NULL)
        return GENREP_OK;
    genrepi_sgns_work_free(work);
    return GENREP_E_NOMEM;
}

void genrepi_sgns_work_free(genrepi_sgns_work *work) {
    if (work->ctx == NULL) return;
    void *all[] = {work->inputs, work->outputs, work->scores, work->labels,
                   work->work,   work->mean,    work->row,    work->steps};
    for (int32_t i = 0; i < GENREPI_COUNT(all); i++) genrepi_free(work->ctx, all[i]);
    *work = (genrepi_sgns_work){0};
}

/* Points into the centre's rows, `skip` columns into a panel; gives the number of rows that are
 * told from outputs. */
static int32_t set_rows(const genrepi_sgns *sgns, genrepi_sgns_work *work,
                        const genrepi_centre *centre, int32_t panel, int64_t skip) {
    for (int32_t i = 0; i < centre->n_context; i++)
        work->inputs[i] = genrepi_sgns_row(sgns, sgns->input, panel, centre->context[i]) + skip;
    for (int32_t j = 0; j < centre->n_output; j++)
        work->outputs[j] = genrepi_sgns_row(sgns, sgns->output, panel, centre->output[j]) + skip;
    return sgns->combine == GENREPI_COMBINE_SINGLE ? centre->n_context : 1;
}

static real scale_of(const genrepi_sgns *sgns, const genrepi_centre *centre, int32_t i) {
    return sgns->scale != NULL ? sgns->scale[centre->context[i]] : 1;
}

/* y_ij = a_i x_ij */
static void scale_pairs(const genrepi_sgns *sgns, const genrepi_centre *centre, const real *x,
                        real *y) {
    for (int32_t i = 0, n = centre->n_output; i < centre->n_context; i++)
        for (int32_t j = 0; j < n; j++)
            y[i * n + j] = x[i * n + j] * sgns->scale[centre->context[i]];
}

void genrepi_sgns_dots(const genrepi_sgns *sgns, genrepi_sgns_work *work,
                       const genrepi_centre *centre, int32_t panel, real *mean, real *scores) {
    const genrepi_kernels *k = sgns->ctx->kernels;
    const int64_t begin = sgns->panel[panel], d = sgns->panel[panel + 1] - begin;
    const int32_t m = set_rows(sgns, work, centre, panel, 0), n = centre->n_output;
    const real *const *x = (const real *const *)work->inputs, *h;
    if (sgns->combine != GENREPI_COMBINE_SINGLE) {
        const real share = 1 / (real)centre->n_context;
        k->scale(d, share * scale_of(sgns, centre, 0), work->inputs[0], mean + begin);
        for (int32_t i = 1; i < centre->n_context; i++)
            k->axpy(d, share * scale_of(sgns, centre, i), work->inputs[i], mean + begin);
        h = mean + begin;
        x = &h;
    }
    k->dot_rows(m, x, n, (const real *const *)work->outputs, d, scores);
    if (sgns->scale != NULL && x != &h) scale_pairs(sgns, centre, scores, scores);
    if (panel > 0 || sgns->bias == NULL) return;
    const real *bias = genrepi_real_read(sgns->bias);
    for (int32_t i = 0; i < m; i++)
        for (int32_t j = 0; j < n; j++) scores[i * n + j] += bias[centre->output[j]];
}

void genrepi_sgns_slopes(const genrepi_sgns *sgns, genrepi_sgns_work *work,
                         const genrepi_centre *centre, real rate, const real *scores,
                         genrepi_sgns_loss *loss) {
    const int32_t m = sgns->combine == GENREPI_COMBINE_SINGLE ? centre->n_context : 1;
    const int32_t n = centre->n_output;
    for (int32_t i = 0; i < m; i++)
        memcpy(work->labels + i * n, centre->label, (size_t)n * sizeof *centre->label);
    sgns->ctx->kernels->bce_steps((int64_t)m * n, -rate, scores, work->labels, work->steps,
                                  &loss->tally);
    loss->terms += m;
}

/* A context word that is there twice gets two shares. */
static void spread(const genrepi_sgns *sgns, genrepi_sgns_work *work, const genrepi_centre *centre,
                   int64_t d, const real *mean) {
    const genrepi_kernels *k = sgns->ctx->kernels;
    const int32_t m = centre->n_context, n = centre->n_output;
    k->fill(d, 0, work->row);
    for (int32_t j = 0; j < n; j++) k->axpy(d, work->steps[j], work->outputs[j], work->row);
    for (int32_t j = 0; j < n; j++) k->axpy(d, work->steps[j], mean, work->outputs[j]);
    const real share = sgns->combine == GENREPI_COMBINE_MEAN ? 1 / (real)m : 1;
    for (int32_t i = 0; i < m; i++)
        k->axpy(d, share * scale_of(sgns, centre, i), work->row, work->inputs[i]);
}

void genrepi_sgns_update(const genrepi_sgns *sgns, genrepi_sgns_work *work,
                         const genrepi_centre *centre, int64_t begin, int64_t end,
                         const real *mean) {
    int32_t panel = 0;
    while (sgns->panel[panel + 1] <= begin) panel++;
    const int32_t m = set_rows(sgns, work, centre, panel, begin - sgns->panel[panel]);
    const int32_t n = centre->n_output;
    if (sgns->combine == GENREPI_COMBINE_SINGLE) {
        const real *steps = work->steps;
        if (sgns->scale != NULL) {
            scale_pairs(sgns, centre, steps, work->scores); /* which are not needed any more */
            steps = work->scores;
        }
        sgns->ctx->kernels->update_rows(m, work->inputs, n, work->outputs, end - begin, steps,
                                        work->work);
    } else {
        spread(sgns, work, centre, end - begin, mean + begin);
    }
    if (begin > 0 || sgns->bias == NULL) return;
    real *bias = genrepi_real(sgns->bias);
    for (int32_t j = 0; j < n; j++) {
        real step = 0;
        for (int32_t i = 0; i < m; i++) step += work->steps[i * n + j];
        bias[centre->output[j]] += step;
    }
}

void genrepi_sgns_scores(const genrepi_sgns *sgns, genrepi_sgns_work *work,
                         const genrepi_centre *centre) {
    const int64_t pairs = (int64_t)centre->n_context * centre->n_output;
    genrepi_sgns_dots(sgns, work, centre, 0, work->mean, work->scores);
    for (int32_t p = 1; p < sgns->panels; p++) {
        genrepi_sgns_dots(sgns, work, centre, p, work->mean, work->steps);
        sgns->ctx->kernels->add(pairs, work->scores, work->steps, work->scores);
    }
}

void genrepi_sgns_step(const genrepi_sgns *sgns, genrepi_sgns_work *work,
                       const genrepi_centre *centre, real rate) {
    if (centre->n_context == 0 || centre->n_output == 0) return;
    genrepi_sgns_scores(sgns, work, centre);
    genrepi_sgns_slopes(sgns, work, centre, rate, work->scores, &work->loss);
    for (int32_t p = 0; p < sgns->panels; p++)
        genrepi_sgns_update(sgns, work, centre, sgns->panel[p], sgns->panel[p + 1], work->mean);
}

double genrepi_sgns_take_loss(const genrepi_sgns *sgns, genrepi_sgns_loss *loss, int64_t *terms) {
    *terms = loss->terms;
    loss->terms = 0;
    return sgns->ctx->kernels->bce_total(&loss->tally);
}

static void prefetch(const genrepi_sgns *sgns, genrep_tensor *const *table, int32_t panel,
                     int64_t row) {
    const real *at = genrepi_sgns_row(sgns, table, panel, row);
    const int64_t d = sgns->panel[panel + 1] - sgns->panel[panel];
    for (int64_t i = 0; i < d; i += LANES) __builtin_prefetch(at + i, 1);
    if (d % LANES != 0) __builtin_prefetch(at + d - 1, 1); /* rows begin anywhere in a line */
}

void genrepi_sgns_prefetch_input(const genrepi_sgns *sgns, int32_t word, int32_t panel) {
    prefetch(sgns, sgns->input, panel, word);
}

void genrepi_sgns_prefetch_outputs(const genrepi_sgns *sgns, const genrepi_centre *centre,
                                   int32_t panel) {
    for (int32_t j = 0; j < centre->n_output; j++)
        prefetch(sgns, sgns->output, panel, centre->output[j]);
}
