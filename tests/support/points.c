/* See points.h. */
#include <points.h>

#include <math.h>

int32_t support_point(int64_t i, int32_t classes, float point[4]) {
    int32_t class = (int32_t)(i % classes);
    for (int k = 0; k < 4; k++)
        point[k] = (float)(sin(2.0 * class + k) + 0.3 * sin(7.7 * (double)i + 1.3 * k));
    return class;
}

genrep_dataset *support_points(genrep_ctx *ctx, int64_t n, int32_t classes) {
    static const char *const names[] = {"images", "labels"};
    const int64_t shape[] = {n, 4};
    genrep_tensor *tensors[2];
    genrep_dataset *dataset;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, shape, &tensors[0]));
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_I32, 1, shape, &tensors[1]));
    float *points = genrep_tensor_data(tensors[0]);
    int32_t *labels = genrep_tensor_data(tensors[1]);
    for (int64_t i = 0; i < n; i++) labels[i] = support_point(i, classes, points + 4 * i);
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 2, names, tensors, &dataset));
    genrep_tensor_unref(tensors[0]);
    genrep_tensor_unref(tensors[1]);
    return dataset;
}
