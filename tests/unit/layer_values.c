/* See layer_values.h. */
#include "layer_values.h"

#include <inputs.h>
#include <nn/tape.h>
#include <stdio.h>

// clang-format off
const gradient_case large_cases[] = {
    {"linear", "", "linear in=300 out=200", {"150x300"}},
    {"linear", "", "linear in=70 out=33 bias=0", {"7x90x70"}},
    {"linear", "", "linear in=100 out=50 equalized=1 lr_mul=0.01", {"200x100"}},
    {"spectral_norm", "", "spectral_norm { linear in=300 out=200 }", {"150x300"}},
    {"conv2d", "", "conv2d in=32 out=40 pad=1 equalized=1 gain=1.4", {"3x32x20x23"}},
    {"conv2d", "", "conv2d in=24 out=32 kernel=4 stride=2 pad=1 equalized=1 lr_mul=0.3",
     {"2x24x24x24"}},
    {"conv_transpose2d", "",
     "conv_transpose2d in=24 out=32 kernel=4 stride=2 pad=1 equalized=1 lr_mul=0.3",
     {"2x24x12x12"}},
    {"spectral_norm", "", "spectral_norm { conv2d in=32 out=40 pad=1 }", {"3x32x20x23"}},
    {"spectral_norm", "", "spectral_norm { conv2d in=24 out=32 kernel=4 stride=2 pad=1 }",
     {"2x24x24x24"}},
    {"spectral_norm", "",
     "spectral_norm { conv_transpose2d in=24 out=32 kernel=4 stride=2 pad=1 }", {"2x24x12x12"}},
    {"spectral_norm", "", "spectral_norm { embedding classes=50 out=150 }", {"300 below 50"}},
    {"conditional_batch_norm", "", "conditional_batch_norm classes=9 features=24",
     {"16x24x15x16", "16 below 9"}},
    {"modulated_conv2d", "", "modulated_conv2d in=32 out=24 style=64 pad=1",
     {"4x32x17x20", "4x64"}},
    {"modulated_conv2d", "", "modulated_conv2d in=32 out=24 style=64 pad=1 equalized=1",
     {"4x32x8x8", "4x64"}},
    {"adain", "", "adain style=64 features=24", {"16x24x15x16", "16x64"}},
    {"embedding", "", "embedding classes=50 out=150", {"300 below 50"}},
    {"batch_norm", "", "batch_norm features=200", {"256x200"}},
    {"batch_norm", "", "batch_norm features=24", {"16x24x15x16"}},
    {"batch_norm", "", "batch_norm features=3", {"16x3x70x70"}},
    {"conv2d", "", "conv2d in=5 out=30 pad=1", {"3x5x40x37"}},
    {"conv2d", "", "conv2d in=40 out=35 kernel=4 stride=2 pad=1", {"4x40x16x16"}},
    {"conv2d", "", "conv2d in=6 out=9 kernel=7 pad=3 pad_mode=reflect groups=3", {"2x6x30x30"}},
    {"conv2d", "", "conv2d in=20 out=50 pad=1 exact=1", {"4x20x16x16"}},
    {"conv_transpose2d", "", "conv_transpose2d in=40 out=20 kernel=4 stride=2 pad=1",
     {"4x40x9x8"}},
    {"conv_transpose2d", "", "conv_transpose2d in=30 out=20 kernel=3 stride=2 pad=1 output_pad=1",
     {"2x30x16x16"}},
    {"upsample", "", "upsample", {"3x20x33x37"}},
    {"upsample", "", "upsample factor=5", {"2x3x40x130"}},
    {"upsample", "", "upsample mode=bilinear", {"3x20x33x37"}},
    {"upsample", "", "upsample mode=bilinear", {"1x2x20x700"}},
    {"upsample", "", "upsample mode=bilinear factor=3 align_corners=1", {"2x3x50x230"}},
    {"avg_pool", "", "avg_pool", {"3x20x67x75"}},
    {"avg_pool", "", "avg_pool kernel=3 stride=2 pad=1", {"2x9x67x1030"}},
    {"avg_pool", "", "avg_pool kernel=7 stride=1 pad=3 count_include_pad=0", {"2x3x40x600"}},
    {"max_pool", "", "max_pool", {"3x20x67x75"}},
    {"max_pool", "", "max_pool kernel=3 stride=1 pad=1", {"2x9x67x75"}},
    {"global_pool", "", "global_pool", {"5x33x67x75"}},
    {"global_pool", "", "global_pool mode=max", {"5x333x7x5"}},
    {"pad", "", "pad 3 mode=reflect", {"3x20x33x37"}},
    {"pad", "", "pad 3 top=1 value=1", {"3x20x33x37"}},
    {"crop", "", "crop 3 top=1", {"3x20x33x37"}},
    {"augment", "", "augment", {"9x3x33x37"}},
    {"blur", "", "blur", {"3x20x33x37"}},
    {"blur", "", "blur mode=reflect stride=2", {"2x9x67x1030"}},
    {"pixel_shuffle", "", "pixel_shuffle", {"3x80x23x27"}},
    {"pixel_unshuffle", "", "pixel_unshuffle factor=4", {"3x10x60x84"}},
    {"instance_norm", "", "instance_norm", {"4x7x61x67"}},
    {"instance_norm", "", "instance_norm features=24 affine=1 track=1", {"16x24x15x16"}},
    {"group_norm", "", "group_norm 4 features=24", {"16x24x15x16"}},
    {"group_norm", "", "group_norm 2 features=4", {"3x4x130x131"}},
    {"layer_norm", "", "input shape='500'; layer_norm", {"120x500"}},
    {"layer_norm", "", "layer_norm affine=0 axes=2", {"9x40x60"}},
    {"pixel_norm", "", "pixel_norm", {"100x398"}},
    {"pixel_norm", "", "pixel_norm", {"3x20x45x55"}},
    {"minibatch_stddev", "", "minibatch_stddev", {"16x30x9x7"}},
    {"minibatch_stddev", "", "minibatch_stddev features=2", {"32x100"}},
    {"noise", "", "noise features=9", {"7x9x50x40"}},
    {"noise", "", "noise features=399", {"100x399"}},
    {"relu", "", "relu", {"100x400"}},
    {"leaky_relu", "", "leaky_relu", {"100x401"}},
    {"prelu", "", "prelu", {"100x402"}},
    {"prelu", "", "prelu features=403", {"100x403"}},
    {"prelu", "", "prelu features=8", {"40x8x100"}},
    {"tanh", "", "tanh", {"100x404"}},
    {"sigmoid", "", "sigmoid", {"100x405"}},
    {"softmax", "", "softmax", {"50x1000"}},
    {"dropout", "", "dropout", {"100x406"}},
    {"reshape", "", "reshape shape='20 20'", {"100x400"}},
    {"bce_logits", "", "bce_logits", {"100x407", "100x407 unit"}},
    {"bce_logits", "", "bce_logits target=0.9", {"100x407"}},
    {"cross_entropy", "", "cross_entropy smoothing=0.1", {"64x1000", "64 below 1000"}},
    {"mse", "", "mse", {"100x408", "100x408"}},
    {"l1", "", "l1", {"100x409", "100x409"}},
    {"total_variation", "", "total_variation", {"3x3x20x31"}},
    {"hinge", "", "hinge", {"100x410", "100x410 signs"}},
    {"concat", "", "concat { linear in=60 out=50; tanh } { linear in=60 out=40 }", {"128x60"}},
    {"add", "", "add", {"100x411", "100x411"}},
    {"adversarial_d", "", "adversarial_d loss=relativistic", {"100x3", "90x3"}},
    {"adversarial_g", "", "adversarial_g", {"100x3"}},
    {"constant", "", "constant shape='24 15 16'", {"16x3"}},
    {"style_mix", "", "style_mix layers=8 style=40", {"16x40"}},
    {"attribute_bias", "", "attribute_bias attributes=40 features=24", {"16x24x15x16", "16x40"}},
    {"attribute_loss", "", "attribute_loss", {"100x41", "100x41 signs"}},
    {"slice", "", "slice begin=3 count=40", {"64x100x3"}},
    {"class_projection", "", "class_projection in=300 classes=10", {"64x300", "64 below 10"}},
    {"truncate", "", "truncate 1 { linear in=100 out=60; tanh; linear out=9 }", {"64x100"}},
    {"residual", "",
     "linear in=100 out=256; batch_norm; leaky_relu; dropout p=0.3"
     " ; residual { linear out=256; tanh }; layer_norm; linear out=784; sigmoid", {"128x100"}},
};
// clang-format on

const int32_t large_cases_count = (int32_t)(sizeof large_cases / sizeof large_cases[0]);

const gradient_case *layer_case(int32_t i) {
    if (i < gradient_cases_count) return &gradient_cases[i];
    i -= gradient_cases_count;
    return i < large_cases_count ? &large_cases[i] : NULL;
}

static genrep_tensor *random_like(genrep_ctx *ctx, const genrep_tensor *like, uint64_t stream) {
    genrep_tensor *t = NULL;
    assert_ok(ctx, genrepi_tensor_new(ctx, GENREPI_REAL, &like->shape, 0, &t));
    case_normal(t, 1, stream);
    return t;
}

/* Tangents, where all layers have them, and the gradients of <q, y'> + <d, y>. */
static void tangent_values(genrep_ctx *ctx, genrep_layer *layer, genrep_tape *tape,
                           genrep_tensor *const *in, int32_t n_in, const genrep_tensor *out,
                           layer_visit *visit, void *user) {
    genrep_tensor *x[CASE_INPUTS], *t[CASE_INPUTS], *of_x[CASE_INPUTS], *of_t[CASE_INPUTS];
    genrep_tensor *tangent = NULL;
    const genrepi_parameter_list *list = layer->list;
    int32_t n = 0;
    for (int32_t i = 0; i < n_in; i++) {
        if (in[i]->dtype != GENREPI_REAL) continue;
        t[n] = random_like(ctx, in[i], 800 + (uint64_t)i);
        x[n++] = in[i];
    }
    int32_t status = n > 0 ? genrepi_tape_tangent(tape, n, x, t, out, &tangent) : 1;
    if (status == 0) {
        genrep_tensor *q = random_like(ctx, out, 900), *d = random_like(ctx, out, 901);
        visit(user, "tangent", tangent);
        assert_ok(ctx, genrepi_tape_tangent_backward(tape, out, q, d, n, x, of_x, of_t));
        for (int32_t i = 0; i < n; i++) {
            visit(user, "tangent's gradient of an input", of_x[i]);
            visit(user, "tangent's gradient of an input's tangent", of_t[i]);
            genrepi_tensor_unref(of_x[i]);
            genrepi_tensor_unref(of_t[i]);
        }
        for (int64_t i = 0; i < list->n; i++) {
            const genrepi_parameter_entry *e = &list->entries[i];
            char name[96];
            if (e->gradient == NULL) continue;
            snprintf(name, sizeof name, "tangent's gradient of %s", e->name);
            visit(user, name, e->gradient);
        }
        genrepi_layer_zero_grad(layer);
        genrepi_tensor_unref(q);
        genrepi_tensor_unref(d);
    } else if (n > 0) {
        assert_error(ctx, status, GENREP_E_UNSUPPORTED, "has no tangent");
    }
    genrepi_tensor_unref(tangent);
    for (int32_t i = 0; i < n; i++) genrepi_tensor_unref(t[i]);
}

void layer_values(genrep_ctx *ctx, const gradient_case *row, layer_visit *visit, void *user) {
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    genrep_tensor *in[CASE_INPUTS], *out = NULL, *d = NULL;
    int32_t n = 0;
    assert_ok(ctx, genrepi_layer_new(ctx, row->spec, NULL, &layer));
    assert_ok(ctx, genrepi_tape_new(ctx, 1, &tape));
    for (; n < CASE_INPUTS && row->inputs[n] != NULL; n++) {
        in[n] = case_input(ctx, row->inputs[n], 100 + (uint64_t)n);
        if (in[n]->dtype == GENREPI_REAL) assert_ok(ctx, genrepi_tape_watch(tape, in[n]));
    }
    const genrepi_parameter_list *list = layer->list;
    for (int64_t i = 0; i < list->n; i++) {
        if (list->entries[i].gradient == NULL) continue;
        const genrep_tensor *value = list->entries[i].value;
        int64_t fan_in = value->shape.rank > 1 ? value->shape.size[1] : 1;
        case_normal(list->entries[i].value, 1 / sqrt((double)fan_in), 300 + (uint64_t)i);
    }
    assert_ok(ctx, genrepi_layer_apply(layer, tape, in, n, &out, 1));
    visit(user, "output", out);
    tangent_values(ctx, layer, tape, in, n, out, visit, user);
    assert_ok(ctx, genrepi_tensor_new(ctx, GENREPI_REAL, &out->shape, 0, &d));
    case_normal(d, 1, 700);
    assert_ok(ctx, genrepi_tape_backward_from(tape, 1, &out, &d));
    for (int32_t i = 0; i < n; i++) {
        if (in[i]->dtype == GENREPI_REAL) {
            genrep_tensor *gradient = NULL;
            char name[32];
            snprintf(name, sizeof name, "gradient of input %d", (int)i);
            assert_ok(ctx, genrepi_tape_grad(tape, in[i], &gradient));
            visit(user, name, gradient);
            genrepi_tensor_unref(gradient);
        }
        genrepi_tensor_unref(in[i]);
    }
    for (int64_t i = 0; i < list->n; i++) {
        const genrepi_parameter_entry *e = &list->entries[i];
        visit(user, e->name, e->gradient != NULL ? e->gradient : e->value);
    }
    genrepi_tensor_unref(d);
    genrepi_tensor_unref(out);
    genrepi_tape_unref(tape);
    genrepi_layer_unref(layer);
}
