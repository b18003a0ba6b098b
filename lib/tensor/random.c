/* Random filling: kinds of family "random".  Element i is a function of (seed, stream, i), so
 * pieces may be drawn in any order by any number of threads. */
#include <tensor/tensor.h>

#include <base/number.h>
#include <base/pool.h>
#include <base/random.h>
#include <base/spec.h>
#include <kernel/elementwise.h>

/* What one piece needs to know. */
typedef struct drawing {
    genrep_tensor *tensor;
    uint64_t stream;
    double a, b; /* mean and std, or low and high */
    int64_t low; /* integers */
    uint64_t choices;
    void (*draw)(int64_t n, uint64_t seed, uint64_t stream, uint64_t first, real a, real b,
                 real *y);
} drawing;

typedef struct normal_options {
    double mean, std;
} normal_options;

static const genrepi_option normal_rows[] = {
    GENREPI_OPTION_NUMBER(normal_options, mean, "0", -1e30, 1e30, "mean"),
    GENREPI_OPTION_NUMBER(normal_options, std, "1", 0, 1e30, "standard deviation"),
};

typedef struct uniform_options {
    double low, high;
} uniform_options;

static const genrepi_option uniform_rows[] = {
    GENREPI_OPTION_NUMBER(uniform_options, low, "0", -1e30, 1e30, "lower end"),
    GENREPI_OPTION_NUMBER(uniform_options, high, "1", -1e30, 1e30, "upper end"),
};

typedef struct integer_options {
    int64_t low, high;
} integer_options;

static const genrepi_option integer_rows[] = {
    GENREPI_OPTION_INT(integer_options, low, "0", INT32_MIN, INT32_MAX, "lowest, included"),
    GENREPI_OPTION_INT(integer_options, high, "9", INT32_MIN, INT32_MAX, "highest, included"),
};

const genrepi_kind genrepi_kind_random_normal = {
    .family = "random",
    .name = "normal",
    .help = "normal distribution",
    .options = normal_rows,
    .n_options = GENREPI_COUNT(normal_rows),
    .options_size = sizeof(normal_options),
};

const genrepi_kind genrepi_kind_random_uniform = {
    .family = "random",
    .name = "uniform",
    .help = "uniform distribution over low..high",
    .options = uniform_rows,
    .n_options = GENREPI_COUNT(uniform_rows),
    .options_size = sizeof(uniform_options),
};

const genrepi_kind genrepi_kind_random_integer = {
    .family = "random",
    .name = "integer",
    .help = "whole numbers low..high, all equally likely",
    .options = integer_rows,
    .n_options = GENREPI_COUNT(integer_rows),
    .options_size = sizeof(integer_options),
};

/* The kernels draw in the arithmetic type; another floating-point type is converted block by block,
 * so both see the same numbers. */
static void draw_reals(void *argument, int64_t begin, int64_t end) {
    const drawing *d = argument;
    uint64_t seed = d->tensor->ctx->seed;
    real block[1024];
    if (d->tensor->dtype == GENREPI_REAL) {
        d->draw(end - begin, seed, d->stream, (uint64_t)begin, (real)d->a, (real)d->b,
                genrepi_real(d->tensor) + begin);
        return;
    }
    size_t bytes = genrepi_dtype_bytes(d->tensor->dtype);
    for (int64_t i = begin; i < end; i += GENREPI_COUNT(block)) {
        int64_t n = end - i < GENREPI_COUNT(block) ? end - i : GENREPI_COUNT(block);
        d->draw(n, seed, d->stream, (uint64_t)i, (real)d->a, (real)d->b, block);
        genrepi_convert(n, GENREPI_REAL, block, d->tensor->dtype,
                        (char *)d->tensor->data + (size_t)i * bytes);
    }
}

static void draw_integers(void *argument, int64_t begin, int64_t end) {
    const drawing *d = argument;
    genrepi_rng rng = genrepi_rng_at(d->tensor->ctx->seed, d->stream, (uint64_t)begin);
    size_t bytes = genrepi_dtype_bytes(d->tensor->dtype);
    char *to = (char *)d->tensor->data + (size_t)begin * bytes;
    for (int64_t i = begin; i < end; i++, to += bytes) {
        int32_t value = (int32_t)(d->low + genrepi_rng_below(&rng, d->choices));
        genrepi_convert(1, GENREP_I32, &value, d->tensor->dtype, to);
    }
}

static int32_t integers(genrep_tensor *tensor, const integer_options *options, drawing *d) {
    if (options->low > options->high)
        return genrepi_fail(tensor->ctx, GENREP_E_INVALID, "integer: low=%lld is above high=%lld",
                            (long long)options->low, (long long)options->high);
    if (tensor->dtype == GENREP_U8 && (options->low < 0 || options->high > UINT8_MAX))
        return genrepi_fail(tensor->ctx, GENREP_E_RANGE,
                            "integer: low=%lld high=%lld does not fit into u8, 0..255",
                            (long long)options->low, (long long)options->high);
    d->low = options->low;
    d->choices = (uint64_t)(options->high - options->low) + 1;
    genrepi_parallel_range(tensor->ctx, tensor->count, GENREPI_PIECE, draw_integers, d);
    return 0;
}

static int32_t reals(genrep_tensor *tensor, const genrepi_kind *kind, const void *options,
                     drawing *d) {
    if (tensor->dtype != GENREP_F32 && tensor->dtype != GENREP_F64)
        return genrepi_fail(tensor->ctx, GENREP_E_UNSUPPORTED,
                            "%s: fills f32 and f64, not %s: use integer low= high=", kind->name,
                            genrepi_dtype_name(tensor->dtype));
    if (kind == &genrepi_kind_random_normal) {
        const normal_options *normal = options;
        d->a = normal->mean, d->b = normal->std;
        d->draw = tensor->ctx->kernels->random_normal;
    } else {
        const uniform_options *uniform = options;
        if (uniform->low > uniform->high) {
            char low[GENREPI_NUMBER_BYTES], high[GENREPI_NUMBER_BYTES];
            genrepi_format_real(low, uniform->low, 0);
            genrepi_format_real(high, uniform->high, 0);
            return genrepi_fail(tensor->ctx, GENREP_E_INVALID, "uniform: low=%s is above high=%s",
                                low, high);
        }
        d->a = uniform->low, d->b = uniform->high;
        d->draw = tensor->ctx->kernels->random_uniform;
    }
    genrepi_parallel_range(tensor->ctx, tensor->count, GENREPI_PIECE, draw_reals, d);
    return 0;
}

int32_t genrepi_tensor_random(genrep_tensor *tensor, const char *spec, uint64_t stream) {
    genrep_ctx *ctx = tensor->ctx;
    const genrepi_kind *kind;
    void *options;
    int32_t status = genrepi_tensor_writable(tensor);
    if (status) return status;
    status = genrepi_spec_make(ctx, "random", spec, &kind, &options);
    if (status) return status;
    drawing d = {.tensor = tensor, .stream = genrepi_stream(GENREPI_FOR_USER, stream, 0)};
    status = kind == &genrepi_kind_random_integer ? integers(tensor, options, &d)
                                             : reals(tensor, kind, options, &d);
    genrepi_options_free(ctx, kind, options);
    return status;
}
