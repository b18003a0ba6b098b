/* See parts.h. */
#include <gan/parts.h>
#include <nn/tape.h>
#include <string.h>

int32_t genrepi_part_make(genrep_trainer *t, int32_t part, const char *spec) {
    const char *name = t->ops->parts[part];
    int32_t status = genrepi_layer_new_as(t->ctx, name, spec, NULL, &t->layers[part]);
    return status == 0 ? 0 : genrepi_fail_in(t->ctx, status, "%s", name);
}

enum { MOST_INPUTS = 4 };

int32_t genrepi_part_try(genrep_trainer *t, int32_t part, int32_t n_in, const genrepi_shape *in,
                         uint32_t integers, genrepi_shape *out) {
    genrep_tensor *zeros[MOST_INPUTS] = {NULL}, *made = NULL;
    genrep_tape *tape = NULL;
    int32_t status = genrepi_tape_new(t->ctx, 0, &tape);
    for (int32_t i = 0; i < n_in && status == 0; i++) {
        status = genrepi_tensor_new(t->ctx, integers >> i & 1 ? GENREP_I32 : GENREPI_REAL, &in[i],
                                    1, &zeros[i]);
    }
    if (status == 0) {
        status = genrepi_layer_apply(t->layers[part], tape, zeros, n_in, &made, 1);
        if (status != 0) status = genrepi_fail_in(t->ctx, status, "%s", t->ops->parts[part]);
    }
    if (status == 0) *out = made->shape;
    genrepi_tensor_unref(made);
    for (int32_t i = 0; i < n_in; i++) genrepi_tensor_unref(zeros[i]);
    genrepi_tape_unref(tape);
    return status;
}

int32_t genrepi_part_translates(genrep_trainer *t, int32_t part, int32_t n_in,
                                const genrepi_shape *in, const genrepi_shape *wanted) {
    genrepi_shape made;
    int32_t status = genrepi_part_try(t, part, n_in, in, 0, &made);
    if (status != 0 || genrepi_shape_equal(&made, wanted)) return status;
    char from[GENREPI_SHAPE_BYTES], is[GENREPI_SHAPE_BYTES], should[GENREPI_SHAPE_BYTES];
    return genrepi_fail(t->ctx, GENREP_E_INVALID, "%s: makes %s from %s, %s is needed",
                        t->ops->parts[part], genrepi_shape_text(&made, is),
                        genrepi_shape_text(in, from), genrepi_shape_text(wanted, should));
}

int32_t genrepi_part_images(genrep_trainer *t, const char *name, int64_t batch, int32_t *field,
                            genrepi_shape *shape) {
    int32_t status = genrepi_trainer_field(t, name, field);
    if (status != 0) return status;
    const genrepi_shape *one = &t->dataset->fields[*field].shape;
    if (one->rank != 2 && one->rank != 3) {
        char text[GENREPI_SHAPE_BYTES];
        return genrepi_fail(t->ctx, GENREP_E_INVALID,
                            "%s: field '%s' must hold images, channels x height x width, and has "
                            "%s",
                            t->kind->name, name, genrepi_shape_text(one, text));
    }
    *shape = (genrepi_shape){4, {batch, 1}};
    memcpy(shape->size + 4 - one->rank, one->size, (size_t)one->rank * sizeof *one->size);
    return 0;
}

int32_t genrepi_part_optimizer(genrep_trainer *t, const char *name, const char *spec) {
    genrep_optimizer *optimizer = NULL;
    int32_t status = genrepi_optimizer_new(t->ctx, spec, &optimizer);
    genrepi_optimizer_unref(optimizer);
    return status == 0 ? 0 : genrepi_fail_in(t->ctx, status, "%s", name);
}

int32_t genrepi_part_batch(genrep_trainer *t, int64_t step, genrep_tensor *const *tensors) {
    int32_t status = 0;
    for (int32_t i = 0; i < t->dataset->n_fields && status == 0; i++) {
        if (tensors[i] == NULL) continue;
        const int scale = tensors[i]->dtype == GENREPI_REAL;
        status = genrepi_dataset_batch(t->dataset, step, i, scale, tensors[i]);
    }
    return status;
}
