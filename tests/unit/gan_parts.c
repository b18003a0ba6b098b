/* See gan_parts.h. */
#include "gan_parts.h"

#include <math.h>
#include <string.h>

genrep_trainer *trainer_on(genrep_ctx *ctx, genrep_dataset *data, const char *spec) {
    genrep_trainer *trainer = NULL;
    assert_ok(ctx, genrep_trainer_new(ctx, spec, data, &trainer));
    return trainer;
}

genrep_trainer *make(genrep_ctx *ctx, const char *spec) {
    genrep_dataset *data = support_points(ctx, 60, 3);
    genrep_trainer *trainer = trainer_on(ctx, data, spec);
    genrep_dataset_unref(data);
    return trainer;
}

void end(genrep_trainer *trainer, genrep_ctx *ctx) {
    genrep_trainer_unref(trainer);
    genrep_ctx_unref(ctx);
}

double metric(genrep_ctx *ctx, genrep_trainer *trainer, const char *name) {
    double value = NAN;
    assert_ok(ctx, genrep_trainer_metric(trainer, name, &value));
    return value;
}

int64_t numbers(genrep_ctx *ctx, genrep_trainer *trainer, const char *part, float *to) {
    genrep_layer *layer = NULL;
    int64_t n = 0;
    assert_ok(ctx, genrep_trainer_layer(trainer, part, &layer));
    for (int64_t i = 0; i < genrep_layer_parameters(layer); i++) {
        genrep_tensor *value;
        int64_t count;
        assert_ok(ctx, genrep_layer_parameter(layer, i, NULL, &value, NULL));
        assert_ok(ctx, genrep_tensor_info(value, NULL, NULL, NULL, &count));
        assert_true(n + count <= NUMBERS);
        memcpy(to + n, genrep_tensor_read(value), sizeof *to * (size_t)count);
        n += count;
    }
    genrep_layer_unref(layer);
    return n;
}

genrep_dataset *constant_images(genrep_ctx *ctx, int32_t rank, const int64_t *shape,
                                double number) {
    static const char *const images = "images";
    genrep_tensor *x = NULL;
    genrep_dataset *data = NULL;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, rank, shape, &x));
    assert_ok(ctx, genrep_tensor_fill(x, number));
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 1, &images, &x, &data));
    genrep_tensor_unref(x);
    return data;
}

void set(genrep_ctx *ctx, genrep_trainer *trainer, const char *part, int64_t index, double number) {
    genrep_layer *layer = NULL;
    genrep_tensor *value;
    assert_ok(ctx, genrep_trainer_layer(trainer, part, &layer));
    assert_ok(ctx, genrep_layer_parameter(layer, index, NULL, &value, NULL));
    assert_ok(ctx, genrep_tensor_fill(value, number));
    genrep_layer_unref(layer);
}
