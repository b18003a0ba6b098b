/* Networks of the zoo give what PyTorch gives for the same weights: outputs in training, and the
 * gradients of inputs and parameters, to 1e-4 of the largest (pytorch/make.py wrote what is right).
 * Trained parameters are in the order that PyTorch's parameters() has. */
#include <io/safetensors.h>
#include <math.h>
#include <nn/tape.h>
#include <stdio.h>
#include <support.h>

static genrepi_safetensors *file;

static genrep_tensor *entry(genrep_ctx *ctx, const char *network, const char *name) {
    char full[64];
    genrep_tensor *tensor = NULL;
    snprintf(full, sizeof full, "%s/%s", network, name);
    const int64_t index = genrepi_safetensors_find(file, full);
    if (index < 0) print_error("%s is not there\n", full);
    assert_true(index >= 0);
    assert_ok(ctx, genrepi_safetensors_tensor(ctx, file, index, &tensor));
    return tensor;
}

static void compare(genrep_ctx *ctx, const char *network, const char *name,
                    const genrep_tensor *found) {
    genrep_tensor *right = entry(ctx, network, name);
    double most = 0, error = 0;
    assert_int_equal(found->count, right->count);
    for (int64_t i = 0; i < right->count; i++) {
        const double r = (double)genrepi_real_read(right)[i];
        const double e = fabs((double)genrepi_real_read(found)[i] - r);
        if (fabs(r) > most) most = fabs(r);
        if (!(e <= error)) error = e;
    }
    /* what is 0 but for rounding: biases before an instance norm */
    const double allowed = 1e-4 * most + 1e-5;
    if (!(error <= allowed)) print_error("%s/%s: error %g of %g\n", network, name, error, most);
    assert_true(error <= allowed);
    genrepi_tensor_unref(right);
}

/* Inputs of the generator are flat here, batch x latent. */
static genrep_tensor *input(genrep_ctx *ctx, const char *network, int flat) {
    genrep_tensor *x = entry(ctx, network, "x"), *rows = NULL;
    if (!flat) return x;
    const genrepi_shape shape = {2, {x->shape.size[0], x->shape.size[1]}};
    assert_ok(ctx, genrepi_tensor_reshape(x, &shape, &rows));
    genrepi_tensor_unref(x);
    return rows;
}

static void check(const char *network, const char *spec, int flat) {
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    genrep_tensor *y = NULL, *dx = NULL, *x = input(ctx, network, flat);
    genrep_tensor *dy = entry(ctx, network, "dy"), *same = NULL;
    char name[32];
    assert_ok(ctx, genrepi_layer_new(ctx, spec, NULL, &layer));
    for (int64_t i = 0, p = 0; i < layer->list->n; i++) {
        const genrepi_parameter_entry *e = &layer->list->entries[i];
        if (e->gradient == NULL) continue;
        snprintf(name, sizeof name, "p%lld", (long long)p++);
        genrep_tensor *value = entry(ctx, network, name);
        assert_ok(ctx, genrepi_tensor_copy(e->value, value));
        genrepi_tensor_unref(value);
    }
    assert_ok(ctx, genrepi_tape_new(ctx, 1, &tape));
    assert_ok(ctx, genrepi_tape_watch(tape, x));
    assert_ok(ctx, genrepi_layer_apply(layer, tape, &x, 1, &y, 1));
    compare(ctx, network, "y", y);
    assert_ok(ctx, genrepi_tensor_reshape(dy, &y->shape, &same)); /* 3 x 1 x 1 x 1 as 3 x 1 */
    assert_ok(ctx, genrepi_tape_backward_from(tape, 1, &y, &same));
    assert_ok(ctx, genrepi_tape_grad(tape, x, &dx));
    compare(ctx, network, "dx", dx);
    for (int64_t i = 0, p = 0; i < layer->list->n; i++) {
        const genrepi_parameter_entry *e = &layer->list->entries[i];
        if (e->gradient == NULL) continue;
        snprintf(name, sizeof name, "g%lld", (long long)p++);
        compare(ctx, network, name, e->gradient);
    }
    genrep_tensor *all[] = {x, y, dx, dy, same};
    for (int i = 0; i < GENREPI_COUNT(all); i++) genrepi_tensor_unref(all[i]);
    genrepi_tape_unref(tape);
    genrepi_layer_unref(layer);
    genrep_ctx_unref(ctx);
}

static void dcgan(void **state) {
    (void)state;
    check("dcgan_generator", "dcgan_generator size=32 channels=2 latent=5 width=1", 1);
    check("dcgan_discriminator", "dcgan_discriminator size=32 channels=2 width=1", 0);
}

static void translation(void **state) {
    (void)state;
    check("unet", "unet_generator size=32 in=2 out=1 width=1 dropout=0", 0);
    check("resnet", "resnet_generator in=1 out=2 width=2 blocks=2", 0);
    check("patch", "patch_discriminator field=70 channels=2 width=1 norm=instance_norm", 0);
}

int main(void) {
    genrep_ctx *ctx = support_ctx(NULL);
    const struct CMUnitTest tests[] = {cmocka_unit_test(dcgan), cmocka_unit_test(translation)};
    if (genrepi_safetensors_open(ctx, PYTORCH_FILE, &file) != 0) {
        fprintf(stderr, "%s\n", genrep_ctx_error(ctx));
        return 1;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    genrepi_safetensors_close(file);
    genrep_ctx_unref(ctx);
    return failed;
}
