/* Tensors: shapes, storage and who keeps it, views, copying, filling, random filling. */
#include <support.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <tensor/state.h>
#include <tensor/tensor.h>

static support_memory memory;
static genrep_ctx *ctx;

static int setup(void **state) {
    (void)state;
    memory = (support_memory){0};
    genrep_allocator allocator = support_allocator(&memory);
    return genrep_ctx_new("threads=2 seed=7", &allocator, &ctx);
}

static int teardown(void **state) {
    (void)state;
    genrep_ctx_unref(ctx);
    assert_int_equal(memory.blocks, 0);
    return 0;
}

#define SHAPE(...)                                                                                 \
    (const int64_t[]) {                                                                            \
        __VA_ARGS__                                                                                \
    }
#define RANK(...) ((int32_t)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)))
#define NEW(dtype, ...) new_tensor(dtype, RANK(__VA_ARGS__), SHAPE(__VA_ARGS__))

static genrep_tensor *new_tensor(int32_t dtype, int32_t rank, const int64_t *shape) {
    genrep_tensor *tensor = NULL;
    assert_ok(ctx, genrep_tensor_new(ctx, dtype, rank, shape, &tensor));
    return tensor;
}

static void test_new_is_zero_aligned_and_described(void **state) {
    (void)state;
    static const struct {
        int32_t dtype;
        size_t bytes;
    } types[] = {{GENREP_F32, 4}, {GENREP_F64, 8}, {GENREP_I32, 4}, {GENREP_U8, 1}};
    for (int i = 0; i < 4; i++) {
        genrep_tensor *t = NEW(types[i].dtype, 3, 1, 5);
        int32_t dtype = 0, rank = 0;
        int64_t shape[GENREP_MAX_RANK], count = 0;
        assert_ok(ctx, genrep_tensor_info(t, &dtype, &rank, shape, &count));
        assert_int_equal(dtype, types[i].dtype);
        assert_int_equal(rank, 3);
        assert_memory_equal(shape, SHAPE(3, 1, 5), sizeof(int64_t[3]));
        assert_int_equal(count, 15);
        assert_int_equal((uintptr_t)genrep_tensor_data(t) % 64, 0);
        assert_ptr_equal(genrep_tensor_data(t), genrep_tensor_read(t));
        const char zeros[15 * 8] = {0};
        assert_memory_equal(genrep_tensor_read(t), zeros, 15 * types[i].bytes);
        assert_ok(ctx, genrep_tensor_info(t, NULL, NULL, NULL, NULL));
        genrep_tensor_unref(t);
    }
}

static void test_no_axes_and_empty_axes_are_fine(void **state) {
    (void)state;
    int64_t count = -1;
    genrep_tensor *one = new_tensor(GENREP_F64, 0, NULL);
    assert_ok(ctx, genrep_tensor_info(one, NULL, NULL, NULL, &count));
    assert_int_equal(count, 1);
    *(double *)genrep_tensor_data(one) = 3;
    genrep_tensor_unref(one);
    genrep_tensor *none = NEW(GENREP_F32, 0, INT32_MAX);
    assert_ok(ctx, genrep_tensor_info(none, NULL, NULL, NULL, &count));
    assert_int_equal(count, 0);
    assert_non_null(genrep_tensor_data(none));
    assert_ok(ctx, genrep_tensor_fill(none, 1));
    assert_ok(ctx, genrep_tensor_random(none, "normal", 1));
    genrep_tensor_unref(none);
}

static void test_bad_shapes_are_refused(void **state) {
    (void)state;
    genrep_tensor *out = (genrep_tensor *)&memory, *before = out;
    const int64_t huge = (int64_t)1 << 62;
    assert_error(ctx, genrep_tensor_new(ctx, 0, 1, SHAPE(1), &out), GENREP_E_INVALID, "type 0");
    assert_error(ctx, genrep_tensor_new(ctx, 5, 1, SHAPE(1), &out), GENREP_E_INVALID, "type 5");
    assert_error(ctx, genrep_tensor_new(ctx, GENREP_F32, 9, SHAPE(1), &out), GENREP_E_INVALID, "9");
    assert_error(ctx, genrep_tensor_new(ctx, GENREP_F32, -1, SHAPE(1), &out), GENREP_E_INVALID,
                 "-1");
    assert_error(ctx, genrep_tensor_new(ctx, GENREP_F32, 1, NULL, &out), GENREP_E_INVALID, "NULL");
    assert_error(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, SHAPE(2, -1), &out), GENREP_E_INVALID,
                 "axis 1");
    assert_error(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, SHAPE(huge, 4), &out), GENREP_E_INVALID,
                 "too large");
    assert_error(ctx, genrep_tensor_new(ctx, GENREP_F32, 3, SHAPE(0, huge, 4), &out),
                 GENREP_E_INVALID, "too large");
    assert_error(ctx, genrep_tensor_new(ctx, GENREP_F64, 1, SHAPE(huge), &out), GENREP_E_INVALID,
                 "too large");
    assert_error(ctx, genrep_tensor_new(ctx, GENREP_U8, 1, SHAPE(INT64_MAX), &out), GENREP_E_NOMEM,
                 "memory");
    assert_ptr_equal(out, before);
}

static int released;
static void release(void *user) {
    (void)user;
    released++;
}

static void test_borrowed_memory_is_released_once(void **state) {
    (void)state;
    float x[6] = {1, 2, 3, 4, 5, 6};
    genrep_tensor *t, *view;
    released = 0;
    assert_ok(ctx, genrep_tensor_borrow(ctx, GENREP_F32, 2, SHAPE(3, 2), x, 1, release, x, &t));
    assert_ptr_equal(genrep_tensor_data(t), x);
    assert_ok(ctx, genrep_tensor_slice(t, 1, 2, &view));
    genrep_tensor_unref(t);
    assert_int_equal(released, 0);
    assert_ptr_equal(genrep_tensor_data(view), x + 2);
    genrep_tensor_unref(view);
    assert_int_equal(released, 1);
}

static void test_a_refused_borrow_releases_nothing(void **state) {
    (void)state;
    float x[2];
    genrep_tensor *out = NULL;
    released = 0;
    assert_error(ctx, genrep_tensor_borrow(ctx, GENREP_F32, 1, SHAPE(2), NULL, 1, release, x, &out),
                 GENREP_E_INVALID, "no memory");
    assert_error(
        ctx, genrep_tensor_borrow(ctx, GENREP_F32, 1, SHAPE(1), (char *)x + 1, 1, release, x, &out),
        GENREP_E_INVALID, "aligned");
    memory.fail_at = memory.allocations + 1;
    assert_int_equal(genrep_tensor_borrow(ctx, GENREP_F32, 1, SHAPE(2), x, 1, release, x, &out),
                     GENREP_E_NOMEM);
    memory.fail_at = 0;
    assert_int_equal(released, 0);
    assert_null(out);
    assert_ok(ctx, genrep_tensor_borrow(ctx, GENREP_F32, 1, SHAPE(0), NULL, 1, NULL, NULL, &out));
    genrep_tensor_unref(out);
}

static void test_read_only_memory_is_never_written(void **state) {
    (void)state;
    float x[2] = {1, 2};
    genrep_tensor *t, *view, *other = NEW(GENREP_F32, 2);
    assert_ok(ctx, genrep_tensor_borrow(ctx, GENREP_F32, 1, SHAPE(2), x, 0, NULL, NULL, &t));
    assert_ok(ctx, genrep_tensor_reshape(t, 2, SHAPE(2, 1), &view));
    assert_null(genrep_tensor_data(t));
    assert_null(genrep_tensor_data(view));
    assert_ptr_equal(genrep_tensor_read(view), x);
    assert_error(ctx, genrep_tensor_fill(t, 0), GENREP_E_INVALID, "read-only");
    assert_error(ctx, genrep_tensor_fill(view, 0), GENREP_E_INVALID, "read-only");
    assert_error(ctx, genrep_tensor_random(t, "normal", 0), GENREP_E_INVALID, "read-only");
    assert_error(ctx, genrep_tensor_copy(t, other), GENREP_E_INVALID, "read-only");
    assert_ok(ctx, genrep_tensor_copy(other, t));
    assert_memory_equal(genrep_tensor_read(other), x, sizeof x);
    genrep_tensor_unref(t);
    genrep_tensor_unref(view);
    genrep_tensor_unref(other);
}

static void test_slices_share_memory_and_keep_it(void **state) {
    (void)state;
    genrep_tensor *t = NEW(GENREP_I32, 4, 3), *view, *inner, *empty;
    for (int i = 0; i < 12; i++) ((int32_t *)genrep_tensor_data(t))[i] = i;
    assert_ok(ctx, genrep_tensor_slice(t, 1, 3, &view));
    assert_ok(ctx, genrep_tensor_slice(view, 2, 1, &inner));
    assert_ok(ctx, genrep_tensor_slice(t, 4, 0, &empty));
    assert_int_equal(*(const int32_t *)genrep_tensor_read(view), 3);
    genrep_tensor_unref(t);
    genrep_tensor_unref(view);
    int64_t shape[GENREP_MAX_RANK], count;
    assert_ok(ctx, genrep_tensor_info(inner, NULL, NULL, shape, &count));
    assert_int_equal(shape[0], 1);
    assert_int_equal(shape[1], 3);
    assert_int_equal(count, 3);
    assert_int_equal(((const int32_t *)genrep_tensor_read(inner))[2], 11);
    genrep_tensor_unref(inner);
    genrep_tensor_unref(empty);
}

static void test_slices_stay_inside(void **state) {
    (void)state;
    genrep_tensor *t = NEW(GENREP_F32, 4, 3), *one = new_tensor(GENREP_F32, 0, NULL), *out = NULL;
    assert_error(ctx, genrep_tensor_slice(t, -1, 1, &out), GENREP_E_RANGE, "-1");
    assert_error(ctx, genrep_tensor_slice(t, 0, -1, &out), GENREP_E_RANGE, "-1");
    assert_error(ctx, genrep_tensor_slice(t, 2, 3, &out), GENREP_E_RANGE, "size 4");
    assert_error(ctx, genrep_tensor_slice(t, INT64_MAX, INT64_MAX, &out), GENREP_E_RANGE, "size 4");
    assert_error(ctx, genrep_tensor_slice(one, 0, 1, &out), GENREP_E_INVALID, "without axes");
    assert_null(out);
    genrep_tensor_unref(t);
    genrep_tensor_unref(one);
}

static void test_reshape_works_out_one_size(void **state) {
    (void)state;
    genrep_tensor *t = NEW(GENREP_F32, 4, 3), *out = NULL, *none = NEW(GENREP_F32, 0, 3);
    int64_t shape[GENREP_MAX_RANK];
    assert_ok(ctx, genrep_tensor_reshape(t, 3, SHAPE(2, -1, 3), &out));
    assert_ok(ctx, genrep_tensor_info(out, NULL, NULL, shape, NULL));
    assert_int_equal(shape[1], 2);
    assert_ptr_equal(genrep_tensor_data(out), genrep_tensor_data(t));
    genrep_tensor_unref(out);
    out = NULL;
    assert_error(ctx, genrep_tensor_reshape(t, 1, SHAPE(11), &out), GENREP_E_INVALID, "4x3");
    assert_error(ctx, genrep_tensor_reshape(t, 2, SHAPE(5, -1), &out), GENREP_E_INVALID, "5x?");
    assert_error(ctx, genrep_tensor_reshape(t, 2, SHAPE(-1, -1), &out), GENREP_E_INVALID,
                 "only one");
    assert_error(ctx, genrep_tensor_reshape(t, 2, SHAPE(-2, -6), &out), GENREP_E_INVALID, "-2x-6");
    assert_error(ctx, genrep_tensor_reshape(t, 0, NULL, &out), GENREP_E_INVALID, "()");
    assert_error(ctx, genrep_tensor_reshape(none, 2, SHAPE(0, -1), &out), GENREP_E_INVALID, "0x?");
    assert_error(ctx, genrep_tensor_reshape(t, 9, SHAPE(1), &out), GENREP_E_INVALID, "9");
    assert_null(out);
    assert_ok(ctx, genrep_tensor_reshape(none, 2, SHAPE(3, 0), &out));
    genrep_tensor_unref(out);
    genrep_tensor_unref(none);
    genrep_tensor_unref(t);
}

static void test_copy_converts_and_wants_equal_shapes(void **state) {
    (void)state;
    genrep_tensor *from = NEW(GENREP_F32, 2, 2), *to = NEW(GENREP_U8, 2, 2),
                  *other = NEW(GENREP_F32, 4);
    const float x[] = {-1, 0.5f, 1.5f, 300};
    memcpy(genrep_tensor_data(from), x, sizeof x);
    assert_ok(ctx, genrep_tensor_copy(to, from));
    assert_memory_equal(genrep_tensor_read(to), "\0\0\2\377", 4);
    assert_error(ctx, genrep_tensor_copy(other, from), GENREP_E_INVALID, "2x2 into one of shape 4");
    genrep_tensor_unref(from);
    genrep_tensor_unref(to);
    genrep_tensor_unref(other);
}

static void test_copy_between_overlapping_views(void **state) {
    (void)state;
    genrep_tensor *t = NEW(GENREP_I32, 5), *a, *b;
    for (int i = 0; i < 5; i++) ((int32_t *)genrep_tensor_data(t))[i] = i;
    assert_ok(ctx, genrep_tensor_slice(t, 0, 4, &a));
    assert_ok(ctx, genrep_tensor_slice(t, 1, 4, &b));
    assert_ok(ctx, genrep_tensor_copy(b, a));
    assert_memory_equal(genrep_tensor_read(t), ((const int32_t[]){0, 0, 1, 2, 3}), 20);
    genrep_tensor_unref(a);
    genrep_tensor_unref(b);
    genrep_tensor_unref(t);
}

static void test_fill_sets_every_element(void **state) {
    (void)state;
    static const int64_t sizes[] = {1, 2, 3, 1000, 20001};
    for (int i = 0; i < 5; i++) {
        genrep_tensor *f = new_tensor(GENREP_F64, 1, &sizes[i]),
                      *b = new_tensor(GENREP_U8, 1, &sizes[i]);
        assert_ok(ctx, genrep_tensor_fill(f, 0.1));
        assert_ok(ctx, genrep_tensor_fill(b, 255.6));
        for (int64_t k = 0; k < sizes[i]; k++) {
            assert_true(((const double *)genrep_tensor_read(f))[k] == 0.1);
            assert_int_equal(((const uint8_t *)genrep_tensor_read(b))[k], 255);
        }
        genrep_tensor_unref(f);
        genrep_tensor_unref(b);
    }
}

static void moments(const genrep_tensor *t, int64_t n, double *mean, double *std) {
    const float *x = genrep_tensor_read(t);
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)x[i];
    *mean = sum / (double)n;
    for (int64_t i = 0; i < n; i++) squares += ((double)x[i] - *mean) * ((double)x[i] - *mean);
    *std = sqrt(squares / (double)n);
}

/* Bounds: five standard errors. */
static void test_random_has_the_asked_moments(void **state) {
    (void)state;
    const int64_t n = 100000;
    genrep_tensor *t = new_tensor(GENREP_F32, 1, &n), *k = new_tensor(GENREP_I32, 1, &n);
    double mean, std;
    assert_ok(ctx, genrep_tensor_random(t, "normal mean=2 std=0.5", 3));
    moments(t, n, &mean, &std);
    assert_true(fabs(mean - 2) < 5 * 0.5 / sqrt((double)n));
    assert_true(fabs(std - 0.5) < 5 * 0.5 / sqrt(2 * (double)n));
    assert_ok(ctx, genrep_tensor_random(t, "uniform low=-1 high=3", 3));
    moments(t, n, &mean, &std);
    assert_true(fabs(mean - 1) < 5 * 4 / sqrt(12 * (double)n));
    for (int64_t i = 0; i < n; i++) {
        float x = ((const float *)genrep_tensor_read(t))[i];
        assert_true(x >= -1 && x <= 3);
    }
    assert_ok(ctx, genrep_tensor_random(k, "integer low=-2 high=3", 3));
    int64_t counts[6] = {0};
    for (int64_t i = 0; i < n; i++) {
        int32_t x = ((const int32_t *)genrep_tensor_read(k))[i];
        assert_in_range(x + 2, 0, 5);
        counts[x + 2]++;
    }
    for (int i = 0; i < 6; i++)
        assert_true(fabs((double)(counts[i] - n / 6)) < 5 * sqrt((double)n * 5 / 36));
    genrep_tensor_unref(t);
    genrep_tensor_unref(k);
}

/* The same numbers for any number of threads, in a piece, and in every floating-point type. */
static void test_element_i_depends_on_seed_stream_and_i(void **state) {
    (void)state;
    static const char *const specs[] = {"normal", "uniform", "integer high=1000000"};
    const int64_t n = 3 * 16384 + 77;
    genrep_ctx *serial = support_ctx("threads=1 seed=7"), *other = support_ctx("seed=8");
    for (int s = 0; s < 3; s++) {
        genrep_tensor *a = new_tensor(GENREP_F32, 1, &n), *b, *c,
                      *d = new_tensor(GENREP_F64, 1, &n), *narrow = new_tensor(GENREP_F32, 1, &n),
                      *head;
        assert_ok(serial, genrep_tensor_new(serial, GENREP_F32, 1, &n, &b));
        assert_ok(other, genrep_tensor_new(other, GENREP_F32, 1, &n, &c));
        assert_ok(ctx, genrep_tensor_random(a, specs[s], 5));
        assert_ok(serial, genrep_tensor_random(b, specs[s], 5));
        assert_memory_equal(genrep_tensor_read(a), genrep_tensor_read(b), (size_t)n * 4);
        assert_ok(other, genrep_tensor_random(c, specs[s], 5));
        assert_memory_not_equal(genrep_tensor_read(a), genrep_tensor_read(c), (size_t)n * 4);
        assert_ok(serial, genrep_tensor_random(b, specs[s], 6));
        assert_memory_not_equal(genrep_tensor_read(a), genrep_tensor_read(b), (size_t)n * 4);
        assert_ok(serial, genrep_tensor_slice(b, 0, 1000, &head));
        assert_ok(serial, genrep_tensor_random(head, specs[s], 5));
        assert_memory_equal(genrep_tensor_read(a), genrep_tensor_read(head), 4000);
        assert_ok(ctx, genrep_tensor_random(d, specs[s], 5));
        assert_ok(ctx, genrep_tensor_copy(narrow, d));
        assert_memory_equal(genrep_tensor_read(a), genrep_tensor_read(narrow), (size_t)n * 4);
        genrep_tensor_unref(a);
        genrep_tensor_unref(b);
        genrep_tensor_unref(c);
        genrep_tensor_unref(d);
        genrep_tensor_unref(narrow);
        genrep_tensor_unref(head);
    }
    genrep_ctx_unref(serial);
    genrep_ctx_unref(other);
}

static void test_random_integers_reach_both_ends(void **state) {
    (void)state;
    const int64_t n = 20000;
    genrep_tensor *t = new_tensor(GENREP_U8, 1, &n), *k = new_tensor(GENREP_I32, 1, &n);
    int seen[256] = {0};
    assert_ok(ctx, genrep_tensor_random(t, "integer low=0 high=255", 0));
    for (int64_t i = 0; i < n; i++) seen[((const uint8_t *)genrep_tensor_read(t))[i]] = 1;
    for (int i = 0; i < 256; i++) assert_true(seen[i]);
    assert_ok(ctx, genrep_tensor_random(k, "integer low=-2147483648 high=2147483647", 0));
    int signs[2] = {0};
    for (int64_t i = 0; i < n; i++) signs[((const int32_t *)genrep_tensor_read(k))[i] < 0]++;
    assert_true(signs[0] > n / 3 && signs[1] > n / 3);
    genrep_tensor_unref(t);
    genrep_tensor_unref(k);
}

static void test_bad_random_specs_are_refused(void **state) {
    (void)state;
    genrep_tensor *t = NEW(GENREP_F32, 4), *k = NEW(GENREP_I32, 4), *b = NEW(GENREP_U8, 4);
    assert_error(ctx, genrep_tensor_random(t, "gaussian", 0), GENREP_E_INVALID, "gaussian");
    assert_error(ctx, genrep_tensor_random(t, "", 0), GENREP_E_INVALID, "");
    assert_error(ctx, genrep_tensor_random(t, "normal std=-1", 0), GENREP_E_RANGE, "std");
    assert_error(ctx, genrep_tensor_random(t, "uniform low=2 high=1.5", 0), GENREP_E_INVALID,
                 "low=2 is above high=1.5");
    assert_error(ctx, genrep_tensor_random(t, "integer low=2 high=1", 0), GENREP_E_INVALID,
                 "above high=1");
    assert_error(ctx, genrep_tensor_random(k, "normal", 0), GENREP_E_UNSUPPORTED, "i32");
    assert_error(ctx, genrep_tensor_random(b, "uniform", 0), GENREP_E_UNSUPPORTED, "u8");
    assert_error(ctx, genrep_tensor_random(b, "integer high=256", 0), GENREP_E_RANGE, "256");
    assert_error(ctx, genrep_tensor_random(b, "integer low=-1", 0), GENREP_E_RANGE, "-1");
    assert_error(ctx, genrep_tensor_random(t, "integer high=3000000000", 0), GENREP_E_RANGE,
                 "high");
    genrep_tensor_unref(t);
    genrep_tensor_unref(k);
    genrep_tensor_unref(b);
}

static void test_null_is_refused_or_ignored(void **state) {
    (void)state;
    genrep_tensor *t = NEW(GENREP_F32, 2), *out = NULL;
    assert_int_equal(genrep_tensor_new(NULL, GENREP_F32, 1, SHAPE(1), &out), GENREP_E_INVALID);
    assert_error(ctx, genrep_tensor_new(ctx, GENREP_F32, 1, SHAPE(1), NULL), GENREP_E_INVALID,
                 "out");
    assert_int_equal(genrep_tensor_borrow(NULL, GENREP_F32, 0, NULL, NULL, 0, NULL, NULL, &out),
                     GENREP_E_INVALID);
    assert_error(ctx, genrep_tensor_borrow(ctx, GENREP_F32, 0, NULL, t, 0, NULL, NULL, NULL),
                 GENREP_E_INVALID, "out");
    assert_null(genrep_tensor_ref(NULL));
    genrep_tensor_unref(NULL);
    assert_int_equal(genrep_tensor_slice(NULL, 0, 1, &out), GENREP_E_INVALID);
    assert_error(ctx, genrep_tensor_slice(t, 0, 1, NULL), GENREP_E_INVALID, "out");
    assert_int_equal(genrep_tensor_reshape(NULL, 0, NULL, &out), GENREP_E_INVALID);
    assert_error(ctx, genrep_tensor_reshape(t, 1, SHAPE(2), NULL), GENREP_E_INVALID, "out");
    assert_error(ctx, genrep_tensor_reshape(t, 1, NULL, &out), GENREP_E_INVALID, "shape");
    assert_null(genrep_tensor_data(NULL));
    assert_null(genrep_tensor_read(NULL));
    assert_int_equal(genrep_tensor_info(NULL, NULL, NULL, NULL, NULL), GENREP_E_INVALID);
    assert_int_equal(genrep_tensor_copy(NULL, t), GENREP_E_INVALID);
    assert_error(ctx, genrep_tensor_copy(t, NULL), GENREP_E_INVALID, "from");
    assert_int_equal(genrep_tensor_fill(NULL, 0), GENREP_E_INVALID);
    assert_int_equal(genrep_tensor_random(NULL, "normal", 0), GENREP_E_INVALID);
    assert_error(ctx, genrep_tensor_random(t, NULL, 0), GENREP_E_INVALID, "spec");
    assert_null(out);
    genrep_tensor_unref(t);
}

static void test_a_tensor_keeps_its_context(void **state) {
    (void)state;
    genrep_ctx *mine = support_ctx(NULL);
    genrep_tensor *t;
    assert_ok(mine, genrep_tensor_new(mine, GENREP_F32, 1, SHAPE(3), &t));
    genrep_ctx_unref(mine);
    assert_int_equal(genrep_tensor_fill(t, 1), 0);
    genrep_tensor_unref(genrep_tensor_ref(t));
    genrep_tensor_unref(t);
}

static void test_shapes_read_well(void **state) {
    (void)state;
    char text[GENREPI_SHAPE_BYTES];
    genrepi_shape shape = genrepi_shape_of(3, SHAPE(2, -1, 7));
    assert_string_equal(genrepi_shape_text(&shape, text), "2x?x7");
    shape.rank = 0;
    assert_string_equal(genrepi_shape_text(&shape, text), "()");
    shape.rank = -1;
    assert_string_equal(genrepi_shape_text(&shape, text), "unknown");
    shape.rank = GENREP_MAX_RANK;
    for (int i = 0; i < GENREP_MAX_RANK; i++) shape.size[i] = INT64_MIN;
    assert_true(strlen(genrepi_shape_text(&shape, text)) == 8 * 20 + 7);
}

static void test_names_of_state_nest(void **state) {
    (void)state;
    genrepi_state visit = {.ctx = ctx};
    int32_t outer = genrepi_state_enter(&visit, "generator");
    int32_t inner = genrepi_state_enter(&visit, "adam");
    assert_string_equal(visit.prefix, "generator/adam/");
    genrepi_state_leave(&visit, inner);
    assert_string_equal(visit.prefix, "generator/");
    genrepi_state_leave(&visit, outer);
    assert_string_equal(visit.prefix, "");
    char longest[256];
    memset(longest, 'x', sizeof longest);
    longest[254] = 0; /* with its slash exactly what fits */
    assert_int_equal(genrepi_state_enter(&visit, longest), 0);
    assert_int_equal(strlen(visit.prefix), 255);
    assert_int_equal(genrepi_state_enter(&visit, ""), -1);
    assert_int_equal(strlen(visit.prefix), 255);
    assert_non_null(strstr(genrep_ctx_error(ctx), "255"));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_new_is_zero_aligned_and_described),
        TEST(test_no_axes_and_empty_axes_are_fine),
        TEST(test_bad_shapes_are_refused),
        TEST(test_borrowed_memory_is_released_once),
        TEST(test_a_refused_borrow_releases_nothing),
        TEST(test_read_only_memory_is_never_written),
        TEST(test_slices_share_memory_and_keep_it),
        TEST(test_slices_stay_inside),
        TEST(test_reshape_works_out_one_size),
        TEST(test_copy_converts_and_wants_equal_shapes),
        TEST(test_copy_between_overlapping_views),
        TEST(test_fill_sets_every_element),
        TEST(test_random_has_the_asked_moments),
        TEST(test_element_i_depends_on_seed_stream_and_i),
        TEST(test_random_integers_reach_both_ends),
        TEST(test_bad_random_specs_are_refused),
        TEST(test_null_is_refused_or_ignored),
        TEST(test_a_tensor_keeps_its_context),
        TEST(test_shapes_read_well),
        TEST(test_names_of_state_nest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
