/* Words composed of their n-grams: rows, gathering, scattering. */
#include <text/composed.h>
#include <base/pool.h>
#include <base/random.h>
#include <math.h>
#include <string.h>

enum { LANES = 16, BUCKETS_AT_ONCE = 8192, MOST_SLOTS = 1024 };

typedef struct init_state {
    const genrepi_sgns *sgns;
    uint64_t stream;
} init_state;

static void init_rows(void *argument, int64_t begin, int64_t end) {
    const init_state *state = argument;
    const genrepi_sgns *sgns = state->sgns;
    const real half = (real)(0.5 / (double)sgns->size);
    for (int64_t bucket = begin; bucket < end; bucket++) {
        const int64_t row = genrepi_ngrams_row(sgns->ngrams, bucket);
        for (int32_t p = 0; row >= 0 && p < sgns->panels; p++) {
            const int64_t from = sgns->panel[p], to = sgns->panel[p + 1];
            sgns->ctx->kernels->random_uniform((to < sgns->size ? to : sgns->size) - from,
                                               sgns->ctx->seed, state->stream,
                                               (uint64_t)(bucket * sgns->size + from), -half, half,
                                               genrepi_sgns_row(sgns, sgns->grams, p, row));
        }
    }
}

int32_t genrepi_sgns_add_ngrams(genrepi_sgns *sgns, genrepi_ngrams *ngrams, int32_t classic) {
    sgns->classic = classic;
    for (int32_t p = 0; p < sgns->panels; p++) {
        const int64_t columns = sgns->panel[p + 1] - sgns->panel[p];
        genrepi_shape shape = genrepi_shape_of(2, (const int64_t[]){ngrams->rows, columns});
        int32_t status = genrepi_tensor_new(sgns->ctx, GENREPI_REAL, &shape, 1, &sgns->grams[p]);
        if (status != GENREP_OK) return status;
    }
    sgns->ngrams = genrepi_ngrams_ref(ngrams);
    static const char path[] = "word2vec/ngrams";
    init_state state = {sgns,
                        genrepi_stream(GENREPI_FOR_INIT, genrepi_hash(path, strlen(path)), 0)};
    genrepi_parallel_range(sgns->ctx, ngrams->buckets, BUCKETS_AT_ONCE, init_rows, &state);
    return GENREP_OK;
}

int64_t genrepi_composed_capacity(const genrepi_sgns *sgns, int64_t centres, int64_t contexts) {
    int64_t slots = centres * contexts < MOST_SLOTS ? centres * contexts : MOST_SLOTS;
    if (slots < contexts) slots = contexts;
    return slots < sgns->words ? slots : sgns->words;
}

int32_t *genrepi_composed_slots(const genrepi_sgns *sgns) {
    int32_t *slot_of = genrepi_alloc_raw(sgns->ctx, sgns->words, sizeof *slot_of);
    for (int64_t i = 0; slot_of != NULL && i < sgns->words; i++) slot_of[i] = -1;
    return slot_of;
}

int32_t genrepi_composed_init(const genrepi_sgns *sgns, int64_t capacity, genrepi_composed *set) {
    *set = (genrepi_composed){.ctx = sgns->ctx, .tables = sgns, .view = *sgns};
    if (capacity > INT32_MAX) capacity = INT32_MAX;
    for (int32_t p = 0; p < GENREPI_MOST_PANELS; p++) set->view.input[p] = NULL;
    int32_t status = GENREP_OK;
    for (int32_t p = 0; p < sgns->panels && status == GENREP_OK; p++) {
        const int64_t columns = sgns->panel[p + 1] - sgns->panel[p];
        genrepi_shape shape = genrepi_shape_of(2, (const int64_t[]){capacity, columns});
        status = genrepi_tensor_new(sgns->ctx, GENREPI_REAL, &shape, 1, &set->view.input[p]);
        if (status == GENREP_OK)
            status = genrepi_tensor_new(sgns->ctx, GENREPI_REAL, &shape, 1, &set->start[p]);
    }
    set->capacity = (int32_t)capacity;
    set->words = genrepi_alloc(sgns->ctx, capacity, sizeof *set->words);
    set->scale = genrepi_alloc(sgns->ctx, capacity, sizeof *set->scale);
    set->view.scale = set->scale;
    if (set->words == NULL || set->scale == NULL) status = GENREP_E_NOMEM;
    if (status != GENREP_OK) genrepi_composed_free(set);
    return status;
}

void genrepi_composed_free(genrepi_composed *set) {
    if (set->ctx == NULL) return;
    for (int32_t p = 0; p < GENREPI_MOST_PANELS; p++) {
        genrepi_tensor_unref(set->view.input[p]);
        genrepi_tensor_unref(set->start[p]);
    }
    genrepi_free(set->ctx, set->words);
    genrepi_free(set->ctx, set->scale);
    *set = (genrepi_composed){0};
}

/* |G| */
static int64_t parts_of(const genrepi_sgns *sgns, int64_t word) {
    const int32_t *rows;
    return 1 + genrepi_ngrams_of(sgns->ngrams, word, &rows);
}

void genrepi_composed_add(genrepi_composed *set, int32_t *slot_of, genrepi_centre *centre) {
    for (int32_t i = 0; i < centre->n_context; i++) {
        const int32_t word = centre->context[i];
        if (slot_of[word] < 0) {
            const double parts = (double)parts_of(set->tables, word);
            slot_of[word] = set->n;
            set->words[set->n] = word;
            set->scale[set->n++] = (real)(set->tables->classic ? 1 : 1 / sqrt(parts));
        }
        centre->context[i] = slot_of[word];
    }
}

void genrepi_composed_forget(const genrepi_composed *set, int32_t *slot_of) {
    for (int32_t s = 0; s < set->n; s++) slot_of[set->words[s]] = -1;
}

/* The part of columns begin..end that lies in a panel, counted in it; 0 if none does. */
static int clip(const genrepi_sgns *sgns, int32_t panel, int64_t begin, int64_t end, int64_t *from,
                int64_t *columns) {
    const int64_t first = sgns->panel[panel], last = sgns->panel[panel + 1];
    if (begin < first) begin = first;
    if (end > last) end = last;
    *from = begin - first;
    *columns = end - begin;
    return begin < end;
}

static void prefetch(const real *row, int64_t columns) {
    for (int64_t i = 0; i < columns; i += 64 / (int64_t)sizeof(real))
        __builtin_prefetch(row + i, 1);
}

void genrepi_composed_prefetch(const genrepi_sgns *sgns, int32_t word, int64_t begin, int64_t end) {
    const int32_t *rows;
    const int64_t n = genrepi_ngrams_of(sgns->ngrams, word, &rows);
    int64_t from, columns;
    for (int32_t p = 0; p < sgns->panels; p++) {
        if (!clip(sgns, p, begin, end, &from, &columns)) continue;
        prefetch(genrepi_sgns_row(sgns, sgns->input, p, word) + from, columns);
        for (int64_t g = 0; g < n; g++)
            prefetch(genrepi_sgns_row(sgns, sgns->grams, p, rows[g]) + from, columns);
    }
}

/* to = weight sum_g z_g over some columns of a panel. */
static void compose(const genrepi_sgns *sgns, int64_t word, int32_t panel, int64_t from,
                    int64_t columns, real weight, real *to) {
    const genrepi_kernels *k = sgns->ctx->kernels;
    const int32_t *rows;
    const int64_t n = genrepi_ngrams_of(sgns->ngrams, word, &rows);
    k->scale(columns, weight, genrepi_sgns_row(sgns, sgns->input, panel, word) + from, to);
    for (int64_t g = 0; g < n; g++)
        k->axpy(columns, weight, genrepi_sgns_row(sgns, sgns->grams, panel, rows[g]) + from, to);
}

void genrepi_composed_gather(genrepi_composed *set, int32_t first, int64_t begin, int64_t end) {
    const genrepi_sgns *sgns = set->tables;
    for (int32_t s = first; s < set->n; s++) {
        if (s + 1 < set->n) genrepi_composed_prefetch(sgns, set->words[s + 1], begin, end);
        const real weight = 1 / (set->scale[s] * (real)parts_of(sgns, set->words[s]));
        int64_t from, columns;
        for (int32_t p = 0; p < sgns->panels; p++) {
            if (!clip(sgns, p, begin, end, &from, &columns)) continue;
            real *x = genrepi_sgns_row(sgns, set->view.input, p, s) + from;
            compose(sgns, set->words[s], p, from, columns, weight, x);
            memcpy(genrepi_sgns_row(sgns, set->start, p, s) + from, x, (size_t)columns * sizeof *x);
        }
    }
}

void genrepi_composed_scatter(genrepi_composed *set, int64_t begin, int64_t end) {
    const genrepi_sgns *sgns = set->tables;
    const genrepi_kernels *k = sgns->ctx->kernels;
    for (int32_t s = 0; s < set->n; s++) {
        const int32_t word = set->words[s], *rows;
        const int64_t n = genrepi_ngrams_of(sgns->ngrams, word, &rows);
        int64_t from, columns;
        for (int32_t p = 0; p < sgns->panels; p++) {
            if (!clip(sgns, p, begin, end, &from, &columns)) continue;
            real *moved = genrepi_sgns_row(sgns, set->start, p, s) + from; /* by minus that */
            k->axpy(columns, -1, genrepi_sgns_row(sgns, set->view.input, p, s) + from, moved);
            k->axpy(columns, -set->scale[s], moved,
                    genrepi_sgns_row(sgns, sgns->input, p, word) + from);
            for (int64_t g = 0; g < n; g++)
                k->axpy(columns, -set->scale[s], moved,
                        genrepi_sgns_row(sgns, sgns->grams, p, rows[g]) + from);
        }
    }
}

void genrepi_composed_vector(const genrepi_sgns *sgns, int64_t word, float *to) {
    const real weight = (real)(1 / (double)parts_of(sgns, word));
    real part[LANES];
    for (int32_t p = 0; p < sgns->panels; p++) {
        const int64_t last = sgns->panel[p + 1], end = last < sgns->size ? last : sgns->size;
        for (int64_t at = sgns->panel[p]; at < end; at += LANES) {
            const int64_t n = end - at < LANES ? end - at : LANES;
            compose(sgns, word, p, at - sgns->panel[p], n, weight, part);
            genrepi_convert(n, GENREPI_REAL, part, GENREP_F32, to + at);
        }
    }
}
