/* What all densities share: fitting, and what follows from mean, factor and deviations. */
#include <density/density.h>

#include <base/pool.h>
#include <base/random.h>
#include <kernel/matrix.h>

#include <math.h>
#include <string.h>

#define LOG_2_PI 1.8378770664093454836

enum { ROWS_A_TASK = 16, ROWS_A_BLOCK = 256 };

int32_t genrepi_density_new(genrep_ctx *ctx, const genrepi_kind *kind, const genrepi_shape *shape,
                            genrep_density **out) {
    genrep_density *density = genrepi_alloc(ctx, 1, sizeof *density);
    if (density == NULL) return GENREP_E_NOMEM;
    atomic_init(&density->refs, 1);
    density->ctx = genrepi_ctx_ref(ctx);
    density->ops = kind->implementation;
    density->shape = *shape;
    density->dim = genrepi_shape_count(shape);
    *out = density;
    return GENREP_OK;
}

double *genrepi_density_numbers(const genrep_density *density, int64_t rows) {
    return genrepi_alloc(density->ctx, rows, (size_t)density->dim * sizeof(double));
}

void genrepi_density_unref(genrep_density *density) {
    if (density == NULL || !genrepi_unref(&density->refs)) return;
    genrep_ctx *ctx = density->ctx;
    genrepi_free(ctx, density->spec);
    genrepi_free(ctx, density->mean);
    genrepi_free(ctx, density->factor);
    genrepi_free(ctx, density->std);
    genrepi_free(ctx, density);
    genrepi_ctx_unref(ctx);
}

static int32_t fit(genrep_density *density, const void *options, const genrepi_rows *rows) {
    genrepi_buffer spec = {.ctx = density->ctx};
    density->mean = genrepi_density_numbers(density, 1);
    int32_t status = density->mean == NULL
                         ? GENREP_E_NOMEM
                         : genrepi_rows_mean(rows, "genrep_density_fit: samples", density->mean);
    if (status == GENREP_OK) status = density->ops->fit(density, options, rows, &spec);
    if (status == GENREP_OK) status = genrepi_buffer_status(&spec);
    if (status == GENREP_OK) {
        density->spec = genrepi_strdup(density->ctx, spec.data);
        density->log_determinant = density->ops->log_determinant(density);
        if (density->spec == NULL) status = GENREP_E_NOMEM;
    }
    genrepi_buffer_free(&spec);
    return status;
}

int32_t genrepi_density_fit(const genrep_tensor *samples, const char *spec, genrep_density **out) {
    genrep_ctx *ctx = samples->ctx;
    const genrepi_kind *kind;
    void *options;
    genrepi_rows rows;
    genrep_density *density = NULL;
    int32_t status = genrepi_rows_of(samples, "genrep_density_fit: samples", &rows);
    if (status == GENREP_OK) status = genrepi_spec_make(ctx, "density", spec, &kind, &options);
    if (status != GENREP_OK) return status;
    const genrepi_shape shape = genrepi_shape_of(samples->shape.rank - 1, samples->shape.size + 1);
    status = genrepi_density_new(ctx, kind, &shape, &density);
    if (status == GENREP_OK) status = fit(density, options, &rows);
    genrepi_options_free(ctx, kind, options);
    if (status == GENREP_OK)
        *out = density;
    else
        genrepi_density_unref(density);
    return status;
}

/* ---- distances ------------------------------------------------------------------------------- */

typedef struct squares {
    const genrep_density *density;
    double *x, *to;
} squares;

static void measure(void *argument, int64_t begin, int64_t end) {
    const squares *s = argument;
    for (int64_t i = begin; i < end; i++)
        s->to[i] = s->density->ops->square(s->density, s->x + i * s->density->dim);
}

static void measure_rows(const genrep_density *density, int64_t n, double *x, double *to) {
    squares s = {density, x, to};
    genrepi_parallel_range(density->ctx, n, ROWS_A_TASK, measure, &s);
}

int32_t genrepi_density_log_density(const genrep_density *density, const genrep_tensor *points,
                                    genrep_tensor **out) {
    genrep_ctx *ctx = density->ctx;
    genrepi_rows rows;
    genrep_tensor *result = NULL;
    int32_t status = genrepi_rows_of(points, "genrep_density_log_density: points", &rows);
    if (status != GENREP_OK) return status;
    if (rows.dim != density->dim)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "genrep_density_log_density: a point has %lld numbers, the density's "
                            "samples had %lld",
                            (long long)rows.dim, (long long)density->dim);
    const int64_t most = rows.n < ROWS_A_BLOCK ? rows.n : ROWS_A_BLOCK;
    const genrepi_shape shape = genrepi_shape_of(1, &rows.n);
    double *x = genrepi_density_numbers(density, most);
    status = x == NULL ? GENREP_E_NOMEM : genrepi_tensor_new(ctx, GENREP_F64, &shape, 0, &result);
    for (int64_t i = 0; i < rows.n && status == GENREP_OK; i += most) {
        const int64_t n = rows.n - i < most ? rows.n - i : most;
        double *to = (double *)result->data + i;
        genrepi_rows_read(&rows, i, n, density->mean, x);
        measure_rows(density, n, x, to);
        for (int64_t r = 0; r < n; r++)
            to[r] = -0.5 * ((double)density->dim * LOG_2_PI + density->log_determinant + to[r]);
    }
    genrepi_free(ctx, x);
    if (status == GENREP_OK) *out = result;
    return status;
}

double genrepi_density_entropy(const genrep_density *density) {
    return 0.5 * ((double)density->dim * (1 + LOG_2_PI) + density->log_determinant);
}

/* Rows begin.. of (F; diag(s)), whose product with itself is the covariance. */
static void copy_factor_rows(const genrep_density *density, int64_t begin, int64_t n, double *to) {
    const int64_t dim = density->dim;
    memset(to, 0, (size_t)(n * dim) * sizeof *to);
    for (int64_t i = begin; i < begin + n; i++, to += dim) {
        if (i < density->rank)
            memcpy(to, density->factor + i * dim, (size_t)dim * sizeof *to);
        else
            to[i - density->rank] = density->std[i - density->rank];
    }
}

/* 1/2 (tr(inverse(S_q) S_p) + (m_p - m_q)' inverse(S_q) (m_p - m_q) - d + log |S_q| / |S_p|): the
 * trace is the sum of the squared distances of the rows of p's factor. */
int32_t genrepi_density_divergence(const genrep_density *p, const genrep_density *q,
                                   double *divergence) {
    if (p->dim != q->dim)
        return genrepi_fail(p->ctx, GENREP_E_INVALID,
                            "genrep_density_divergence: p is over %lld numbers, q over %lld",
                            (long long)p->dim, (long long)q->dim);
    const int64_t rows = p->rank + (p->std == NULL ? 0 : p->dim);
    double *x = genrepi_density_numbers(p, ROWS_A_BLOCK), measured[ROWS_A_BLOCK], sum = 0;
    if (x == NULL) return GENREP_E_NOMEM;
    for (int64_t i = 0; i < rows; i += ROWS_A_BLOCK) {
        const int64_t n = rows - i < ROWS_A_BLOCK ? rows - i : ROWS_A_BLOCK;
        copy_factor_rows(p, i, n, x);
        measure_rows(q, n, x, measured);
        for (int64_t r = 0; r < n; r++) sum += measured[r];
    }
    for (int64_t j = 0; j < p->dim; j++) x[j] = p->mean[j] - q->mean[j];
    sum += q->ops->square(q, x);
    genrepi_free(p->ctx, x);
    *divergence = 0.5 * (sum - (double)p->dim + q->log_determinant - p->log_determinant);
    return GENREP_OK;
}

/* ---- samples and moments --------------------------------------------------------------------- */

typedef struct drawing {
    const genrep_density *density;
    uint64_t stream;
    int64_t first, latent; /* latent: normal numbers a sample */
    double *z, *x;
    genrep_tensor *to;
} drawing;

/* z, and x = m + s z. */
static void begin_rows(void *argument, int64_t begin, int64_t end) {
    const drawing *w = argument;
    const genrep_density *density = w->density;
    const int64_t dim = density->dim;
    real numbers[256];
    for (int64_t i = begin; i < end; i++) {
        double *z = w->z + i * w->latent, *x = w->x + i * dim;
        for (int64_t j = 0; j < w->latent; j += GENREPI_COUNT(numbers)) {
            const int64_t left = w->latent - j;
            const int64_t n = left < GENREPI_COUNT(numbers) ? left : GENREPI_COUNT(numbers);
            density->ctx->kernels->random_normal(
                n, density->ctx->seed, w->stream,
                (uint64_t)(w->first + i) * (uint64_t)w->latent + (uint64_t)j, 0, 1, numbers);
            genrepi_convert(n, GENREPI_REAL, numbers, GENREP_F64, z + j);
        }
        memcpy(x, density->mean, (size_t)dim * sizeof *x);
        for (int64_t j = 0; j < dim && density->std != NULL; j++)
            x[j] += density->std[j] * z[density->rank + j];
    }
}

static int32_t draw(drawing *w, int64_t count, int64_t most) {
    const genrep_density *density = w->density;
    const int64_t dim = density->dim;
    for (; w->first < count; w->first += most) {
        const int64_t n = count - w->first < most ? count - w->first : most;
        genrepi_parallel_range(density->ctx, n, ROWS_A_TASK, begin_rows, w);
        int32_t status = genrepi_multiply(density->ctx, n, dim, density->rank, 1,
                                          (genrepi_operand){w->z, w->latent, 1},
                                          (genrepi_operand){density->factor, 1, dim}, w->x, dim, 0);
        if (status != GENREP_OK) return status;
        genrepi_convert(n * dim, GENREP_F64, w->x, GENREPI_REAL,
                        genrepi_real(w->to) + w->first * dim);
    }
    return GENREP_OK;
}

int32_t genrepi_density_sample(const genrep_density *density, int64_t count, uint64_t stream,
                               genrep_tensor **out) {
    genrep_ctx *ctx = density->ctx;
    genrepi_shape shape = {.rank = density->shape.rank + 1, .size = {count}};
    memcpy(shape.size + 1, density->shape.size, (size_t)density->shape.rank * sizeof shape.size[0]);
    drawing w = {.density = density, .stream = genrepi_stream(GENREPI_FOR_DENSITY, stream, 0)};
    w.latent = density->rank + (density->std == NULL ? 0 : density->dim);
    const int64_t most = count < ROWS_A_BLOCK ? count : ROWS_A_BLOCK;
    int32_t status = genrepi_tensor_new(ctx, GENREPI_REAL, &shape, 0, &w.to);
    if (status != GENREP_OK) return status;
    w.z = genrepi_alloc_raw(ctx, most, (size_t)w.latent * sizeof *w.z);
    w.x = genrepi_density_numbers(density, most);
    status = w.z == NULL || w.x == NULL ? GENREP_E_NOMEM : draw(&w, count, most);
    genrepi_free(ctx, w.x);
    genrepi_free(ctx, w.z);
    if (status == GENREP_OK)
        *out = w.to;
    else
        genrepi_tensor_unref(w.to);
    return status;
}

int32_t genrepi_density_mean(const genrep_density *density, genrep_tensor **out) {
    int32_t status = genrepi_tensor_new(density->ctx, GENREP_F64, &density->shape, 0, out);
    if (status == GENREP_OK)
        memcpy((*out)->data, density->mean, (size_t)density->dim * sizeof(double));
    return status;
}

int32_t genrepi_density_covariance(const genrep_density *density, genrep_tensor **out) {
    const int64_t dim = density->dim;
    const genrepi_shape shape = genrepi_shape_of(2, (const int64_t[]){dim, dim});
    genrep_tensor *covariance;
    int32_t status = genrepi_tensor_new(density->ctx, GENREP_F64, &shape, 1, &covariance);
    if (status != GENREP_OK) return status;
    const genrepi_operand columns = {density->factor, 1, dim};
    double *c = covariance->data;
    status =
        genrepi_multiply(density->ctx, dim, dim, density->rank, 1, columns, columns, c, dim, 1);
    if (status == GENREP_OK) {
        genrepi_mirror(dim, c);
        for (int64_t j = 0; j < dim && density->std != NULL; j++)
            c[j * dim + j] += density->std[j] * density->std[j];
        *out = covariance;
    } else {
        genrepi_tensor_unref(covariance);
    }
    return status;
}
