/* Networks and optimizers: made from specs, trained by hand, looked at, saved. */
#include "oom.h"

/* Every layer kind that a chain of vectors can hold. */
static const char NET[] =
    "linear in=4 out=6; batch_norm; leaky_relu; residual { linear out=6; layer_norm; prelu }\n"
    "skip { linear out=3; tanh }; dropout p=0.5; repeat 2 { linear out=5; relu }\n"
    "linear out=12; reshape shape='4 3'; instance_norm affine=1 track=1; group_norm 2\n"
    "noise; pixel_norm; minibatch_stddev group=5; flatten; linear out=12; reshape shape='1 3 4'\n"
    "conv2d out=2 pad=1 pad_mode=reflect; conv_transpose2d out=2 stride=2\n"
    "upsample; avg_pool; max_pool kernel=3 stride=1 pad=1; pad 1 mode=reflect; crop 1; blur\n"
    "pixel_unshuffle factor=1; pixel_shuffle factor=1; upsample mode=bilinear; global_pool\n"
    "slice begin=0 count=1; spectral_norm { linear out=3 }; linear out=1 equalized=1 lr_mul=0.5";

static int32_t train_by_hand(genrep_ctx *ctx) {
    const int64_t x_shape[] = {5, 4}, y_shape[] = {5, 1};
    genrep_layer *net = NULL, *loss = NULL, *again = NULL;
    genrep_tensor *x = NULL, *y = NULL, *out = NULL, *value = NULL, *slope = NULL;
    genrep_optimizer *optimizer = NULL, *optimizer_again = NULL;
    genrep_tape *tape = NULL, *tape_again = NULL;
    double rate = 0;
    int32_t status = 0;
    OOM_MAKE(net, genrep_layer_new(ctx, NET, &net));
    OOM_MAKE(loss, genrep_layer_new(ctx, "mse", &loss));
    again = genrep_layer_ref(net);
    OOM_MAKE(optimizer, genrep_optimizer_new(ctx, "adam lr=0.01 clip=1", &optimizer));
    OOM_TRY(genrep_optimizer_add(optimizer, net));
    optimizer_again = genrep_optimizer_ref(optimizer);
    OOM_MAKE(x, genrep_tensor_new(ctx, GENREP_F32, 2, x_shape, &x));
    OOM_TRY(genrep_tensor_random(x, "normal", 1));
    OOM_MAKE(y, genrep_tensor_new(ctx, GENREP_F32, 2, y_shape, &y));
    OOM_MAKE(tape, genrep_tape_new(ctx, "mode=train", &tape));
    tape_again = genrep_tape_ref(tape);
    for (int64_t step = 0; step < 2; step++) {
        OOM_TRY(genrep_tape_reset(tape, step));
        OOM_TRY(genrep_tape_watch(tape, x));
        if (step == 1) OOM_TRY(genrep_tape_freeze(tape, loss));
        OOM_MAKE(out, genrep_layer_apply(net, tape, &x, 1, &out, 1));
        genrep_tensor *pair[] = {out, y};
        OOM_MAKE(value, genrep_layer_apply(loss, tape, pair, 2, &value, 1));
        OOM_TRY(genrep_tape_backward(tape, value));
        OOM_MAKE(slope, genrep_tape_grad(tape, x, &slope));
        OOM_TRY(genrep_optimizer_step(optimizer));
        genrep_tensor_unref(slope);
        genrep_tensor_unref(value);
        genrep_tensor_unref(out);
        slope = value = out = NULL;
    }
    OOM_TRY(genrep_optimizer_observe(optimizer, 1.0));
    OOM_TRY(genrep_optimizer_rate(optimizer, &rate));
    OOM_TRY(genrep_layer_zero_grad(net));
done:
    genrep_tensor_unref(slope);
    genrep_tensor_unref(value);
    genrep_tensor_unref(out);
    genrep_tape_unref(tape_again);
    genrep_tape_unref(tape);
    genrep_tensor_unref(y);
    genrep_tensor_unref(x);
    genrep_optimizer_unref(optimizer_again);
    genrep_optimizer_unref(optimizer);
    genrep_layer_unref(again);
    genrep_layer_unref(loss);
    genrep_layer_unref(net);
    return status;
}

/* Layers with a second input: a style vector, class numbers. */
static int32_t second_inputs(genrep_ctx *ctx) {
    static const char *const specs[] = {"adain style=2 features=3",
                                        "modulated_conv2d style=2 in=3 out=2 pad=1",
                                        "conditional_batch_norm classes=3 features=3"};
    const int64_t x_shape[] = {4, 3, 2, 5}, style_shape[] = {4, 2}, class_shape[] = {4};
    genrep_layer *layer = NULL;
    genrep_tensor *x = NULL, *second = NULL, *out = NULL, *loss = NULL;
    genrep_tape *tape = NULL;
    genrep_layer *mean = NULL;
    int32_t status = 0;
    OOM_MAKE(mean, genrep_layer_new(ctx, "bce_logits", &mean));
    OOM_MAKE(tape, genrep_tape_new(ctx, "mode=train", &tape));
    OOM_MAKE(x, genrep_tensor_new(ctx, GENREP_F32, 4, x_shape, &x));
    OOM_TRY(genrep_tensor_random(x, "normal", 1));
    for (int kind = 0; kind < 3; kind++) {
        OOM_MAKE(layer, genrep_layer_new(ctx, specs[kind], &layer));
        OOM_MAKE(second,
                 genrep_tensor_new(ctx, kind < 2 ? GENREP_F32 : GENREP_I32, kind < 2 ? 2 : 1,
                                   kind < 2 ? style_shape : class_shape, &second));
        OOM_TRY(genrep_tape_reset(tape, kind));
        OOM_TRY(genrep_tape_watch(tape, x));
        genrep_tensor *pair[] = {x, second};
        OOM_MAKE(out, genrep_layer_apply(layer, tape, pair, 2, &out, 1));
        OOM_MAKE(loss, genrep_layer_apply(mean, tape, &out, 1, &loss, 1));
        OOM_TRY(genrep_tape_backward(tape, loss));
        genrep_tensor_unref(loss);
        genrep_tensor_unref(out);
        genrep_tensor_unref(second);
        genrep_layer_unref(layer);
        loss = out = second = NULL;
        layer = NULL;
    }
done:
    genrep_tensor_unref(loss);
    genrep_tensor_unref(out);
    genrep_tensor_unref(second);
    genrep_tensor_unref(x);
    genrep_tape_unref(tape);
    genrep_layer_unref(layer);
    genrep_layer_unref(mean);
    return status;
}

static int32_t parameters(genrep_ctx *ctx) {
    genrep_layer *net = NULL, *copy = NULL, *loaded = NULL;
    int32_t status = 0;
    OOM_MAKE(net, genrep_layer_new(ctx, "linear in=2 out=3; batch_norm; linear out=1", &net));
    OOM_MAKE(copy, genrep_layer_truncate(net, 1, &copy));
    genrep_layer_unref(copy);
    OOM_MAKE(copy, genrep_layer_copy(net, &copy));
    for (int64_t i = 0; i < genrep_layer_parameters(net); i++) {
        const char *name = NULL;
        genrep_tensor *value = NULL, *gradient = NULL;
        OOM_TRY(genrep_layer_parameter(net, i, &name, &value, &gradient));
        OOM_TRY(genrep_layer_set(copy, name, value));
    }
    OOM_TRY(genrep_layer_blend(copy, net, 0.9));
    OOM_TRY(genrep_layer_save(net, oom_path("net.safetensors")));
    OOM_MAKE(loaded, genrep_layer_load(ctx, oom_path("net.safetensors"), NULL, &loaded));
    genrep_layer_unref(loaded);
    loaded = NULL;
    OOM_MAKE(loaded,
             genrep_layer_load(ctx, oom_path("net.safetensors"), genrep_layer_spec(net), &loaded));
done:
    genrep_layer_unref(loaded);
    genrep_layer_unref(copy);
    genrep_layer_unref(net);
    return status;
}

static int32_t scale_parameter(void *user, void *instance, int32_t index, const int32_t *ranks,
                               const int64_t *const *shapes, const char **name, int32_t *rank,
                               int64_t *shape, const char **initialiser) {
    (void)user;
    (void)instance;
    (void)index;
    (void)ranks;
    (void)shapes;
    *name = "scale";
    *rank = 1;
    shape[0] = 1;
    *initialiser = "normal std=1";
    return 0;
}

static int32_t scale_forward(void *user, void *instance, const genrep_custom_call *call) {
    const float *x = call->inputs[0], *scale = call->parameters[0];
    (void)user;
    (void)instance;
    for (int64_t i = 0; i < call->output_count; i++) ((float *)call->output)[i] = x[i] * scale[0];
    return 0;
}

static int32_t scale_backward(void *user, void *instance, const genrep_custom_call *call) {
    const float *x = call->inputs[0], *scale = call->parameters[0], *d = call->output_gradient;
    float *to = call->input_gradients[0], *to_scale = call->parameter_gradients[0];
    (void)user;
    (void)instance;
    for (int64_t i = 0; i < call->output_count; i++) {
        if (to) to[i] = d[i] * scale[0];
        if (to_scale) to_scale[0] += d[i] * x[i];
    }
    return 0;
}

static int32_t own_kind(genrep_ctx *ctx) {
    const genrep_custom_layer kind = {.size = sizeof kind,
                                      .name = "scale",
                                      .n_inputs = 1,
                                      .n_parameters = 1,
                                      .parameter = scale_parameter,
                                      .forward = scale_forward,
                                      .backward = scale_backward};
    const int64_t shape[] = {2, 3};
    genrep_layer *layer = NULL;
    genrep_tensor *x = NULL;
    double worst = 0;
    int32_t status = 0;
    if (genrep_spec_check("layer", "scale", NULL, 0) == 0) return GENREP_E_STATE;
    status = genrep_layer_register(ctx, &kind);
    /* Registered by the run before on the same context: taken. */
    if (status < 0 && status != GENREP_E_INVALID) return status;
    OOM_MAKE(layer, genrep_layer_new(ctx, "scale", &layer));
    OOM_MAKE(x, genrep_tensor_new(ctx, GENREP_F32, 2, shape, &x));
    OOM_TRY(genrep_tensor_random(x, "normal", 1));
    OOM_TRY(genrep_gradcheck(layer, &x, 1, NULL, &worst));
done:
    genrep_tensor_unref(x);
    genrep_layer_unref(layer);
    return status;
}

const oom_scenario oom_nn[] = {{"training by hand", train_by_hand},
                               {"layers of two inputs", second_inputs},
                               {"parameters and files of layers", parameters},
                               {"a layer of the host's own", own_kind},
                               {NULL, NULL}};
