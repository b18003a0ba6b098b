/* See samples.h. */
#include "samples.h"
#include "cli.h"

#include <stdint.h>
#include <string.h>

#define BATCH 250
#define FIELDS 8

static int32_t first_field(const genrep_dataset *dataset, const char *option, const char *spec) {
    int32_t n = genrep_dataset_fields(dataset);
    for (int32_t i = 0; i < n && n <= FIELDS; i++) {
        const char *name;
        genrep_dataset_field(dataset, i, &name, NULL, NULL, NULL);
        if (strcmp(name, "labels") != 0) return i;
    }
    cli_wrong("-%s: '%s' has no images", option, spec);
}

genrep_tensor *samples_load(genrep_ctx *ctx, const char *option, const char *spec, int64_t count) {
    genrep_dataset *dataset;
    genrep_tensor *fields[FIELDS] = {NULL};
    int64_t shape[GENREP_MAX_RANK + 1], all, numbers;
    int32_t dtype, rank;
    if (genrep_dataset_new(ctx, spec, &dataset) != 0) cli_die(ctx, option);
    int32_t field = first_field(dataset, option, spec);
    all = genrep_dataset_count(dataset);
    genrep_dataset_field(dataset, field, NULL, &dtype, &rank, shape + 1);
    shape[0] = count < 1 || count > all ? all : count;
    if (genrep_tensor_new(ctx, GENREP_F32, rank + 1, shape, &fields[field]) != 0 ||
        genrep_dataset_batch(dataset, 0, fields, genrep_dataset_fields(dataset)) != 0)
        cli_die(ctx, option);
    float *x = genrep_tensor_data(fields[field]);
    genrep_tensor_info(fields[field], NULL, NULL, NULL, &numbers);
    for (int64_t i = 0; i < numbers && dtype == GENREP_U8; i++) x[i] = x[i] / 127.5f - 1;
    genrep_dataset_unref(dataset);
    return fields[field];
}

int64_t samples_count(const genrep_tensor *samples) {
    int64_t shape[GENREP_MAX_RANK];
    genrep_tensor_info(samples, NULL, NULL, shape, NULL);
    return shape[0];
}

int64_t samples_numbers(const genrep_tensor *samples) {
    int64_t numbers;
    genrep_tensor_info(samples, NULL, NULL, NULL, &numbers);
    return numbers / samples_count(samples);
}

genrep_tensor *samples_part(genrep_tensor *samples, int64_t begin, int64_t count) {
    genrep_tensor *part;
    if (genrep_tensor_slice(samples, begin, count, &part) != 0) cli_wrong("too few samples");
    return part;
}

genrep_tensor *samples_apply(genrep_ctx *ctx, const genrep_layer *network,
                             genrep_tensor *const *inputs, int32_t n_inputs) {
    const int64_t count = samples_count(inputs[0]);
    genrep_tensor *all = NULL;
    genrep_tape *tape;
    if (genrep_tape_new(ctx, "mode=eval", &tape) != 0) cli_die(ctx, "network");
    for (int64_t at = 0; at < count; at += BATCH) {
        const int64_t n = count - at < BATCH ? count - at : BATCH;
        genrep_tensor *in[2], *out, *to;
        int64_t shape[GENREP_MAX_RANK];
        int32_t rank;
        for (int32_t i = 0; i < n_inputs; i++) in[i] = samples_part(inputs[i], at, n);
        if (genrep_layer_apply(network, tape, in, n_inputs, &out, 1) != 0) cli_die(ctx, "network");
        genrep_tensor_info(out, NULL, &rank, shape, NULL);
        shape[0] = count;
        if (all == NULL && genrep_tensor_new(ctx, GENREP_F32, rank, shape, &all) != 0)
            cli_die(ctx, "network");
        to = samples_part(all, at, n);
        if (genrep_tensor_copy(to, out) != 0) cli_die(ctx, "network");
        genrep_tensor_unref(to);
        genrep_tensor_unref(out);
        for (int32_t i = 0; i < n_inputs; i++) genrep_tensor_unref(in[i]);
    }
    genrep_tape_unref(tape);
    return all;
}
