/* From a spec to a number: what all comparisons check and share. */
#include <metrics/metric.h>

#include <base/pool.h>
#include <kernel/slots.h>

#include <math.h>

static int32_t fail_shapes(const genrepi_comparison *c, const char *what) {
    char a[GENREPI_SHAPE_BYTES], b[GENREPI_SHAPE_BYTES];
    return genrepi_fail(c->ctx, GENREP_E_INVALID, "%s: a is %s and b is %s: %s", c->name,
                        genrepi_shape_text(&c->a->shape, a), genrepi_shape_text(&c->b->shape, b),
                        what);
}

static int32_t check(genrepi_comparison *c, int32_t compares) {
    if (c->b == NULL && compares != GENREPI_COMPARES_ONE)
        return genrepi_fail(c->ctx, GENREP_E_INVALID, "%s: b is NULL: it compares two tensors",
                            c->name);
    if (c->b != NULL && compares == GENREPI_COMPARES_ONE)
        return genrepi_fail(c->ctx, GENREP_E_INVALID, "%s: takes one tensor: b must be NULL",
                            c->name);
    int32_t status = genrepi_rows_of(c->a, c->name, &c->rows_a);
    if (status != GENREP_OK || c->b == NULL) return status;
    status = genrepi_rows_of(c->b, c->name, &c->rows_b);
    if (status != GENREP_OK) return genrepi_fail(c->ctx, status, "%s: b holds no numbers", c->name);
    if (compares == GENREPI_COMPARES_SETS && c->rows_a.dim != c->rows_b.dim)
        return fail_shapes(c, "their samples must have as many numbers");
    if (compares != GENREPI_COMPARES_SETS && !genrepi_shape_equal(&c->a->shape, &c->b->shape))
        return fail_shapes(c, "the shapes must be equal");
    if (compares == GENREPI_COMPARES_LABELS &&
        (c->a->dtype == GENREP_F32 || c->a->dtype == GENREP_F64 || c->b->dtype == GENREP_F32 ||
         c->b->dtype == GENREP_F64))
        return genrepi_fail(c->ctx, GENREP_E_INVALID, "%s: compares classes: i32 or u8, not %s",
                            c->name, genrepi_dtype_name(c->a->dtype));
    return GENREP_OK;
}

int32_t genrepi_compare(const genrep_tensor *a, const genrep_tensor *b, const char *spec,
                        double *value, double *error) {
    genrepi_comparison c = {.ctx = a->ctx, .a = a, .b = b};
    const genrepi_kind *kind;
    void *options;
    int32_t status = genrepi_spec_make(c.ctx, "metric", spec, &kind, &options);
    if (status != GENREP_OK) return status;
    const genrepi_metric_ops *ops = kind->implementation;
    c.name = kind->name;
    status = check(&c, ops->compares);
    if (status == GENREP_OK) status = ops->run(&c, options);
    if (status == GENREP_OK && (isnan(c.value) || isnan(c.error)))
        status = genrepi_fail(c.ctx, GENREP_E_INVALID,
                              "%s: gives no number: are all numbers finite?", c.name);
    genrepi_options_free(c.ctx, kind, options);
    if (status != GENREP_OK) return status;
    *value = c.value;
    if (error != NULL) *error = c.error;
    return GENREP_OK;
}

void genrepi_comparison_average(genrepi_comparison *c, int64_t n, const double *values) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) sum += values[i];
    c->value = sum / (double)n;
    if (isinf(c->value)) return; /* of equal images in decibels */
    for (int64_t i = 0; i < n; i++) squares += (values[i] - c->value) * (values[i] - c->value);
    c->error = sqrt(squares / (double)n);
}

int32_t genrepi_comparison_needs(const genrepi_comparison *c, int64_t least) {
    const int64_t n = c->rows_a.n < c->rows_b.n ? c->rows_a.n : c->rows_b.n;
    if (n >= least) return GENREP_OK;
    return genrepi_fail(c->ctx, GENREP_E_INVALID,
                        "%s: needs at least %lld samples in each set, got %lld and %lld", c->name,
                        (long long)least, (long long)c->rows_a.n, (long long)c->rows_b.n);
}

typedef struct pairs {
    const genrepi_comparison *c;
    const void *options;
    genrepi_measure *measure;
    int64_t room; /* numbers a task works in */
    double *work, *values;
    genrepi_slots slots;
} pairs;

static void measure_pair(void *argument, int64_t i) {
    pairs *p = argument;
    const int64_t dim = p->c->rows_a.dim;
    const int32_t slot = genrepi_slot_take(&p->slots);
    double *x = p->work + slot * p->room;
    genrepi_rows_read(&p->c->rows_a, i, 1, NULL, x);
    genrepi_rows_read(&p->c->rows_b, i, 1, NULL, x + dim);
    p->values[i] = p->measure(p->c, p->options, x, x + 2 * dim);
    genrepi_slot_release(&p->slots, slot);
}

int32_t genrepi_comparison_pairs(genrepi_comparison *c, const void *options, int64_t scratch,
                                 genrepi_measure *measure) {
    const int64_t n = c->rows_a.n;
    pairs p = {.c = c, .options = options, .measure = measure};
    p.room = 2 * c->rows_a.dim + scratch;
    genrepi_slots_init(&p.slots, genrepi_workers(c->ctx));
    p.work = genrepi_alloc_raw(c->ctx, p.slots.n, (size_t)p.room * sizeof *p.work);
    p.values = genrepi_alloc_raw(c->ctx, n, sizeof *p.values);
    const int32_t status = p.work == NULL || p.values == NULL ? GENREP_E_NOMEM : GENREP_OK;
    if (status == GENREP_OK) {
        genrepi_parallel(c->ctx, n, measure_pair, &p);
        genrepi_comparison_average(c, n, p.values);
    }
    genrepi_free(c->ctx, p.values);
    genrepi_free(c->ctx, p.work);
    return status;
}
