/* A program that knows the installed library only: it trains a small network, y = x1 * x2, and ends
 * with status 0 if that worked. */
#include <genrep.h>
#include <stdio.h>

#define SAMPLES 64

int main(void) {
    genrep_ctx *ctx = NULL;
    genrep_layer *net = NULL, *loss = NULL;
    genrep_optimizer *optimizer = NULL;
    genrep_tensor *x = NULL, *y = NULL;
    genrep_tape *tape = NULL;
    const int64_t x_shape[] = {SAMPLES, 2}, y_shape[] = {SAMPLES, 1};
    float first = 0, last = 0;
    if (genrep_ctx_new("seed=1", NULL, &ctx)) {
        fprintf(stderr, "no context\n");
        return 1;
    }
    if (genrep_layer_new(ctx, "linear in=2 out=16; tanh; linear out=1", &net) ||
        genrep_layer_new(ctx, "mse", &loss) ||
        genrep_optimizer_new(ctx, "adam lr=0.02", &optimizer) ||
        genrep_optimizer_add(optimizer, net) || genrep_tape_new(ctx, NULL, &tape) ||
        genrep_tensor_new(ctx, GENREP_F32, 2, x_shape, &x) ||
        genrep_tensor_new(ctx, GENREP_F32, 2, y_shape, &y) ||
        genrep_tensor_random(x, "uniform low=-1 high=1", 1)) {
        goto failed;
    }
    for (int i = 0; i < SAMPLES; i++) {
        const float *xs = genrep_tensor_read(x);
        ((float *)genrep_tensor_data(y))[i] = xs[2 * i] * xs[2 * i + 1];
    }
    for (int step = 0; step < 300; step++) {
        genrep_tensor *out = NULL, *value = NULL;
        if (genrep_tape_reset(tape, step) || genrep_layer_apply(net, tape, &x, 1, &out, 1)) {
            goto failed;
        }
        genrep_tensor *pair[] = {out, y};
        if (genrep_layer_apply(loss, tape, pair, 2, &value, 1) ||
            genrep_tape_backward(tape, value) || genrep_optimizer_step(optimizer)) {
            genrep_tensor_unref(out);
            goto failed;
        }
        last = *(const float *)genrep_tensor_read(value);
        if (!step) first = last;
        genrep_tensor_unref(value);
        genrep_tensor_unref(out);
    }
    printf("libgenrep %#x: loss from %g to %g\n", genrep_version(), (double)first, (double)last);
    genrep_tape_unref(tape);
    genrep_tensor_unref(y);
    genrep_tensor_unref(x);
    genrep_optimizer_unref(optimizer);
    genrep_layer_unref(loss);
    genrep_layer_unref(net);
    genrep_ctx_unref(ctx);
    return last < 0.02f && last < first / 5 ? 0 : 1;
failed:
    fprintf(stderr, "%s\n", genrep_ctx_error(ctx));
    return 1;
}
