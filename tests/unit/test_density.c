/* Explicit densities: against NumPy, against what defines them, files, and refusals. */
#include <base/number.h>
#include <files.h>
#include <support.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static support_memory memory;
static genrep_ctx *ctx;

/* What NumPy makes of these six samples. */
static const double SAMPLES[6][3] = {{1, 2, 0.5},     {0.25, -1, 3}, {2, 1.5, -1},
                                     {-0.75, 0.5, 2}, {1.5, -2, 1},  {0, 1, -0.5}};
static const double POINT[3] = {0.5, -0.25, 1};
static const double COVARIANCE[3][3] = {
    {0.8680555555555556, 0.006944444444444448, -0.6805555555555555},
    {0.006944444444444448, 1.9722222222222223, -1.111111111111111},
    {-0.6805555555555555, -1.111111111111111, 1.8888888888888893}};
static const double PPCA[3][3] = {{0.8987827822791621, 0.3384453890139669, -0.35715940387534845},
                                  {0.3384453890139669, 1.8547519018153893, -1.122472983201431},
                                  {-0.35715940387534845, -1.122472983201431, 1.9756319825721165}};

static genrep_tensor *tensor_of(int32_t dtype, const void *data, int32_t rank,
                                const int64_t *shape) {
    genrep_tensor *t, *lent;
    assert_ok(ctx, genrep_tensor_new(ctx, dtype, rank, shape, &t));
    assert_ok(ctx, genrep_tensor_borrow(ctx, GENREP_F64, rank, shape, (void *)(uintptr_t)data, 0,
                                        NULL, NULL, &lent));
    assert_ok(ctx, genrep_tensor_copy(t, lent));
    genrep_tensor_unref(lent);
    return t;
}

static genrep_density *fit_tensor(genrep_tensor *samples, const char *spec) {
    genrep_density *density;
    assert_ok(ctx, genrep_density_fit(samples, spec, &density));
    genrep_tensor_unref(samples);
    return density;
}

static genrep_density *fit(const char *spec) {
    return fit_tensor(tensor_of(GENREP_F64, SAMPLES, 2, (int64_t[]){6, 3}), spec);
}

static double log_density_at(const genrep_density *density, const double *point) {
    genrep_tensor *x = tensor_of(GENREP_F64, point, 2, (int64_t[]){1, 3}), *y;
    assert_ok(ctx, genrep_density_log_density(density, x, &y));
    const double value = *(const double *)genrep_tensor_read(y);
    genrep_tensor_unref(y);
    genrep_tensor_unref(x);
    return value;
}

static double entropy_of(const genrep_density *density) {
    double entropy;
    assert_ok(ctx, genrep_density_entropy(density, &entropy));
    return entropy;
}

static double divergence_of(const genrep_density *p, const genrep_density *q) {
    double divergence;
    assert_ok(ctx, genrep_density_divergence(p, q, &divergence));
    return divergence;
}

static void assert_covariance(const genrep_density *density, const double *expected, int64_t n,
                              double tolerance) {
    genrep_tensor *c;
    int32_t rank, dtype;
    int64_t shape[GENREP_MAX_RANK];
    assert_ok(ctx, genrep_density_covariance(density, &c));
    assert_ok(ctx, genrep_tensor_info(c, &dtype, &rank, shape, NULL));
    assert_true(dtype == GENREP_F64 && rank == 2 && shape[0] == n && shape[1] == n);
    for (int64_t i = 0; i < n * n; i++)
        assert_close(((const double *)genrep_tensor_read(c))[i], expected[i], tolerance);
    genrep_tensor_unref(c);
}

static void known_answers(void **state) {
    (void)state;
    double diagonal[9] = {0};
    for (int i = 0; i < 3; i++) diagonal[4 * i] = COVARIANCE[i][i];
    genrep_density *full = fit("gaussian"), *alone = fit("gaussian covariance=diagonal");
    genrep_density *ppca = fit("ppca components=1");
    assert_covariance(full, COVARIANCE[0], 3, 1e-14);
    assert_covariance(alone, diagonal, 3, 1e-14);
    assert_covariance(ppca, PPCA[0], 3, 1e-14);
    assert_close(log_density_at(full, POINT), -3.0311666028587307, 1e-14);
    assert_close(log_density_at(alone, POINT), -3.453261217940043, 1e-14);
    assert_close(log_density_at(ppca, POINT), -3.2049410729947767, 1e-14);
    assert_close(entropy_of(full), 4.372000829915573, 1e-14);
    assert_close(entropy_of(alone), 4.84364067112977, 1e-14);
    assert_close(entropy_of(ppca), 4.595697522197174, 1e-14);
    assert_close(divergence_of(full, alone), 0.4716398412141976, 1e-14);
    assert_close(divergence_of(alone, full), 1.0925805765377028, 1e-14);
    assert_close(divergence_of(ppca, full), 0.3405328297345866, 1e-14);
    assert_close(divergence_of(full, ppca), 0.22369669228160116, 1e-14);
    genrep_tensor *mean;
    assert_ok(ctx, genrep_density_mean(full, &mean));
    assert_close(((const double *)genrep_tensor_read(mean))[2], 5.0 / 6, 1e-15);
    genrep_tensor_unref(mean);
    assert_string_equal(genrep_density_spec(ppca), "ppca components=1");
    genrep_density_unref(ppca);
    genrep_density_unref(alone);
    genrep_density_unref(full);
}

/* Whatever the locale's decimal sign is. */
static double number_at(const char *text) {
    double number = NAN;
    assert_true(genrepi_parse_real(text, strspn(text, "+-.0123456789e"), &number));
    return number;
}

/* Ledoit and Wolf's number, from their formulas in NumPy: of these samples 0.5516; four times over
 * the covariance is the same, and the estimate's variance a quarter. */
static void shrinkage(void **state) {
    (void)state;
    double four[24][3], expected[9], mean = 0;
    for (int i = 0; i < 24; i++) memcpy(four[i], SAMPLES[i % 6], sizeof four[i]);
    const int64_t shape[] = {24, 3};
    genrep_density *a = fit("gaussian shrinkage=auto");
    genrep_density *b =
        fit_tensor(tensor_of(GENREP_F64, four, 2, shape), "gaussian shrinkage=auto");
    genrep_density *c = fit_tensor(tensor_of(GENREP_F64, four, 2, shape),
                                   "gaussian covariance=diagonal shrinkage=auto");
    const char *number = strstr(genrep_density_spec(a), "shrinkage=");
    assert_memory_equal(genrep_density_spec(a), "gaussian covariance=full ", 25);
    assert_close(number_at(number + 10), 0.5516448285475327, 1e-14);
    number = strstr(genrep_density_spec(b), "shrinkage=");
    assert_close(number_at(number + 10), 0.5516448285475327 / 4, 1e-14);
    number = strstr(genrep_density_spec(c), "covariance=diagonal shrinkage=");
    assert_close(number_at(number + 30), 1.4539482076795507 / 4, 1e-14);
    genrep_density_unref(c);
    genrep_density_unref(b);
    genrep_density_unref(a);

    for (int i = 0; i < 3; i++) mean += COVARIANCE[i][i] / 3;
    for (int i = 0; i < 9; i++)
        expected[i] = 0.75 * COVARIANCE[i / 3][i % 3] + (i % 4 == 0 ? 0.25 * mean : 0);
    a = fit("gaussian shrinkage=0.25");
    assert_covariance(a, expected, 3, 1e-14);
    genrep_density_unref(a);
}

/* The greatest mean log-likelihood there is: -(d log 2 pi + log |S| + d) / 2, the negative entropy.
 * No other density of the kind has a greater one. */
static void the_likelihood_is_the_greatest(void **state) {
    (void)state;
    static const char *const specs[] = {"gaussian", "gaussian covariance=diagonal",
                                        "ppca components=1", "ppca components=2"};
    const int64_t shape[] = {400, 2, 4};
    genrep_tensor *x, *y;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 3, shape, &x));
    assert_ok(ctx, genrep_tensor_random(x, "normal mean=3 std=2", 1));
    float *data = genrep_tensor_data(x);
    for (int i = 0; i < 400; i++)
        for (int j = 1; j < 8; j++) data[8 * i + j] += data[8 * i] * (float)j / 4;
    for (size_t s = 0; s < sizeof specs / sizeof *specs; s++) {
        genrep_density *density, *shrunk;
        double mean = 0;
        assert_ok(ctx, genrep_density_fit(x, specs[s], &density));
        assert_ok(ctx, genrep_density_log_density(density, x, &y));
        for (int i = 0; i < 400; i++) mean += ((const double *)genrep_tensor_read(y))[i] / 400;
        assert_close(mean, -entropy_of(density), 1e-12);
        genrep_tensor_unref(y);
        assert_ok(ctx, genrep_density_fit(x, "gaussian shrinkage=0.1", &shrunk));
        assert_true(divergence_of(density, shrunk) > 0.001);
        assert_true(divergence_of(shrunk, density) > 0.001);
        assert_true(fabs(divergence_of(density, density)) < 1e-12);
        genrep_density_unref(shrunk);
        genrep_density_unref(density);
    }
    genrep_tensor_unref(x);
}

/* Over the plane: exp of the log-density sums to 1. */
static void it_integrates_to_one(void **state) {
    (void)state;
    enum { SIDE = 121 };
    static double grid[SIDE * SIDE][2];
    double sum = 0;
    const double pairs[4][2] = {{0, 1}, {2, 0.5}, {1, -1}, {-0.5, -1.5}};
    genrep_density *density =
        fit_tensor(tensor_of(GENREP_F64, pairs, 2, (int64_t[]){4, 2}), "gaussian");
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++)
            grid[i * SIDE + j][0] = (i - 60) * 0.15, grid[i * SIDE + j][1] = (j - 60) * 0.15;
    genrep_tensor *x = tensor_of(GENREP_F64, grid, 2, (int64_t[]){SIDE * SIDE, 2}), *y;
    assert_ok(ctx, genrep_density_log_density(density, x, &y));
    for (int i = 0; i < SIDE * SIDE; i++)
        sum += exp(((const double *)genrep_tensor_read(y))[i]) * 0.15 * 0.15;
    assert_close(sum, 1, 1e-9);
    genrep_tensor_unref(y);
    genrep_tensor_unref(x);
    genrep_density_unref(density);
}

/* Fewer samples than numbers: the same density as from all numbers, the rest of which never vary.
 */
static void ppca_of_few_samples(void **state) {
    (void)state;
    enum { N = 7, D = 20 };
    const int64_t shape[] = {N, D}, turned[] = {D, N};
    genrep_tensor *x, *y, *c, *column;
    genrep_density *few, *many;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F64, 2, shape, &x));
    assert_ok(ctx, genrep_tensor_random(x, "normal", 5));
    assert_ok(ctx, genrep_density_fit(x, "ppca components=3", &few));
    /* Three times over there are more samples than numbers. */
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F64, 2, (int64_t[]){3 * N, D}, &y));
    for (int i = 0; i < 3; i++)
        memcpy((double *)genrep_tensor_data(y) + i * N * D, genrep_tensor_read(x),
               N * D * sizeof(double));
    assert_ok(ctx, genrep_density_fit(y, "ppca components=3", &many));
    assert_ok(ctx, genrep_density_covariance(many, &c));
    assert_covariance(few, genrep_tensor_read(c), D, 1e-12);
    genrep_tensor_unref(c);
    genrep_density_unref(many);
    genrep_density_unref(few);
    genrep_tensor_unref(y);
    assert_error(ctx, genrep_density_fit(x, "ppca components=7", &few), GENREP_E_INVALID,
                 "components=7 must be below both the 20 numbers of a sample and the 7 samples");
    assert_error(ctx, genrep_density_fit(x, "ppca components=6", &few), GENREP_E_INVALID,
                 "use fewer");
    assert_ok(ctx, genrep_tensor_reshape(x, 2, turned, &column));
    assert_error(ctx, genrep_density_fit(column, "ppca components=7", &few), GENREP_E_INVALID,
                 "must be below");
    genrep_tensor_unref(column);
    genrep_tensor_unref(x);
}

/* Samples have the moments, and sample i is a function of seed, stream and i. */
static void samples(void **state) {
    (void)state;
    static const char *const specs[] = {"gaussian", "gaussian covariance=diagonal",
                                        "ppca components=1"};
    enum { N = 20000 };
    for (int s = 0; s < 3; s++) {
        genrep_density *density = fit(specs[s]);
        genrep_tensor *x, *few, *other, *c;
        double mean[3] = {0}, moments[9] = {0};
        assert_ok(ctx, genrep_density_sample(density, N, 1, &x));
        assert_ok(ctx, genrep_density_sample(density, 700, 1, &few));
        assert_ok(ctx, genrep_density_sample(density, 700, 2, &other));
        assert_ok(ctx, genrep_density_covariance(density, &c));
        const float *data = genrep_tensor_read(x);
        assert_memory_equal(data, genrep_tensor_read(few), 700 * 3 * sizeof(float));
        assert_memory_not_equal(data, genrep_tensor_read(other), 700 * 3 * sizeof(float));
        for (int i = 0; i < 3 * N; i++) mean[i % 3] += (double)data[i] / N;
        for (int i = 0; i < N; i++)
            for (int j = 0; j < 9; j++)
                moments[j] += ((double)data[3 * i + j / 3] - mean[j / 3]) *
                              ((double)data[3 * i + j % 3] - mean[j % 3]) / N;
        assert_true(fabs(mean[0] - 2.0 / 3) < 0.04 && fabs(mean[2] - 5.0 / 6) < 0.05);
        for (int j = 0; j < 9; j++)
            assert_true(fabs(moments[j] - ((const double *)genrep_tensor_read(c))[j]) < 0.08);
        genrep_tensor_unref(c);
        genrep_tensor_unref(other);
        genrep_tensor_unref(few);
        genrep_tensor_unref(x);
        genrep_density_unref(density);
    }
}

static void samples_have_the_shape_of_what_was_fitted(void **state) {
    (void)state;
    genrep_tensor *x = tensor_of(GENREP_U8, SAMPLES, 4, (int64_t[]){2, 3, 1, 3}), *y;
    genrep_density *density = fit_tensor(x, "gaussian covariance=diagonal shrinkage=1");
    int32_t rank, dtype;
    int64_t shape[GENREP_MAX_RANK];
    assert_ok(ctx, genrep_density_sample(density, 5, 0, &y));
    assert_ok(ctx, genrep_tensor_info(y, &dtype, &rank, shape, NULL));
    assert_true(dtype == GENREP_F32 && rank == 4);
    assert_true(shape[0] == 5 && shape[1] == 3 && shape[2] == 1 && shape[3] == 3);
    genrep_tensor_unref(y);
    assert_ok(ctx, genrep_density_mean(density, &y));
    assert_ok(ctx, genrep_tensor_info(y, &dtype, &rank, shape, NULL));
    assert_true(dtype == GENREP_F64 && rank == 3 && shape[0] == 3 && shape[2] == 3);
    genrep_tensor_unref(y);
    genrep_density_unref(density);
}

static void threads_do_not_count(void **state) {
    (void)state;
    void *made[2][3];
    for (int t = 0; t < 2; t++) {
        genrep_ctx *other = support_ctx(t == 0 ? "threads=1 seed=4" : "threads=3 seed=4");
        genrep_tensor *x, *y[3];
        genrep_density *density;
        assert_ok(other, genrep_tensor_new(other, GENREP_F32, 2, (int64_t[]){900, 130}, &x));
        assert_ok(other, genrep_tensor_random(x, "normal", 1));
        assert_ok(other, genrep_density_fit(x, "gaussian shrinkage=auto", &density));
        assert_ok(other, genrep_density_sample(density, 300, 1, &y[0]));
        assert_ok(other, genrep_density_log_density(density, x, &y[1]));
        genrep_density_unref(density);
        assert_ok(other, genrep_density_fit(x, "ppca components=30", &density));
        assert_ok(other, genrep_density_sample(density, 300, 1, &y[2]));
        genrep_density_unref(density);
        for (int i = 0; i < 3; i++) {
            const size_t bytes = i == 1 ? 900 * sizeof(double) : 300 * 130 * sizeof(float);
            made[t][i] = malloc(bytes);
            memcpy(made[t][i], genrep_tensor_read(y[i]), bytes);
            if (t == 1) assert_memory_equal(made[0][i], made[1][i], bytes);
            genrep_tensor_unref(y[i]);
        }
        genrep_tensor_unref(x);
        genrep_ctx_unref(other);
    }
    for (int i = 0; i < 6; i++) free(made[i / 3][i % 3]);
}

static void a_file_brings_it_back(void **state) {
    (void)state;
    static const char *const specs[] = {"gaussian shrinkage=0.125", "gaussian covariance=diagonal",
                                        "ppca components=2"};
    const char *path = support_path("d.safetensors");
    for (int s = 0; s < 3; s++) {
        genrep_density *a = fit(specs[s]), *b;
        assert_ok(ctx, genrep_density_save(a, path));
        assert_ok(ctx, genrep_density_load(ctx, path, &b));
        assert_string_equal(genrep_density_spec(a), genrep_density_spec(b));
        assert_true(entropy_of(a) == entropy_of(b));
        assert_true(log_density_at(a, POINT) == log_density_at(b, POINT));
        assert_true(divergence_of(a, b) == divergence_of(a, a));
        genrep_density_unref(b);
        genrep_density_unref(a);
    }
}

/* Files that are safetensors, with parts that no density has. */
static void a_file_that_is_none(void **state) {
    (void)state;
    static const char *const tensors =
        "\"mean\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]},"
        "\"std\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[16,32]}";
    static const char two[] =
        "\"mean\":{\"dtype\":\"F64\",\"shape\":[3],\"data_offsets\":[0,24]},"
        "\"std\":{\"dtype\":\"F64\",\"shape\":[3],\"data_offsets\":[24,48]},"
        "\"factor\":{\"dtype\":\"F64\",\"shape\":[6],\"data_offsets\":[48,96]}";
    static const struct {
        const char *mark, *tensors;
        double numbers[12];
        const char *error;
    } cases[] = {
        {"gaussian covariance=diagonal", NULL, {0, 0, 1, 1}, NULL},
        {"gaussian covariance=diagonal", NULL, {0, 0, 1, 0}, "are not those"},
        {"gaussian covariance=diagonal", NULL, {0, 0, 1, (double)INFINITY}, "finite"},
        {"gaussian covariance=diagonal", NULL, {0, (double)NAN, 1, 1}, "finite"},
        {"ppca components=1", NULL, {0, 0, 1, 1}, "are not those"},
        {"normal", NULL, {0, 0, 1, 1}, "family init"},
        {"gaussian",
         "\"mean\":{\"dtype\":\"F64\",\"shape\":[4],\"data_offsets\":[0,32]}",
         {0},
         "are not those"},
        {"gaussian",
         "\"mean\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
         "\"factor\":{\"dtype\":\"F64\",\"shape\":[3],\"data_offsets\":[8,32]}",
         {0, 1, 1, 1},
         "are not those"},
        {"gaussian",
         "\"mean\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]},"
         "\"std\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[16,32]}",
         {0},
         "wrong type or size"},
        {"gaussian",
         "\"std\":{\"dtype\":\"F64\",\"shape\":[4],\"data_offsets\":[0,32]}",
         {1, 1, 1, 1},
         "no density"},
        {"ppca components=2", two, {0, 0, 0, 2, 2, 2, 1, 0, 0, 0, 1, 0}, NULL},
        {"ppca components=2", two, {0, 0, 0, 2, 2, 2, 1, 0, 0, 1, 1, 0}, "are not those"},
        {"ppca components=2", two, {0, 0, 0, 2, 2, 3, 1, 0, 0, 0, 1, 0}, "are not those"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char bytes[1024] = {0};
        const int header =
            snprintf(bytes + 8, 900, "{\"__metadata__\":{\"genrep.density\":\"%s\"},%s}",
                     cases[i].mark, cases[i].tensors == NULL ? tensors : cases[i].tensors);
        bytes[0] = (char)(header & 255), bytes[1] = (char)(header >> 8);
        const size_t size = cases[i].tensors == two ? 96 : 32;
        memcpy(bytes + 8 + header, cases[i].numbers, size);
        support_write("odd.safetensors", bytes, 8 + (size_t)header + size);
        genrep_density *density = NULL;
        const char *path = support_path("odd.safetensors");
        if (cases[i].error == NULL)
            assert_ok(ctx, genrep_density_load(ctx, path, &density));
        else
            assert_error(ctx, genrep_density_load(ctx, path, &density), GENREP_E_FORMAT,
                         cases[i].error);
        assert_true((density != NULL) == (cases[i].error == NULL));
        genrep_density_unref(density);
    }
}

static void refusals(void **state) {
    (void)state;
    static const double same[4][2] = {{1, 2}, {1, 3}, {1, 5}, {1, 9}};
    static const double odd[2][2] = {{1, 2}, {1, (double)NAN}};
    genrep_density *density = NULL, *other;
    genrep_tensor *x = tensor_of(GENREP_F64, same, 2, (int64_t[]){4, 2}), *empty, *out = NULL;
    double divergence = 7;
#define REFUSED(samples, spec, code, text)                                                         \
    assert_error(ctx, genrep_density_fit(samples, spec, &density), code, text)
    REFUSED(x, "gaussian", GENREP_E_INVALID, "shrinkage=1e-6 or shrinkage=auto");
    REFUSED(x, "gaussian covariance=diagonal", GENREP_E_INVALID, "never varies");
    REFUSED(x, "gaussian shrinkage=2", GENREP_E_RANGE, "outside 0..1");
    REFUSED(x, "gaussian shrinkage=some", GENREP_E_INVALID, "neither a number nor auto");
    REFUSED(x, "gaussian covariance=part", GENREP_E_INVALID, "diagonal|full");
    REFUSED(x, "ppca", GENREP_E_INVALID, "components");
    REFUSED(x, "ppca components=0", GENREP_E_RANGE, "components=0");
    REFUSED(x, "gaussion", GENREP_E_INVALID, "gaussian");
    REFUSED(x, "linear", GENREP_E_INVALID, "linear");
    genrep_tensor_unref(x);
    x = tensor_of(GENREP_F64, odd, 2, (int64_t[]){2, 2});
    REFUSED(x, "gaussian", GENREP_E_INVALID, "finite: see number 1");
    genrep_tensor_unref(x);
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 0, NULL, &empty));
    REFUSED(empty, "gaussian", GENREP_E_INVALID, "a single number");
    genrep_tensor_unref(empty);
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, (int64_t[]){0, 3}, &empty));
    REFUSED(empty, "gaussian", GENREP_E_INVALID, "0x3 holds no numbers");
    assert_null(density);
    density = fit("gaussian");
    assert_error(ctx, genrep_density_log_density(density, empty, &out), GENREP_E_INVALID, "0x3");
    genrep_tensor_unref(empty);
    x = tensor_of(GENREP_F64, same, 2, (int64_t[]){4, 2});
    assert_error(ctx, genrep_density_log_density(density, x, &out), GENREP_E_INVALID,
                 "a point has 2 numbers, the density's samples had 3");
    other = fit_tensor(x, "gaussian shrinkage=0.5");
    assert_error(ctx, genrep_density_divergence(density, other, &divergence), GENREP_E_INVALID,
                 "p is over 3 numbers, q over 2");
    assert_error(ctx, genrep_density_sample(density, 0, 1, &out), GENREP_E_INVALID, "at least 1");
    assert_error(ctx, genrep_density_sample(density, INT64_MAX / 2, 1, &out), GENREP_E_INVALID, "");
    memory.fail_at = memory.allocations + 2;
    assert_int_equal(genrep_density_sample(density, 9, 1, &out), GENREP_E_NOMEM);
    assert_error(ctx, genrep_density_load(ctx, support_path("none"), &other), GENREP_E_IO, "none");
    assert_true(out == NULL && divergence == 7);
    genrep_density_unref(other);
    genrep_density_unref(density);
}

static int setup(void **state) {
    (void)state;
    memory = (support_memory){0};
    genrep_allocator allocator = support_allocator(&memory);
    return genrep_ctx_new("threads=2 seed=3", &allocator, &ctx);
}

static int teardown(void **state) {
    genrep_ctx_unref(ctx);
    assert_int_equal(memory.blocks, 0);
    return support_remove_files(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(known_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(shrinkage, setup, teardown),
        cmocka_unit_test_setup_teardown(the_likelihood_is_the_greatest, setup, teardown),
        cmocka_unit_test_setup_teardown(it_integrates_to_one, setup, teardown),
        cmocka_unit_test_setup_teardown(ppca_of_few_samples, setup, teardown),
        cmocka_unit_test_setup_teardown(samples, setup, teardown),
        cmocka_unit_test_setup_teardown(samples_have_the_shape_of_what_was_fitted, setup, teardown),
        cmocka_unit_test_setup_teardown(threads_do_not_count, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_brings_it_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
