/* Shapes: what layers refuse and how they say it; batches of one and of none. */
#include "layer_values.h"

#include <inputs.h>
#include <nn/tape.h>
#include <string.h>

/* A spec, its inputs, and what the error must say; without inputs, making it must fail. */
typedef struct refusal {
    const char *spec;
    const char *inputs[CASE_INPUTS];
    const char *text;
} refusal;

static const refusal refusals[] = {
    {"linear out=3",
     {0},
     "layer 0 (linear): the size of its input is not known here (unknown): give in="},
    {"linear in=4 out=3", {"2x5"}, "layer 0 (linear): wants a last axis of 4 (in=), got 2x5"},
    {"linear in=4 out=3; linear in=5 out=2",
     {0},
     "layer 1 (linear): wants a last axis of 5 (in=), got ?x3"},
    {"linear in=4 out=3", {"2 below 3"}, "input 0 is of i32"},
    {"linear in=4 out=3", {"2x4", "2x4"}, "takes 1 input, got 2"},
    {"embedding classes=3 out=2", {"4x5x2 below 4"}, "class 3 at position"},
    {"embedding classes=3 out=2", {"2"}, "is outside 0..2"},
    {"embedding classes=3 out=2", {"1x1x1x1x1x1x1x1 below 3"}, "wants at most 7 axes"},
    {"batch_norm", {0}, "give features="},
    {"batch_norm features=3", {"4x5"}, "wants at least two axes and 3 channels on axis 1, got 4x5"},
    {"batch_norm features=3", {"3"}, "wants at least two axes and 3 channels on axis 1, got 3"},
    {"batch_norm features=3", {"1x3"}, "wants at least two values a channel to train, got 1x3"},
    {"batch_norm features=3", {"0x3"}, "wants at least two values a channel to train, got 0x3"},
    {"batch_norm features=3 track=0", {"1x3"}, "wants at least two values a channel to train"},
    {"conditional_batch_norm features=3", {0}, "classes"},
    {"conditional_batch_norm classes=3", {0}, "give features="},
    {"conditional_batch_norm classes=3 features=2", {"4x2"}, "takes 2 inputs, got 1"},
    {"conditional_batch_norm classes=3 features=2", {"4x3", "4 below 3"}, "2 channels on axis 1"},
    {"conditional_batch_norm classes=3 features=2",
     {"4x2", "5 below 3"},
     "wants one class number for each sample of 4x2, got 5"},
    {"conditional_batch_norm classes=3 features=2",
     {"4x2", "4x1 below 3"},
     "wants one class number for each sample of 4x2, got 4x1"},
    {"conditional_batch_norm classes=3 features=2", {"40x2", "40 below 9"}, "outside 0..2"},
    {"conditional_batch_norm classes=3 features=2",
     {"1x2", "1 below 3"},
     "wants at least two values a channel to train, got 1x2"},
    {"adversarial_d", {"4x1"}, "takes 2 inputs, got 1"},
    {"adversarial_d loss=gan", {0}, "loss"},
    {"adversarial_d", {"4x1", "0x1"}, "at least one element"},
    {"adversarial_g", {"4x1", "4x1"}, "takes the numbers of made samples only, got 2 inputs"},
    {"adversarial_g loss=relativistic", {"4x1"}, "of made and of real samples, got 1 input"},
    {"adversarial_g smoothing=0.1", {0}, "smoothing"},
    {"attribute_bias attributes=2", {0}, "give features="},
    {"attribute_bias attributes=2 features=3", {"4x2x5", "4x2"}, "3 channels on axis 1, got 4x2x5"},
    {"attribute_bias attributes=2 features=3", {"4x3x5", "4x3"}, "wants 2 attributes for each"},
    {"attribute_bias attributes=2 features=3", {"4x3x5", "3x2"}, "wants 2 attributes for each"},
    {"superres_generator scale=3", {0}, "scale=3 must be 2, 4 or 8"},
    {"attribute_loss", {"4x3", "4x2"}, "a target of the prediction's shape 4x3"},
    {"slice begin=3 count=2", {"2x4"}, "wants at least 5 features, got 2x4"},
    {"slice begin=4", {"2x4"}, "wants at least 5 features, got 2x4"},
    {"slice", {"4"}, "wants a batch and features, got 4"},
    {"class_projection classes=3", {0}, "give in="},
    {"class_projection classes=3 in=4", {"2x5", "2 below 3"}, "wants a batch of 4 features"},
    {"class_projection classes=3 in=4", {"2x4", "3 below 3"}, "wants 2 classes, one a sample"},
    {"class_projection classes=3 in=4", {"40x4", "40 below 9"}, "outside 0..2"},
    {"truncate 2 { tanh; relu }", {0}, "drop=2: there are 2 parts, of which one must be left"},
    {"truncate { tanh }", {0}, "drop"},
    {"conditioned { tanh }", {"2x4", "2x4", "2x4"}, "what it belongs to, got 3 in all"},
    {"style 0 { tanh }", {"2x4"}, "has a place in conditioned { } only"},
    {"conditioned { style 3 { attribute_bias features=2 attributes=4 } }",
     {"2x2", "2x3x4"},
     "more than 3 rows each, got 2x3x4"},
    {"constant", {0}, "shape= is missing"},
    {"style_mix layers=4", {0}, "give style="},
    {"style_mix layers=4 style=3", {"2x4"}, "wants a batch of styles of 3, got 2x4"},
    {"style_mix layers=4 style=3", {"2x3", "3"}, "wants 2 classes, one a sample, got 3"},
    {"conditioned", {0}, "{ }"},
    {"conv2d out=3", {0}, "give in="},
    {"conv2d in=2 out=3", {"4x2x5"}, "wants batch x 2 channels (in=) x height x width, got 4x2x5"},
    {"conv2d in=2 out=3", {"4x3x5x5"}, "wants batch x 2 channels (in=)"},
    {"conv2d in=2 out=3", {"4x2x2x5"}, "wants images that are not smaller than kernel=3, got"},
    {"conv2d in=2 out=3 kernel=0", {0}, "kernel='0' must be a size in 1..1024, or two"},
    {"conv2d in=2 out=3 kernel='3 3 3'", {0}, "kernel='3 3 3' must be a size"},
    {"conv2d in=2 out=3 kernel=two", {0}, "kernel='two' must be a size"},
    {"conv2d in=2 out=3 stride='1 0'", {0}, "stride='1 0' must be a size in 1.."},
    {"conv2d in=2 out=3 pad=-1", {0}, "pad='-1' must be a size in 0.."},
    {"conv2d in=2 out=3 pad_mode=mirror", {0}, "pad_mode"},
    {"conv2d in=3 out=4 groups=2", {0}, "must both be multiples of groups=2"},
    {"conv2d in=2 out=3 pad=5 pad_mode=reflect",
     {"1x2x5x9"},
     "5 elements can be reflected by 4 at most, not by 5"},
    {"conv2d in=2 out=3 pad=6 pad_mode=circular", {"1x2x5x9"}, "go round by 5 at most, not by 6"},
    {"conv2d in=2147483647 out=2147483647 kernel=1024", {0}, ""},
    {"conv2d in=1 out=1 kernel=1 pad=1048576", {"65536x1x1x1"}, ""},
    {"conv_transpose2d in=1 out=1 kernel=1 stride=1048576", {"1x1x4000x4000"}, "smaller images"},
    {"conv_transpose2d in=2 out=3 kernel=1 pad=3", {"1x2x4x4"}, "not smaller than kernel=1"},
    {"conv_transpose2d in=2 out=3 output_pad=1", {0}, "output_pad=1 must be below stride=1"},
    {"conv_transpose2d in=2 out=3", {"1x2x0x4"}, "images that are not empty"},
    {"upsample", {"2x3x4"}, "wants batch x channels x height x width, got 2x3x4"},
    {"upsample factor=0", {0}, "factor=0 is outside 1..1024"},
    {"upsample mode=cubic", {0}, "mode"},
    {"upsample align_corners=1", {0}, "align_corners=1 is for mode=bilinear only"},
    {"upsample factor=1024", {"0x1x3000000x2"}, "wants smaller images for factor=1024"},
    {"upsample", {"0x1x3000000000x2"}, "wants sizes below 2^31"},
    {"upsample factor=1024", {"0x2000000x2000000x2000000"}, ""},
    {"avg_pool", {"2x3x1x5"}, "wants images that are not smaller than kernel=2, got 2x3x1x5"},
    {"avg_pool kernel=1", {"2x3x0x5"}, "wants images that are not smaller than kernel=1"},
    {"avg_pool kernel=0", {0}, "kernel='0' must be a size in 1.."},
    {"avg_pool kernel=3 pad=2", {0}, "pad=2 must be half of kernel=3 at most"},
    {"avg_pool kernel=3 stride='0 1'", {0}, "stride='0 1' must be a size in 1.."},
    {"max_pool kernel='2 3 4'", {0}, "kernel='2 3 4' must be a size"},
    {"max_pool kernel='2 5' pad='1 3'", {0}, "must be half of"},
    {"max_pool", {"2x3x4"}, "wants batch x channels x height x width"},
    {"max_pool", {"0x1x60000x60000"}, "wants images of less than 2^31 elements"},
    {"global_pool", {"2x3"}, "wants at least three axes, got 2x3"},
    {"global_pool", {"2x3x0"}, "wants images that are not empty, got 2x3x0"},
    {"global_pool mode=min", {0}, "mode"},
    {"pad -1", {0}, "size=-1 is outside 0.."},
    {"pad 1 value=2 mode=reflect", {0}, "value= is for mode=zero only"},
    {"pad 3 mode=reflect", {"1x1x3x9"}, "3 elements can be reflected by 2 at most, not by 3"},
    {"pad 4 mode=circular", {"1x1x3x9"}, "go round by 3 at most, not by 4"},
    {"pad 1 mode=replicate", {"1x1x0x9"}, "nothing to replicate"},
    {"pad 1048576", {"2000000x1x1x1"}, ""},
    {"crop 2", {"2x3x4x9"}, "wants images of more than 4 rows to cut, got 2x3x4x9"},
    {"crop left=9", {"2x3x4x9"}, "wants images of more than 9 columns to cut"},
    {"augment", {"2x3"}, "wants batch x channels x height x width"},
    {"augment shift=2", {0}, "shift=2 is outside 0..1"},
    {"blur stride=3", {0}, "stride=3 is outside 1..2"},
    {"blur mode=reflect", {"2x3x1x9"}, "1 elements can be reflected by 0 at most"},
    {"blur mode=replicate", {"2x3x0x9"}, "nothing to replicate"},
    {"blur", {"2x3"}, "wants batch x channels x height x width"},
    {"pixel_shuffle", {"2x6x3x3"}, "channels (axis 1) that are a multiple of 4, got 2x6x3x3"},
    {"pixel_unshuffle factor=3", {"2x6x3x4"}, "height and width that are multiples of 3, got"},
    {"pixel_shuffle factor=1025", {0}, "factor=1025 is outside"},
    {"instance_norm", {"2x3"}, "wants at least three axes, got 2x3"},
    {"instance_norm features=3", {"2x4x5"}, "at least three axes and 3 channels on axis 1"},
    {"instance_norm affine=1", {0}, "give features="},
    {"instance_norm track=1", {0}, "give features="},
    {"instance_norm", {"2x3x1x1"}, "wants at least two values a channel of each sample"},
    {"instance_norm", {"2x3x0"}, "wants at least two values a channel of each sample"},
    {"group_norm", {0}, "groups"},
    {"group_norm 2", {0}, "give features="},
    {"group_norm 2 features=5", {0}, "5 channels cannot be cut into 2 equal groups"},
    {"group_norm 2 affine=0", {"4x5"}, "wants channels (axis 1) for 2 equal groups, got 4x5"},
    {"group_norm 2 affine=0", {"4x2"}, "wants at least two values a group of each sample, got 4x2"},
    {"group_norm 2 affine=0", {"4"}, "wants at least two axes, got 4"},
    {"layer_norm", {0}, "wants an input whose last 1 sizes are known"},
    {"input shape='4'; layer_norm", {"2x5"}, "layer 0 (input): wants ?x4, got 2x5"},
    {"residual { input shape='4'; layer_norm }",
     {"2x5"},
     "layer 0.0.0 (input): wants ?x4, got 2x5"},
    {"linear in=3 out=4; layer_norm axes=2 affine=0", {0}, "wants more than 2 axes, got ?x4"},
    {"layer_norm affine=0", {"2x0"}, "wants rows that are not empty, got 2x0"},
    {"pixel_norm", {"4"}, "wants at least two axes, got 4"},
    {"pixel_norm", {"4x0x3"}, "wants at least one channel (axis 1), got 4x0x3"},
    {"minibatch_stddev", {"4"}, "wants at least two axes, got 4"},
    {"minibatch_stddev",
     {"6x3"},
     "wants a batch smaller than group=4, or a multiple of it, got 6x3"},
    {"minibatch_stddev features=2", {"4x3"}, "channels (axis 1) that can be cut into features=2"},
    {"minibatch_stddev", {"4x0"}, "channels (axis 1) that can be cut into features=1"},
    {"noise", {0}, "give features="},
    {"modulated_conv2d in=2 out=3", {0}, "style"},
    {"modulated_conv2d out=3 style=4", {0}, "give in="},
    {"modulated_conv2d in=2 out=2 style=4 groups=2", {0}, "groups=2: there is one group here"},
    {"spectral_norm { modulated_conv2d in=2 out=3 style=4 }", {0}, "cannot be in spectral_norm"},
    {"modulated_conv2d in=2 out=3 style=4", {"2x2x5x5"}, "takes 2 inputs, got 1"},
    {"modulated_conv2d in=2 out=3 style=4", {"2x3x5x5", "2x4"}, "wants batch x 2 channels (in=)"},
    {"modulated_conv2d in=2 out=3 style=4", {"2x2x2x5", "2x4"}, "not smaller than kernel=3"},
    {"modulated_conv2d in=2 out=3 style=4", {"2x2x5x5", "2x3"}, "a style vector of 4 for each"},
    {"modulated_conv2d in=2 out=3 style=4", {"2x2x5x5", "1x4"}, "a style vector of 4 for each"},
    {"adain features=3", {0}, "style"},
    {"adain style=4", {0}, "give features="},
    {"adain style=4 features=3", {"2x3x5"}, "takes 2 inputs, got 1"},
    {"adain style=4 features=3", {"2x3", "2x4"}, "wants at least three axes and 3 channels"},
    {"adain style=4 features=3", {"2x3x1", "2x4"}, "wants at least two values a channel"},
    {"adain style=4 features=3", {"2x3x5", "2x5"}, "a style vector of 4 for each sample of 2x3x5"},
    {"adain style=4 features=3", {"2x3x5", "3x4"}, "a style vector of 4 for each sample of 2x3x5"},
    {"adain style=4 features=3", {"2x3x5", "4"}, "a style vector of 4 for each sample of 2x3x5"},
    {"spectral_norm { relu }", {0}, "no layer inside whose weight could be normalised"},
    {"spectral_norm { }", {0}, "no layer inside whose weight could be normalised"},
    {"spectral_norm", {0}, "{ }"},
    {"spectral_norm { linear in=4 out=3 equalized=1 }", {0}, "layer 0.0.0 (linear): equalized=1"},
    {"spectral_norm { linear in=4 out=3 }", {"2x5"}, "layer 0.0.0 (linear): wants a last axis"},
    {"linear in=4 out=3 equalized=1 lr_mul=0", {0}, "lr_mul=0 is outside"},
    {"noise features=3", {"2x4x5"}, "wants at least two axes and 3 channels on axis 1"},
    {"dropout p=1.5", {0}, "p=1.5 is outside 0..1"},
    {"reshape shape='2 3'", {"4x5"}, "wants 6 elements a sample for shape='2 3', got 4x5"},
    {"reshape shape='2 -1'",
     {"4x5"},
     "wants a multiple of 2 elements a sample for shape='2 -1', got 4x5"},
    {"reshape shape='-1 -1'", {0}, "leaves 2 sizes open: one -1 at most"},
    {"reshape shape='2 0'", {0}, "holds '0', which is no size"},
    {"reshape shape='2 b'", {0}, "holds 'b', which is no size"},
    {"reshape shape='1 1 1 1 1 1 1 1'", {0}, "more than 8 axes"},
    {"reshape", {0}, "layer 0 (reshape): give the sizes without the batch"},
    {"flatten", {""}, "wants a batch on axis 0, got ()"},
    {"input shape='1 28 28'", {"4x1x28"}, "wants ?x1x28x28, got 4x1x28"},
    {"prelu features=3", {"2x4"}, "wants at least two axes and 3 channels on axis 1, got 2x4"},
    {"softmax", {""}, "wants a last axis that is not empty, got ()"},
    {"softmax", {"2x0"}, "wants a last axis that is not empty, got 2x0"},
    {"bce_logits", {"4x1", "4"}, "wants a target of the prediction's shape 4x1, got 4"},
    {"bce_logits", {"4", "4", "4"}, "takes a prediction and perhaps a target, got 3 inputs"},
    {"bce_logits", {"0x1"}, "wants at least one element, since it is a mean, got 0x1"},
    {"bce_logits target=2", {0}, "target=2 is outside 0..1"},
    {"hinge", {"4", "3"}, "wants a target of the prediction's shape 4, got 3"},
    {"hinge", {"0"}, "wants at least one element"},
    {"mse", {"4x2", "4x3"}, "wants a target of the prediction's shape 4x2, got 4x3"},
    {"mse", {"4x2"}, "takes 2 inputs, got 1"},
    {"l1", {"4x2", "8"}, "wants a target of the prediction's shape 4x2, got 8"},
    {"total_variation", {"2x3"}, "wants batch x channels x height x width"},
    {"total_variation", {"2x0x3x4"}, "images that are not empty"},
    {"l1", {"0", "0"}, "wants at least one element"},
    {"cross_entropy",
     {"4", "4 below 2"},
     "wants logits of batch x classes, at least one row, got 4"},
    {"cross_entropy",
     {"0x4", "0 below 2"},
     "wants logits of batch x classes, at least one row, got 0x4"},
    {"cross_entropy",
     {"4x3", "5 below 3"},
     "wants one class number for each row of the logits 4x3, got 5"},
    {"cross_entropy", {"4x3", "4x1 below 3"}, "wants one class number for each row"},
    {"cross_entropy", {"40x3", "40 below 5"}, "is outside 0..2"},
};

static int32_t attempt(genrep_ctx *ctx, const char *spec, const char *const *inputs) {
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    genrep_tensor *in[CASE_INPUTS], *out = NULL;
    int32_t n = 0, status = genrepi_layer_new(ctx, spec, NULL, &layer);
    if (inputs[0] == NULL) {
        if (status != 0) assert_null(layer);
        genrepi_layer_unref(layer);
        return status;
    }
    assert_ok(ctx, status);
    assert_ok(ctx, genrepi_tape_new(ctx, 1, &tape));
    for (; n < CASE_INPUTS && inputs[n] != NULL; n++)
        in[n] = case_input(ctx, inputs[n], 7 + (uint64_t)n);
    status = genrepi_layer_apply(layer, tape, in, n, &out, 1);
    assert_null(out);
    for (int32_t i = 0; i < n; i++) genrepi_tensor_unref(in[i]);
    genrepi_tape_unref(tape);
    genrepi_layer_unref(layer);
    return status;
}

static void wrong_shapes_are_refused_with_what_is_wanted(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const refusal *r = &refusals[i];
        int32_t status = attempt(ctx, r->spec, r->inputs);
        if (status < 0 && strstr(genrep_ctx_error(ctx), r->text) != NULL) continue;
        print_error("\"%s\" of %s\n    gives   %s: %s\n    expected ...%s...\n", r->spec,
                    r->inputs[0] == NULL ? "nothing" : r->inputs[0], genrep_status_name(status),
                    genrep_ctx_error(ctx), r->text);
        fail();
    }
    genrep_ctx_unref(ctx);
}

/* A spec that takes n x 6 and a target of the same shape if it is a loss; refuses tells what it
 * does with no sample. */
static const struct {
    const char *spec;
    int32_t train_from, eval_from; /* the smallest batch it takes */
} batches[] = {{"linear in=6 out=2", 0, 0},
               {"linear in=6 out=2 equalized=1", 0, 0},
               {"spectral_norm { linear in=6 out=2 }", 0, 0},
               {"reshape shape='2 1 3'; spectral_norm { conv2d out=2 pad=1 }", 0, 0},
               {"batch_norm features=6", 2, 0},
               {"reshape shape='2 1 3'; conv2d out=2 pad=1", 0, 0},
               {"reshape shape='2 1 3'; conv2d out=2 pad=1 pad_mode=replicate", 0, 0},
               {"reshape shape='2 1 3'; conv_transpose2d out=2 stride=2", 0, 0},
               {"reshape shape='1 2 3'; upsample", 0, 0},
               {"reshape shape='1 2 3'; upsample mode=bilinear", 0, 0},
               {"reshape shape='1 2 3'; avg_pool; global_pool", 0, 0},
               {"reshape shape='1 2 3'; max_pool kernel=2 stride=1; global_pool mode=max", 0, 0},
               {"reshape shape='1 2 3'; pad 1; crop 1; blur", 0, 0},
               {"reshape shape='1 1 6'; pixel_unshuffle factor=1", 0, 0},
               {"reshape shape='1 2 3'; upsample; pixel_unshuffle; pixel_shuffle", 0, 0},
               {"reshape shape='2 3'; instance_norm", 0, 0},
               {"reshape shape='2 3'; instance_norm affine=1 track=1", 0, 0},
               {"group_norm 3 features=6", 0, 0},
               {"batch_norm features=6 track=0", 2, 2},
               {"input shape='6'; layer_norm", 0, 0},
               {"layer_norm affine=0", 0, 0},
               {"pixel_norm", 0, 0},
               {"minibatch_stddev", 0, 0},
               {"noise features=6", 0, 0},
               {"dropout", 0, 0},
               {"flatten", 0, 0},
               {"reshape shape='2 3'", 0, 0},
               {"reshape shape='2 -1'", 0, 0},
               {"input shape='6'", 0, 0},
               {"relu", 0, 0},
               {"leaky_relu", 0, 0},
               {"prelu", 0, 0},
               {"prelu features=6", 0, 0},
               {"tanh", 0, 0},
               {"sigmoid", 0, 0},
               {"softmax", 0, 0},
               {"bce_logits", 1, 1},
               {"hinge", 1, 1},
               {"concat { linear in=6 out=2 } { tanh }", 0, 0},
               {"add { linear in=6 out=6 } { tanh }", 0, 0},
               {"residual { linear in=6 out=6 }", 0, 0}};

static void any_batch_is_taken_or_refused(void **state) {
    (void)state;
    const char *sizes[] = {"0x6", "1x6", "2x6"};
    genrep_ctx *ctx = support_ctx("threads=2");
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        genrep_layer *layer = NULL;
        assert_ok(ctx, genrepi_layer_new(ctx, batches[i].spec, NULL, &layer));
        for (int32_t n = 0; n < 3; n++) {
            for (int32_t training = 0; training < 2; training++) {
                genrep_tape *tape = NULL;
                genrep_tensor *x = case_input(ctx, sizes[n], 1), *y = NULL, *dx = NULL;
                int taken = n >= (training ? batches[i].train_from : batches[i].eval_from);
                assert_ok(ctx, genrepi_tape_new(ctx, training, &tape));
                if (training) assert_ok(ctx, genrepi_tape_watch(tape, x));
                int32_t status = genrepi_layer_apply(layer, tape, &x, 1, &y, 1);
                if (taken) {
                    assert_ok(ctx, status);
                    if (y->shape.rank > 0) assert_int_equal(y->shape.size[0], n);
                } else {
                    assert_error(ctx, status, GENREP_E_INVALID, "at least");
                }
                if (taken && training) {
                    assert_ok(ctx, genrepi_tape_backward_from(tape, 1, &y, &y));
                    assert_ok(ctx, genrepi_tape_grad(tape, x, &dx));
                    assert_int_equal(dx->count, x->count);
                    for (int64_t j = 0; j < dx->count; j++)
                        assert_true(isfinite(genrepi_real(dx)[j]));
                }
                genrepi_tensor_unref(dx);
                genrepi_tensor_unref(y);
                genrepi_tensor_unref(x);
                genrepi_tape_unref(tape);
            }
        }
        genrepi_layer_unref(layer);
    }
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_shapes_are_refused_with_what_is_wanted),
        cmocka_unit_test(any_batch_is_taken_or_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
