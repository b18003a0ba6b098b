/* DLPack in and out: without a copy, with the owner's deleter called exactly once, and everything
 * that is not row-major CPU data of version 1 refused and left to the caller. */
#include <support.h>

#include <string.h>
#include <tensor/dlpack.h>

static support_memory memory;
static genrep_ctx *ctx;

static int setup(void **state) {
    (void)state;
    memory = (support_memory){0};
    genrep_allocator allocator = support_allocator(&memory);
    return genrep_ctx_new(NULL, &allocator, &ctx);
}

static int teardown(void **state) {
    (void)state;
    genrep_ctx_unref(ctx);
    assert_int_equal(memory.blocks, 0);
    return 0;
}

/* A producer's tensor: 2 x 3 floats. */
static _Alignas(8) float data[8] = {0, 1, 2, 3, 4, 5, 6, 7};
static int64_t shape[2], strides[2];
static struct DLManagedTensorVersioned managed;
static int deleted;

static void deleter(struct DLManagedTensorVersioned *self) {
    assert_ptr_equal(self, &managed);
    deleted++;
}

static void produce(void) {
    shape[0] = 2, shape[1] = 3;
    strides[0] = 3, strides[1] = 1;
    deleted = 0;
    managed = (struct DLManagedTensorVersioned){.major = 1, .deleter = deleter};
    managed.dl_tensor = (genrepi_dl_tensor){.data = data,
                                            .device_type = GENREPI_DL_CPU,
                                            .ndim = 2,
                                            .dtype = {GENREPI_DL_FLOAT, 32, 1},
                                            .shape = shape,
                                            .strides = strides};
}

/* DLManagedTensorVersioned of the specification on 64-bit machines. */
static void test_layout_is_the_specification_s(void **state) {
    (void)state;
    typedef struct DLManagedTensorVersioned managed_type;
    assert_int_equal(offsetof(managed_type, manager_ctx), 8);
    assert_int_equal(offsetof(managed_type, deleter), 16);
    assert_int_equal(offsetof(managed_type, flags), 24);
    assert_int_equal(offsetof(managed_type, dl_tensor), 32);
    assert_int_equal(offsetof(genrepi_dl_tensor, device_type), 8);
    assert_int_equal(offsetof(genrepi_dl_tensor, ndim), 16);
    assert_int_equal(offsetof(genrepi_dl_tensor, dtype), 20);
    assert_int_equal(offsetof(genrepi_dl_tensor, shape), 24);
    assert_int_equal(offsetof(genrepi_dl_tensor, strides), 32);
    assert_int_equal(offsetof(genrepi_dl_tensor, byte_offset), 40);
    assert_int_equal(sizeof(managed_type), 80);
}

static void test_taken_over_without_a_copy_and_deleted_once(void **state) {
    (void)state;
    genrep_tensor *t, *view;
    int32_t dtype, rank;
    int64_t sizes[GENREP_MAX_RANK];
    produce();
    managed.dl_tensor.byte_offset = 8;
    assert_ok(ctx, genrep_tensor_from_dlpack(ctx, &managed, &t));
    assert_ptr_equal(genrep_tensor_data(t), data + 2);
    assert_ok(ctx, genrep_tensor_info(t, &dtype, &rank, sizes, NULL));
    assert_int_equal(dtype, GENREP_F32);
    assert_int_equal(rank, 2);
    assert_memory_equal(sizes, shape, sizeof shape);
    assert_ok(ctx, genrep_tensor_slice(t, 1, 1, &view));
    genrep_tensor_unref(t);
    assert_int_equal(deleted, 0);
    genrep_tensor_unref(view);
    assert_int_equal(deleted, 1);
}

static void test_what_producers_may_leave_out(void **state) {
    (void)state;
    genrep_tensor *t;
    produce();
    managed.deleter = NULL;
    managed.dl_tensor.strides = NULL;
    managed.minor = 9;
    managed.flags = GENREPI_DL_READ_ONLY;
    assert_ok(ctx, genrep_tensor_from_dlpack(ctx, &managed, &t));
    assert_null(genrep_tensor_data(t));
    assert_ptr_equal(genrep_tensor_read(t), data);
    genrep_tensor_unref(t);
}

static void test_strides_of_single_and_empty_axes_mean_nothing(void **state) {
    (void)state;
    genrep_tensor *t;
    produce();
    shape[0] = 1, strides[0] = -77;
    assert_ok(ctx, genrep_tensor_from_dlpack(ctx, &managed, &t));
    genrep_tensor_unref(t);
    produce();
    shape[1] = 0, strides[0] = 9, strides[1] = 9;
    managed.dl_tensor.data = NULL;
    managed.dl_tensor.byte_offset = 4;
    assert_ok(ctx, genrep_tensor_from_dlpack(ctx, &managed, &t));
    genrep_tensor_unref(t);
    produce();
    managed.dl_tensor.ndim = 0;
    managed.dl_tensor.shape = managed.dl_tensor.strides = NULL;
    assert_ok(ctx, genrep_tensor_from_dlpack(ctx, &managed, &t));
    genrep_tensor_unref(t);
}

static void test_every_type_of_ours(void **state) {
    (void)state;
    static const struct {
        uint8_t code, bits;
        int32_t dtype;
    } types[] = {{2, 32, GENREP_F32}, {2, 64, GENREP_F64}, {0, 32, GENREP_I32}, {1, 8, GENREP_U8},
                 {6, 8, GENREP_U8},   {2, 16, 0},          {4, 16, 0},          {0, 64, 0},
                 {0, 8, 0},           {1, 32, 0},          {5, 64, 0},          {3, 64, 0}};
    for (int i = 0; i < 12; i++) {
        genrep_tensor *t = NULL;
        int32_t dtype;
        produce();
        shape[0] = 1;
        managed.dl_tensor.dtype.code = types[i].code;
        managed.dl_tensor.dtype.bits = types[i].bits;
        int32_t status = genrep_tensor_from_dlpack(ctx, &managed, &t);
        assert_int_equal(status, types[i].dtype ? 0 : GENREP_E_UNSUPPORTED);
        if (status) continue;
        assert_ok(ctx, genrep_tensor_info(t, &dtype, NULL, NULL, NULL));
        assert_int_equal(dtype, types[i].dtype);
        genrep_tensor_unref(t);
    }
}

#define REFUSED(change, status, text)                                                              \
    do {                                                                                           \
        genrep_tensor *none = NULL;                                                                \
        produce();                                                                                 \
        change;                                                                                    \
        assert_error(ctx, genrep_tensor_from_dlpack(ctx, &managed, &none), status, text);          \
        assert_null(none);                                                                         \
        assert_int_equal(deleted, 0);                                                              \
    } while (0)

static void test_refused_and_left_to_the_caller(void **state) {
    (void)state;
    genrepi_dl_tensor *dl = &managed.dl_tensor;
    REFUSED(managed.major = 0, GENREP_E_UNSUPPORTED, "version 0");
    REFUSED(managed.major = 2, GENREP_E_UNSUPPORTED, "version 2");
    REFUSED(dl->device_type = 2, GENREP_E_UNSUPPORTED, "device 2");
    REFUSED(dl->dtype.lanes = 4, GENREP_E_UNSUPPORTED, "4 lanes");
    REFUSED((strides[0] = 1, strides[1] = 2), GENREP_E_UNSUPPORTED, "row-major");
    REFUSED(strides[0] = 4, GENREP_E_UNSUPPORTED, "row-major");
    REFUSED(dl->ndim = 9, GENREP_E_INVALID, "9");
    REFUSED(dl->ndim = -1, GENREP_E_INVALID, "-1");
    REFUSED(dl->shape = NULL, GENREP_E_INVALID, "shape");
    REFUSED(shape[1] = -3, GENREP_E_INVALID, "below 0");
    REFUSED(shape[1] = INT64_MAX, GENREP_E_INVALID, "too large");
    REFUSED(dl->data = NULL, GENREP_E_INVALID, "no memory");
    REFUSED(dl->byte_offset = 2, GENREP_E_INVALID, "aligned");
    REFUSED(memory.fail_at = memory.allocations + 1, GENREP_E_NOMEM, "memory");
}

static void test_given_out_and_kept_until_the_consumer_is_done(void **state) {
    (void)state;
    genrep_tensor *t;
    struct DLManagedTensorVersioned *out;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_I32, 3, (int64_t[]){2, 3, 4}, &t));
    void *elements = genrep_tensor_data(t);
    assert_ok(ctx, genrep_tensor_to_dlpack(t, &out));
    genrep_tensor_unref(t);
    assert_int_equal(out->major, 1);
    assert_int_equal(out->flags, 0);
    const genrepi_dl_tensor *dl = &out->dl_tensor;
    assert_ptr_equal(dl->data, elements);
    assert_int_equal(dl->byte_offset, 0);
    assert_int_equal(dl->device_type, 1);
    assert_int_equal(dl->device_id, 0);
    assert_int_equal(dl->ndim, 3);
    assert_int_equal(dl->dtype.code, 0);
    assert_int_equal(dl->dtype.bits, 32);
    assert_int_equal(dl->dtype.lanes, 1);
    assert_memory_equal(dl->shape, ((const int64_t[]){2, 3, 4}), 24);
    assert_memory_equal(dl->strides, ((const int64_t[]){12, 4, 1}), 24);
    out->deleter(out);
}

static void test_out_and_in_again_is_the_same_memory(void **state) {
    (void)state;
    static const int32_t types[] = {GENREP_F32, GENREP_F64, GENREP_I32, GENREP_U8};
    for (int i = 0; i < 4; i++) {
        genrep_tensor *a, *b;
        struct DLManagedTensorVersioned *out;
        int32_t dtype;
        assert_ok(ctx, genrep_tensor_new(ctx, types[i], 2, (int64_t[]){2, 3}, &a));
        assert_ok(ctx, genrep_tensor_to_dlpack(a, &out));
        assert_ok(ctx, genrep_tensor_from_dlpack(ctx, out, &b));
        assert_ptr_equal(genrep_tensor_data(a), genrep_tensor_data(b));
        assert_ok(ctx, genrep_tensor_info(b, &dtype, NULL, NULL, NULL));
        assert_int_equal(dtype, types[i]);
        genrep_tensor_unref(a);
        assert_ok(ctx, genrep_tensor_fill(b, 1));
        genrep_tensor_unref(b);
    }
}

static void test_read_only_and_empty_say_so(void **state) {
    (void)state;
    genrep_tensor *t;
    struct DLManagedTensorVersioned *out;
    assert_ok(ctx,
              genrep_tensor_borrow(ctx, GENREP_F32, 1, (int64_t[]){2}, data, 0, NULL, NULL, &t));
    assert_ok(ctx, genrep_tensor_to_dlpack(t, &out));
    assert_int_equal(out->flags, 1);
    out->deleter(out);
    genrep_tensor_unref(t);
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, (int64_t[]){3, 0}, &t));
    assert_ok(ctx, genrep_tensor_to_dlpack(t, &out));
    assert_null(out->dl_tensor.data);
    assert_non_null(out->dl_tensor.strides);
    out->deleter(out);
    memory.fail_at = memory.allocations + 1;
    out = NULL;
    assert_error(ctx, genrep_tensor_to_dlpack(t, &out), GENREP_E_NOMEM, "memory");
    assert_null(out);
    genrep_tensor_unref(t);
}

static void test_null_is_refused(void **state) {
    (void)state;
    genrep_tensor *t = NULL;
    struct DLManagedTensorVersioned *out;
    produce();
    assert_int_equal(genrep_tensor_from_dlpack(NULL, &managed, &t), GENREP_E_INVALID);
    assert_error(ctx, genrep_tensor_from_dlpack(ctx, NULL, &t), GENREP_E_INVALID, "managed");
    assert_error(ctx, genrep_tensor_from_dlpack(ctx, &managed, NULL), GENREP_E_INVALID, "out");
    assert_int_equal(genrep_tensor_to_dlpack(NULL, &out), GENREP_E_INVALID);
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 0, NULL, &t));
    assert_error(ctx, genrep_tensor_to_dlpack(t, NULL), GENREP_E_INVALID, "out");
    genrep_tensor_unref(t);
    assert_int_equal(deleted, 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_layout_is_the_specification_s),
        TEST(test_taken_over_without_a_copy_and_deleted_once),
        TEST(test_what_producers_may_leave_out),
        TEST(test_strides_of_single_and_empty_axes_mean_nothing),
        TEST(test_every_type_of_ours),
        TEST(test_refused_and_left_to_the_caller),
        TEST(test_given_out_and_kept_until_the_consumer_is_done),
        TEST(test_out_and_in_again_is_the_same_memory),
        TEST(test_read_only_and_empty_say_so),
        TEST(test_null_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
