/* Tensors: own, borrowed, views, DLPack, and their files. */
#include "oom.h"
#include <tensor/dlpack.h>

static const int64_t SHAPE[] = {3, 4};

static int32_t own(genrep_ctx *ctx) {
    genrep_tensor *a = NULL, *rows = NULL, *flat = NULL, *bytes = NULL, *again = NULL;
    const int64_t length[] = {-1};
    int64_t count = 0;
    int32_t status = 0;
    OOM_MAKE(a, genrep_tensor_new(ctx, GENREP_F32, 2, SHAPE, &a));
    OOM_TRY(genrep_tensor_random(a, "uniform low=0 high=9", 1));
    OOM_MAKE(rows, genrep_tensor_slice(a, 1, 2, &rows));
    OOM_TRY(genrep_tensor_fill(rows, 0.5));
    OOM_MAKE(flat, genrep_tensor_reshape(a, 1, length, &flat));
    OOM_TRY(genrep_tensor_info(flat, NULL, NULL, NULL, &count));
    OOM_MAKE(bytes, genrep_tensor_new(ctx, GENREP_U8, 2, SHAPE, &bytes));
    OOM_TRY(genrep_tensor_copy(bytes, a));
    again = genrep_tensor_ref(a);
    if (count != 12 || !genrep_tensor_data(a) || !genrep_tensor_read(a)) {
        status = GENREP_E_INVALID;
    }
done:
    genrep_tensor_unref(again);
    genrep_tensor_unref(bytes);
    genrep_tensor_unref(flat);
    genrep_tensor_unref(rows);
    genrep_tensor_unref(a);
    return status;
}

static void count_release(void *user) {
    ++*(int *)user;
}

static int32_t borrowed(genrep_ctx *ctx) {
    float memory[12] = {0};
    int released = 0;
    genrep_tensor *a = NULL, *back = NULL;
    struct DLManagedTensorVersioned *managed = NULL;
    int32_t status = 0;
    OOM_MAKE(a, genrep_tensor_borrow(ctx, GENREP_F32, 2, SHAPE, memory, 1, count_release, &released,
                                     &a));
    OOM_MAKE(managed, genrep_tensor_to_dlpack(a, &managed));
    OOM_MAKE(back, genrep_tensor_from_dlpack(ctx, managed, &back));
    managed = NULL; /* the tensor's now */
done:
    if (managed) managed->deleter(managed); /* still ours */
    genrep_tensor_unref(back);
    genrep_tensor_unref(a);
    /* Not on failure, once after success. */
    oom_untouched(released == (a != NULL), "release", __FILE__, __LINE__);
    return status;
}

static int32_t files(genrep_ctx *ctx) {
    genrep_tensor *a = NULL, *b = NULL, *c = NULL;
    int32_t status = 0;
    OOM_MAKE(a, genrep_tensor_new(ctx, GENREP_F32, 2, SHAPE, &a));
    OOM_TRY(genrep_tensor_save(a, oom_path("a.npy"), NULL));
    OOM_MAKE(b, genrep_tensor_load(ctx, oom_path("a.npy"), NULL, &b));
    OOM_TRY(genrep_tensor_save(a, oom_path("a.safetensors"), "weights"));
    OOM_MAKE(c, genrep_tensor_load(ctx, oom_path("a.safetensors"), "weights", &c));
    OOM_TRY(genrep_image_grid(a, "columns=2 side=2", oom_path("a.png")));
done:
    genrep_tensor_unref(c);
    genrep_tensor_unref(b);
    genrep_tensor_unref(a);
    return status;
}

const oom_scenario oom_tensor[] = {{"own tensors", own},
                                   {"borrowed tensors", borrowed},
                                   {"files of tensors", files},
                                   {NULL, NULL}};
