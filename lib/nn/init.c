/* Initial numbers of parameters (mathematics 2.0.3).  With fan_in and fan_out the number of inputs
 * and outputs that one output and one input meet: xavier      U(+-gain sqrt(6 / (fan_in +
 * fan_out)))   Glorot and Bengio 2010 he          N(0, 2 / ((1 + slope^2) fan_in))         He et
 * al. 2015 fan         U(+-1 / sqrt(fan_in))                    LeCun et al. 1998; what PyTorch
 * does orthogonal  Q of the QR decomposition of a Gaussian matrix   Saxe et al. 2014 */
#include <kernel/kernel.h>
#include <nn/init.h>
#include <base/pool.h>
#include <base/spec.h>
#include <string.h>

typedef struct init_options {
    double mean, std, low, high, value, gain, slope;
} init_options;

typedef struct init_ops {
    int32_t (*fill)(genrep_tensor *to, const init_options *o, uint64_t stream);
} init_ops;

static void fans(const genrep_tensor *to, double *in, double *out) {
    double field = 1;
    for (int32_t i = 2; i < to->shape.rank; i++) field *= (double)to->shape.size[i];
    *out = to->shape.rank > 0 ? (double)to->shape.size[0] * field : 1;
    *in = to->shape.rank > 1 ? (double)to->shape.size[1] * field : *out;
    if (*in < 1) *in = 1;
    if (*out < 1) *out = 1;
}

static int32_t fill_constant(genrep_tensor *to, const init_options *o, uint64_t stream) {
    (void)stream;
    return genrepi_tensor_fill(to, o->value);
}

static int32_t fill_normal(genrep_tensor *to, const init_options *o, uint64_t stream) {
    to->ctx->kernels->random_normal(to->count, to->ctx->seed, stream, 0, (real)o->mean,
                                    (real)o->std, genrepi_real(to));
    return 0;
}

static int32_t fill_uniform(genrep_tensor *to, const init_options *o, uint64_t stream) {
    to->ctx->kernels->random_uniform(to->count, to->ctx->seed, stream, 0, (real)o->low,
                                     (real)o->high, genrepi_real(to));
    return 0;
}

static int32_t fill_within(genrep_tensor *to, double bound, uint64_t stream) {
    init_options o = {.low = -bound, .high = bound};
    return fill_uniform(to, &o, stream);
}

static int32_t fill_fan(genrep_tensor *to, const init_options *o, uint64_t stream) {
    double in, out;
    fans(to, &in, &out);
    return fill_within(to, o->gain / sqrt(in), stream);
}

static int32_t fill_xavier(genrep_tensor *to, const init_options *o, uint64_t stream) {
    double in, out;
    fans(to, &in, &out);
    return fill_within(to, o->gain * sqrt(6 / (in + out)), stream);
}

static int32_t fill_he(genrep_tensor *to, const init_options *o, uint64_t stream) {
    double in, out;
    fans(to, &in, &out);
    init_options normal = {.std = sqrt(2 / ((1 + o->slope * o->slope) * in))};
    return fill_normal(to, &normal, stream);
}

/* Gram-Schmidt, twice over for orthogonality to rounding, on the rows or on the columns, whichever
 * are fewer.  Its R has a positive diagonal, so no sign correction is needed. */
static int32_t fill_orthogonal(genrep_tensor *to, const init_options *o, uint64_t stream) {
    int64_t rows = to->shape.rank > 0 ? to->shape.size[0] : 1;
    int64_t cols = rows > 0 ? to->count / rows : 0;
    int64_t n = rows < cols ? rows : cols, m = rows < cols ? cols : rows;
    init_options normal = {.std = 1};
    fill_normal(to, &normal, stream);
    if (n == 0) return 0;
    double *q = genrepi_scratch_get(to->ctx, (size_t)n * (size_t)m * sizeof *q);
    if (q == NULL) return GENREP_E_NOMEM;
    real *x = genrepi_real(to);
    int64_t row_step = rows < cols ? cols : 1, col_step = rows < cols ? 1 : cols;
    for (int64_t i = 0; i < n; i++) {
        double *qi = q + i * m;
        for (int64_t j = 0; j < m; j++) qi[j] = (double)x[i * row_step + j * col_step];
        for (int pass = 0; pass < 2; pass++) {
            for (int64_t p = 0; p < i; p++) {
                double dot = 0;
                for (int64_t j = 0; j < m; j++) dot += q[p * m + j] * qi[j];
                for (int64_t j = 0; j < m; j++) qi[j] -= dot * q[p * m + j];
            }
        }
        double norm = 0;
        for (int64_t j = 0; j < m; j++) norm += qi[j] * qi[j];
        norm = sqrt(norm);
        for (int64_t j = 0; j < m; j++) qi[j] /= norm;
        for (int64_t j = 0; j < m; j++) x[i * row_step + j * col_step] = (real)(o->gain * qi[j]);
    }
    genrepi_scratch_put(to->ctx, q);
    return 0;
}

#define INIT_NUMBER(field, fallback, low, high, help)                                              \
    GENREPI_OPTION_NUMBER(init_options, field, fallback, low, high, help)
#define GAIN INIT_NUMBER(gain, "1", 0, 1e6, "factor")
static const genrepi_option value_options[] = {
    INIT_NUMBER(value, NULL, -1e30, 1e30, "every element")};
static const genrepi_option normal_options[] = {
    INIT_NUMBER(mean, "0", -1e30, 1e30, "mean"),
    INIT_NUMBER(std, "1", 0, 1e30, "standard deviation")};
static const genrepi_option uniform_options[] = {INIT_NUMBER(low, "0", -1e30, 1e30, "lower end"),
                                                 INIT_NUMBER(high, "1", -1e30, 1e30, "upper end")};
static const genrepi_option gain_options[] = {GAIN};
static const genrepi_option he_options[] = {
    INIT_NUMBER(slope, "0", -10, 10, "slope of the leaky rectifier that follows")};

static const genrepi_option zeros_options[] = {INIT_NUMBER(value, "0", 0, 0, "0")};
static const genrepi_option ones_options[] = {INIT_NUMBER(value, "1", 1, 1, "1")};

#define INIT_KIND(word, list, function, text)                                                      \
    static const init_ops word##_ops = {function};                                                 \
    const genrepi_kind genrepi_kind_init_##word = {                                                \
        "init", #word, text, list, GENREPI_COUNT(list), 0, 0, sizeof(init_options), &word##_ops};

INIT_KIND(zeros, zeros_options, fill_constant, "0 everywhere")
INIT_KIND(ones, ones_options, fill_constant, "1 everywhere")
INIT_KIND(constant, value_options, fill_constant, "one number everywhere")
INIT_KIND(normal, normal_options, fill_normal, "N(mean, std^2)")
INIT_KIND(uniform, uniform_options, fill_uniform, "U(low, high)")
INIT_KIND(fan, gain_options, fill_fan, "U(+-gain / sqrt(fan_in))")
INIT_KIND(xavier, gain_options, fill_xavier, "U(+-gain sqrt(6 / (fan_in + fan_out)))")
INIT_KIND(he, he_options, fill_he, "N(0, 2 / ((1 + slope^2) fan_in))")
INIT_KIND(orthogonal, gain_options, fill_orthogonal, "gain times an orthogonal matrix")

int32_t genrepi_initialise(genrep_tensor *parameter, const char *spec, uint64_t stream) {
    const genrepi_kind *kind = NULL;
    void *options = NULL;
    int32_t status = genrepi_spec_make(parameter->ctx, "init", spec, &kind, &options);
    if (status != 0) return status;
    const init_ops *ops = kind->implementation;
    status = ops->fill(parameter, options, stream);
    genrepi_options_free(parameter->ctx, kind, options);
    return status;
}
