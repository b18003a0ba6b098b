/* Datasets: from the host, from memory, from files; and a classifier. */
#include "oom.h"
#include <stdio.h>

static int32_t read_sample(void *user, int64_t sample, int32_t field, void *to) {
    (void)user;
    if (field)
        *(int32_t *)to = (int32_t)(sample % 2);
    else
        for (int i = 0; i < 4; i++) ((float *)to)[i] = (float)(sample % 2) + 0.1f * (float)i;
    return 0;
}

static int32_t from_source(genrep_ctx *ctx, genrep_dataset **out) {
    const char *const names[] = {"images", "labels"};
    const int32_t dtypes[] = {GENREP_F32, GENREP_I32}, ranks[] = {1, 0};
    const int64_t sizes[] = {4};
    const int64_t *const shapes[] = {sizes, sizes};
    const genrep_source source = {sizeof source, NULL,   8,     2,      0,
                                  names,         dtypes, ranks, shapes, read_sample};
    return genrep_dataset_from_source(ctx, &source, out);
}

/* Four samples of one byte and their labels, as IDX. */
static int32_t write_idx(const char *images, const char *labels) {
    static const unsigned char pixels[] = {0, 0, 8, 2, 0, 0, 0, 4, 0, 0, 0, 1, 9, 8, 7, 6};
    static const unsigned char classes[] = {0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 0, 1};
    FILE *x = fopen(images, "wb"), *y = fopen(labels, "wb");
    const int good = x && y && fwrite(pixels, sizeof pixels, 1, x) == 1 &&
                     fwrite(classes, sizeof classes, 1, y) == 1;
    if (x) fclose(x);
    if (y) fclose(y);
    return good ? 0 : GENREP_E_IO;
}

static int32_t cifar_file(genrep_ctx *ctx) {
    static const unsigned char records[2 * 3073] = {7};
    const char *path = oom_path("cifar.bin");
    genrep_dataset *data = NULL;
    char spec[4096];
    int32_t status = 0;
    FILE *file = fopen(path, "wb");
    if (file == NULL) return GENREP_E_IO;
    if (fwrite(records, sizeof records, 1, file) != 1) status = GENREP_E_IO;
    if (fclose(file) != 0 || status != 0) return GENREP_E_IO;
    snprintf(spec, sizeof spec, "cifar path='%s'", path);
    OOM_MAKE(data, genrep_dataset_new(ctx, spec, &data));
done:
    genrep_dataset_unref(data);
    return status;
}

static int32_t idx_files(genrep_ctx *ctx) {
    const char *images = oom_path("images.idx"), *labels = oom_path("labels.idx");
    const int64_t x_shape[] = {2, 1}, y_shape[] = {2};
    genrep_dataset *data = NULL;
    genrep_tensor *pair[2] = {NULL, NULL}, *whole = NULL;
    char spec[4096];
    int32_t status = 0;
    snprintf(spec, sizeof spec, "idx images='%s' labels='%s'", images, labels);
    OOM_TRY(write_idx(images, labels));
    OOM_MAKE(data, genrep_dataset_new(ctx, spec, &data));
    OOM_MAKE(whole, genrep_tensor_load(ctx, images, NULL, &whole));
    OOM_MAKE(pair[0], genrep_tensor_new(ctx, GENREP_U8, 2, x_shape, &pair[0]));
    OOM_MAKE(pair[1], genrep_tensor_new(ctx, GENREP_I32, 1, y_shape, &pair[1]));
    OOM_TRY(genrep_dataset_batch(data, 0, pair, 2));
done:
    genrep_tensor_unref(pair[1]);
    genrep_tensor_unref(pair[0]);
    genrep_tensor_unref(whole);
    genrep_dataset_unref(data);
    return status;
}

/* Two grey images of two pixels, and a table of them. */
static int32_t write_images(void) {
    static const char *const names[] = {"a.pgm", "b.pgm", "table.csv"};
    static const char *const files[] = {"P5 2 1 255\nxy", "P5 2 1 255\nyx",
                                        "file,tone\na.pgm,1\nb.pgm,0\n"};
    int good = 1;
    for (int i = 0; i < 3; i++) {
        FILE *file = fopen(oom_path(names[i]), "wb");
        good &= file && fputs(files[i], file) >= 0;
        if (file) fclose(file);
    }
    return good ? 0 : GENREP_E_IO;
}

static int32_t image_files(genrep_ctx *ctx) {
    static const char *const formats[] = {
        "images path='%s' size=2 channels=1 table='%s/table.csv' labels=tone attributes=tone",
        "pairs path='%s' size=1 load=2 derive=edges", "pairs ab='%s' size=1 cache=0",
        "unpaired a='%s' b='%s' size=1 channels=1"};
    static const int64_t sizes[][2] = {{2, 4}, {2, 1}, {2, 3}, {2, 1}};
    genrep_dataset *data = NULL;
    genrep_tensor *fields[3] = {NULL, NULL, NULL}, *whole = NULL;
    int32_t status = 0;
    OOM_TRY(write_images());
    OOM_MAKE(whole, genrep_tensor_load(ctx, oom_path("a.pgm"), NULL, &whole));
    for (int i = 0; i < 4; i++) {
        char spec[4096];
        snprintf(spec, sizeof spec, formats[i], oom_path("."), oom_path("."));
        OOM_MAKE(data, genrep_dataset_new(ctx, spec, &data));
        OOM_MAKE(fields[0], genrep_tensor_new(ctx, GENREP_U8, 2, sizes[i], &fields[0]));
        OOM_TRY(genrep_dataset_batch(data, 0, fields, genrep_dataset_fields(data)));
        genrep_tensor_unref(fields[0]);
        fields[0] = NULL;
        genrep_dataset_unref(data);
        data = NULL;
    }
done:
    genrep_tensor_unref(fields[0]);
    genrep_tensor_unref(whole);
    genrep_dataset_unref(data);
    return status;
}

static int32_t batches(genrep_ctx *ctx) {
    const int64_t x_shape[] = {3, 4}, y_shape[] = {3};
    genrep_dataset *source = NULL, *memory = NULL, *again = NULL;
    genrep_tensor *x = NULL, *y = NULL;
    const char *const names[] = {"images", "labels"};
    const char *name = NULL;
    int32_t status = 0;
    OOM_MAKE(source, from_source(ctx, &source));
    again = genrep_dataset_ref(source);
    OOM_MAKE(x, genrep_tensor_new(ctx, GENREP_F32, 2, x_shape, &x));
    OOM_MAKE(y, genrep_tensor_new(ctx, GENREP_I32, 1, y_shape, &y));
    genrep_tensor *const pair[] = {x, y};
    OOM_TRY(genrep_dataset_batch(source, 5, pair, 2));
    OOM_MAKE(memory, genrep_dataset_from_tensors(ctx, 2, names, pair, &memory));
    OOM_TRY(genrep_dataset_batch(memory, 0, pair, 2));
    OOM_TRY(genrep_dataset_field(memory, 0, &name, NULL, NULL, NULL));
    if (genrep_dataset_count(memory) != 3 || genrep_dataset_fields(memory) != 2) {
        status = GENREP_E_INVALID;
    }
done:
    genrep_tensor_unref(y);
    genrep_tensor_unref(x);
    genrep_dataset_unref(memory);
    genrep_dataset_unref(again);
    genrep_dataset_unref(source);
    return status;
}

static int32_t classifier(genrep_ctx *ctx) {
    genrep_dataset *source = NULL;
    genrep_trainer *trainer = NULL;
    double loss = 0;
    int32_t status = 0;
    OOM_MAKE(source, from_source(ctx, &source));
    OOM_MAKE(trainer, genrep_trainer_new(ctx, "classifier batch=2 steps=4", source, &trainer));
    OOM_TRY(genrep_trainer_step(trainer, 2));
    OOM_TRY(genrep_trainer_metric(trainer, "loss", &loss));
done:
    genrep_trainer_unref(trainer);
    genrep_dataset_unref(source);
    return status;
}

const oom_scenario oom_train[] = {{"batches", batches},        {"IDX files", idx_files},
                                  {"CIFAR files", cifar_file}, {"image files", image_files},
                                  {"classifier", classifier},  {NULL, NULL}};
