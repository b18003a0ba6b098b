/* The pictures of image_run.h: grids of samples, and panels of what networks make of images. */
#include "image_run.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ACROSS = 8, MOST_BANDS = 6 };

static void check(const image_run *r, int32_t status, const char *what) {
    if (status != 0) cli_die(r->ctx, what);
}

static void shape_of(const image_run *r, const genrep_tensor *t, int32_t *rank, int64_t *shape) {
    check(r, genrep_tensor_info(t, NULL, rank, shape, NULL), "picture");
}

static void write_grid(image_run *r, const genrep_tensor *images, int64_t columns,
                       const char *name) {
    char *path = image_path(r, name), spec[64];
    int64_t shape[GENREP_MAX_RANK] = {0};
    int32_t rank = 0;
    shape_of(r, images, &rank, shape);
    const int scale = rank > 1 && shape[rank - 1] < 64 ? 2 : 1; /* small ones are easier to see */
    snprintf(spec, sizeof spec, "columns=%lld scale=%d", (long long)columns, scale);
    check(r, genrep_image_grid(images, spec, path), path);
    free(path);
}

/* ---- from noise ---------------------------------------------------------------------------------
 */

static void write_samples(image_run *r, const char *name) {
    const int64_t columns = r->classes > 0 ? r->classes : r->rows, count = columns * r->rows;
    genrep_tensor *labels = NULL, *samples = NULL;
    if (r->classes > 0) {
        check(r, genrep_tensor_new(r->ctx, GENREP_I32, 1, &count, &labels), "labels");
        int32_t *label = genrep_tensor_data(labels);
        for (int64_t i = 0; i < count; i++) label[i] = (int32_t)(i % columns);
    }
    check(r, genrep_trainer_sample(r->trainer, count, labels, 0, &samples), name);
    write_grid(r, samples, columns, name);
    genrep_tensor_unref(samples);
    genrep_tensor_unref(labels);
}

static genrep_layer *network(const image_run *r, const char *part) {
    genrep_layer *layer = NULL;
    if (genrep_trainer_layer(r->trainer, "average", &layer) == 0 &&
        strncmp(part, "generator", 9) == 0 && part[9] == '\0')
        return layer;
    genrep_layer_unref(layer);
    check(r, genrep_trainer_layer(r->trainer, part, &layer), part);
    return layer;
}

static genrep_tensor *apply(image_run *r, const char *part, genrep_tensor *const *in, int32_t n) {
    genrep_layer *layer = network(r, part);
    genrep_tape *tape = NULL;
    genrep_tensor *out = NULL;
    check(r, genrep_tape_new(r->ctx, "mode=eval", &tape), "tape");
    check(r, genrep_layer_apply(layer, tape, in, n, &out, 1), part);
    genrep_tape_unref(tape);
    genrep_layer_unref(layer);
    return out;
}

/* Shoemake 1985: on the great circle, since normal vectors of many numbers are about equally long.
 */
static void slerp(const float *a, const float *b, int64_t n, double t, float *to) {
    double dot = 0, aa = 0, bb = 0;
    for (int64_t i = 0; i < n; i++) {
        dot += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    const double angle = acos(fmax(-1, fmin(1, dot / sqrt(aa * bb))));
    const double s = sin(angle);
    const double u = s > 1e-6 ? sin((1 - t) * angle) / s : 1 - t;
    const double v = s > 1e-6 ? sin(t * angle) / s : t;
    for (int64_t i = 0; i < n; i++) to[i] = (float)(u * (double)a[i] + v * (double)b[i]);
}

/* The size of the noise: an option of the trainer. */
static int64_t latent_of(const image_run *r) {
    const char *given = strstr(r->trainer_spec, "latent=");
    if (given != NULL) return strtoll(given + 7, NULL, 10);
    return strcmp(r->kind, "stylegan") == 0 ? 128 : 100;
}

void image_interpolation(image_run *r, const char *name) {
    if (r->pictures != IMAGES_SAMPLES) return;
    const int64_t latent = latent_of(r), rows = r->rows < 6 ? r->rows : 6, count = rows * ACROSS;
    genrep_tensor *ends = NULL, *in[2] = {NULL, NULL};
    check(r, genrep_tensor_new(r->ctx, GENREP_F32, 2, (int64_t[]){2 * rows, latent}, &ends), name);
    check(r, genrep_tensor_random(ends, "normal", 7), name);
    check(r, genrep_tensor_new(r->ctx, GENREP_F32, 2, (int64_t[]){count, latent}, &in[0]), name);
    check(r, genrep_tensor_new(r->ctx, GENREP_I32, 1, &count, &in[1]), name);
    const float *end = genrep_tensor_read(ends);
    for (int64_t i = 0; i < count; i++) {
        const float *a = end + 2 * (i / ACROSS) * latent;
        slerp(a, a + latent, latent, (double)(i % ACROSS) / (ACROSS - 1),
              (float *)genrep_tensor_data(in[0]) + i * latent);
        ((int32_t *)genrep_tensor_data(in[1]))[i] =
            r->classes > 0 ? (int32_t)(i / ACROSS % r->classes) : 0;
    }
    genrep_tensor *made = apply(r, "generator", in, r->classes > 0 ? 2 : 1);
    write_grid(r, made, ACROSS, name);
    genrep_tensor_unref(made);
    genrep_tensor_unref(in[0]);
    genrep_tensor_unref(in[1]);
    genrep_tensor_unref(ends);
}

/* ---- from images --------------------------------------------------------------------------------
 */

/* The first batch of a field of the test set as real numbers, bytes in -1..1. */
static genrep_tensor *field(image_run *r, const char *name, int64_t n) {
    const int32_t fields = genrep_dataset_fields(r->test_set);
    genrep_tensor *tensors[16] = {NULL};
    for (int32_t i = 0; i < fields && i < 16; i++) {
        const char *is = NULL;
        int64_t shape[GENREP_MAX_RANK + 1] = {n}, count = 0;
        int32_t rank = 0, dtype = 0;
        check(r, genrep_dataset_field(r->test_set, i, &is, &dtype, &rank, shape + 1), name);
        if (strcmp(is, name) != 0) continue;
        check(r, genrep_tensor_new(r->ctx, GENREP_F32, rank + 1, shape, &tensors[i]), name);
        check(r, genrep_dataset_batch(r->test_set, 0, tensors, fields), name);
        float *x = genrep_tensor_data(tensors[i]);
        check(r, genrep_tensor_info(tensors[i], NULL, NULL, NULL, &count), name);
        for (int64_t j = 0; j < count && dtype == GENREP_U8; j++) x[j] = x[j] / 127.5f - 1;
        return tensors[i];
    }
    return NULL;
}

static genrep_tensor *need(image_run *r, const char *name, int64_t n) {
    genrep_tensor *tensor = field(r, name, n);
    if (tensor == NULL) cli_wrong("the test data have no field '%s'", name);
    return tensor;
}

static genrep_tensor *by_spec(image_run *r, const char *spec, genrep_tensor *x) {
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    genrep_tensor *y = NULL;
    check(r, genrep_layer_new(r->ctx, spec, &layer), spec);
    check(r, genrep_tape_new(r->ctx, "mode=eval", &tape), spec);
    check(r, genrep_layer_apply(layer, tape, &x, 1, &y, 1), spec);
    genrep_tape_unref(tape);
    genrep_layer_unref(layer);
    return y;
}

/* Bands of n images below each other: of one size, grey ones in three channels. */
static void write_bands(image_run *r, genrep_tensor *const *bands, int n_bands, int64_t n,
                        const char *name) {
    int64_t side = 0;
    int32_t rank = 0;
    int64_t shape[GENREP_MAX_RANK] = {0};
    for (int b = 0; b < n_bands; b++) {
        shape_of(r, bands[b], &rank, shape);
        if (shape[3] > side) side = shape[3];
    }
    genrep_tensor *all = NULL;
    const int64_t whole[] = {n_bands * n, 3, side, side}, plane = side * side;
    check(r, genrep_tensor_new(r->ctx, GENREP_F32, 4, whole, &all), name);
    float *to = genrep_tensor_data(all);
    for (int b = 0; b < n_bands; b++) {
        shape_of(r, bands[b], &rank, shape);
        const int64_t small = shape[3], times = side / small;
        const float *from = genrep_tensor_read(bands[b]);
        for (int64_t i = 0; i < n * 3 * plane; i++, to++) {
            const int64_t image = i / (3 * plane), c = i / plane % 3, y = i % plane / side,
                          x = i % side;
            const int64_t channel = shape[1] == 3 ? c : 0;
            *to = from[((image * shape[1] + channel) * small + y / times) * small + x / times];
        }
    }
    write_grid(r, all, n, name);
    genrep_tensor_unref(all);
}

static void write_panels(image_run *r, const char *name) {
    genrep_tensor *bands[MOST_BANDS] = {NULL};
    const int64_t count = genrep_dataset_count(r->test_set), n = count < ACROSS ? count : ACROSS;
    int n_bands = 0;
    if (r->pictures == IMAGES_PAIRS) {
        bands[0] = need(r, "source", n);
        bands[1] = apply(r, "generator", &bands[0], 1);
        bands[2] = need(r, "target", n);
        n_bands = 3;
    } else if (r->pictures == IMAGES_CYCLE) {
        static const char *const sides[] = {"a", "b"};
        static const char *const ways[] = {"generator_ab", "generator_ba"};
        for (int i = 0; i < 2; i++, n_bands += 3) {
            bands[3 * i] = need(r, sides[i], n);
            bands[3 * i + 1] = apply(r, ways[i], &bands[3 * i], 1);
            bands[3 * i + 2] = apply(r, ways[1 - i], &bands[3 * i + 1], 1);
        }
    } else {
        const char *given = strstr(r->trainer_spec, "scale=");
        const int scale = given != NULL ? atoi(given + 6) : 4;
        char spec[64];
        genrep_tensor *in[2] = {NULL, field(r, "attributes", n)};
        bands[3] = need(r, "images", n);
        snprintf(spec, sizeof spec, "avg_pool kernel=%d", scale);
        in[0] = bands[0] = by_spec(r, spec, bands[3]);
        snprintf(spec, sizeof spec, "upsample factor=%d mode=bilinear", scale);
        bands[1] = by_spec(r, spec, bands[0]);
        bands[2] = apply(r, "generator", in, in[1] != NULL ? 2 : 1);
        genrep_tensor_unref(in[1]);
        n_bands = 4;
    }
    write_bands(r, bands, n_bands, n, name);
    for (int i = 0; i < n_bands; i++) genrep_tensor_unref(bands[i]);
}

void image_picture(image_run *r, const char *name) {
    if (r->pictures == IMAGES_SAMPLES)
        write_samples(r, name);
    else
        write_panels(r, name);
}
