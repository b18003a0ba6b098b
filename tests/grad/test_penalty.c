/* Gradient penalties of whole discriminators: the gradient by every parameter against differences
 * of the penalty itself, which knows nothing of tangents. */
#include "inputs.h"

#include <support.h>
#include <math.h>
#include <nn/penalty.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-6

typedef struct fixture {
    genrep_ctx *ctx;
    genrep_layer *d;
    genrep_tape *tape;
    genrep_tensor *in[2]; /* samples; and classes, or NULL */
    int32_t n_in;
} fixture;

static fixture open_with(const char *ctx, const char *spec, const char *x, const char *classes) {
    fixture f = {.ctx = support_ctx(ctx), .n_in = classes != NULL ? 2 : 1};
    assert_ok(f.ctx, genrepi_layer_new(f.ctx, spec, NULL, &f.d));
    assert_ok(f.ctx, genrepi_tape_new(f.ctx, 1, &f.tape));
    f.in[0] = case_input(f.ctx, x, 1);
    if (classes != NULL) f.in[1] = case_input(f.ctx, classes, 2);
    for (int64_t i = 0; i < f.d->list->n; i++) { /* scales of 1 and shifts of 0 hide too much */
        const genrepi_parameter_entry *e = &f.d->list->entries[i];
        if (e->gradient == NULL) continue;
        case_normal(e->gradient, 0.2, 10 + (uint64_t)i);
        for (int64_t j = 0; j < e->value->count; j++) {
            genrepi_real(e->value)[j] += genrepi_real(e->gradient)[j];
        }
    }
    genrepi_layer_zero_grad(f.d);
    return f;
}

static void close_all(fixture *f) {
    genrepi_tensor_unref(f->in[0]);
    genrepi_tensor_unref(f->in[1]);
    genrepi_tape_unref(f->tape);
    genrepi_layer_unref(f->d);
    genrepi_ctx_unref(f->ctx);
}

static genrep_tensor *record(const fixture *f) {
    genrep_tensor *y = NULL;
    genrepi_tape_reset(f->tape, 3);
    assert_ok(f->ctx, genrepi_tape_watch(f->tape, f->in[0]));
    assert_ok(f->ctx, genrepi_layer_apply(f->d, f->tape, f->in, f->n_in, &y, 1));
    return y;
}

/* P written out, from the gradient by the input. */
static double penalty_of(const fixture *f, const char *form, double weight) {
    genrep_tensor *y = record(f), *g = NULL;
    assert_ok(f->ctx, genrepi_tape_input_gradient(f->tape, y, f->in[0], &g));
    int64_t batch = g->shape.size[0], n = g->count / batch;
    double sum = 0;
    for (int64_t i = 0; i < batch; i++) {
        double square = 0;
        for (int64_t j = 0; j < n; j++) square += pow((double)genrepi_real(g)[i * n + j], 2);
        double excess = sqrt(square + 1e-12) - 1;
        if (strcmp(form, "R1") == 0) sum += square / 2;
        if (strcmp(form, "WGAN-GP") == 0) sum += excess * excess;
        if (strcmp(form, "one side") == 0) sum += excess > 0 ? excess * excess : 0;
    }
    genrepi_tensor_unref(g);
    genrepi_tensor_unref(y);
    return weight * sum / (double)batch;
}

static genrepi_penalty add(const fixture *f, genrepi_penalty_form *form, double weight) {
    genrepi_penalty p = {-1, -1, -1};
    genrep_tensor *y = record(f);
    assert_ok(f->ctx, genrepi_penalty_add(f->tape, y, f->in[0], form, weight, &p));
    genrepi_tensor_unref(y);
    return p;
}

/* Every element of every parameter; statistics do not move in a penalty. */
static void check(const fixture *f, const char *name, genrepi_penalty_form *form) {
    const double weight = 3;
    genrepi_layer_zero_grad(f->d);
    genrepi_penalty p = add(f, form, weight);
    double expected = penalty_of(f, name, weight), worst = 0, most = 0;
    assert_close(p.value, expected, 1e-13);
    assert_true(expected > 1e-3);
    assert_close(p.along, p.expected, 1e-12);
    if (strcmp(name, "R1") == 0) assert_close(p.along, 2 * p.value, 1e-12);
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t i = 0; i < f->d->list->n; i++) {
            const genrepi_parameter_entry *e = &f->d->list->entries[i];
            if (e->gradient == NULL) continue;
            for (int64_t j = 0; j < e->value->count; j++) {
                real *w = genrepi_real(e->value) + j, was = *w;
                double gradient = (double)genrepi_real(e->gradient)[j], h = 1e-5;
                if (pass == 0) {
                    most = fmax(most, fabs(gradient));
                    continue;
                }
                *w = (real)((double)was + h);
                double high = penalty_of(f, name, weight);
                *w = (real)((double)was - h);
                double low = penalty_of(f, name, weight);
                *w = was;
                worst = fmax(worst, fabs((high - low) / (2 * h) - gradient) / most);
            }
        }
    }
    print_message("    %s: relative error %.1e\n", name, worst);
    assert_true(most > 0);
    assert_true(worst <= TOLERANCE);
}

static void check_forms(const char *spec, const char *x, const char *classes) {
    fixture f = open_with("threads=2 seed=5", spec, x, classes);
    check(&f, "R1", genrepi_penalty_square);
    check(&f, "WGAN-GP", genrepi_penalty_norm);
    close_all(&f);
}

static void penalties_of_a_smooth_critic(void **state) {
    (void)state;
    check_forms("linear in=5 out=7; tanh; layer_norm; linear out=6; sigmoid; linear out=1", "6x5",
                NULL);
}

static void penalties_of_convolutions(void **state) {
    (void)state;
    check_forms(
        "input shape='2 4 6'; conv2d out=4 kernel=4 stride=2 pad=1; tanh; instance_norm affine=1"
        " ; residual { conv2d out=4 pad=1; tanh }; minibatch_stddev; flatten"
        " ; linear out=1",
        "4x2x4x6", NULL);
    check_forms("spectral_norm { conv2d in=1 out=3 pad=1; tanh; conv2d out=2 kernel=1 }"
                " ; conv2d out=1",
                "3x1x4x5", NULL);
}

/* All logits of a sample count, as those of patches do; classes are constants. */
static void penalties_with_classes(void **state) {
    (void)state;
    check_forms("concat { linear in=4 out=3 } { embedding classes=3 out=2 }; tanh"
                " ; linear out=5; sigmoid; linear out=2",
                "5x4", "5 below 3");
}

/* Of piecewise linear critics, at a point away from the kinks. */
static void penalties_of_a_piecewise_linear_critic(void **state) {
    (void)state;
    check_forms("linear in=5 out=9; leaky_relu; linear out=7; prelu; linear out=1", "6x5", NULL);
}

static void the_one_sided_penalty_spares_small_gradients(void **state) {
    (void)state;
    fixture f = open_with("seed=5", "linear in=3 out=8; tanh; linear out=1", "9x3", NULL);
    genrep_tensor *last = f.d->list->entries[2].value;
    for (int64_t j = 0; j < last->count; j++) genrepi_real(last)[j] *= 20;
    check(&f, "one side", genrepi_penalty_norm_one_side);
    for (int64_t j = 0; j < last->count; j++) genrepi_real(last)[j] *= (real)0.001;
    genrepi_layer_zero_grad(f.d);
    genrepi_penalty p = add(&f, genrepi_penalty_norm_one_side, 1);
    assert_true(p.value == 0 && p.along == 0);
    close_all(&f);
}

/* D(x) = w x + b: g = w for each sample, so that R1 is weight |w|^2 / 2 and its gradient weight w.
 */
static void r1_of_a_line_is_known(void **state) {
    (void)state;
    fixture f = open_with("seed=5", "linear in=3 out=1", "4x3", NULL);
    genrepi_penalty p = add(&f, genrepi_penalty_square, 10);
    const real *w = genrepi_real(f.d->list->entries[0].value), *dw;
    dw = genrepi_real(f.d->list->entries[0].gradient);
    double square = 0;
    for (int j = 0; j < 3; j++) {
        square += (double)w[j] * (double)w[j];
        assert_close(dw[j], 10 * w[j], 1e-14);
    }
    assert_close(p.value, 5 * square, 1e-14);
    assert_true(genrepi_real(f.d->list->entries[1].gradient)[0] == 0);
    close_all(&f);
}

/* ---- beside other things on the tape -----------------------------------------------------------
 */

typedef struct gradients {
    double *of;
    size_t n;
} gradients;

static gradients take(const genrep_layer *layer) {
    gradients g = {NULL, 0};
    for (int64_t i = 0; i < layer->list->n; i++) {
        const genrep_tensor *from = layer->list->entries[i].gradient;
        if (from == NULL) continue;
        g.of = realloc(g.of, (g.n + (size_t)from->count + 1) * sizeof *g.of);
        assert_non_null(g.of);
        for (int64_t j = 0; j < from->count; j++) {
            g.of[g.n++] = (double)genrepi_real_read(from)[j];
        }
    }
    return g;
}

/* A loss that is recorded before the penalty: both gradients are added, in either order. */
static void a_loss_and_a_penalty_share_a_recording(void **state) {
    (void)state;
    fixture f =
        open_with("seed=5", "linear in=3 out=8; tanh; layer_norm; linear out=1", "4x3", NULL);
    genrep_layer *bce = NULL;
    genrepi_penalty p;
    assert_ok(f.ctx, genrepi_layer_new(f.ctx, "bce_logits target=1", NULL, &bce));
    gradients of[3];
    for (int which = 0; which < 3; which++) { /* the loss, the penalty, both */
        genrep_tensor *y = record(&f), *loss = NULL;
        genrepi_layer_zero_grad(f.d);
        assert_ok(f.ctx, genrepi_layer_apply(bce, f.tape, &y, 1, &loss, 1));
        if (which >= 1) {
            assert_ok(f.ctx, genrepi_penalty_add(f.tape, y, f.in[0], genrepi_penalty_norm, 2, &p));
        }
        if (which != 1) assert_ok(f.ctx, genrepi_tape_backward(f.tape, loss));
        of[which] = take(f.d);
        genrepi_tensor_unref(loss);
        genrepi_tensor_unref(y);
    }
    for (size_t i = 0; i < of[0].n; i++) {
        assert_close(of[0].of[i] + of[1].of[i], of[2].of[i], 1e-14);
    }
    for (int i = 0; i < 3; i++) free(of[i].of);
    genrepi_layer_unref(bce);
    close_all(&f);
}

/* Samples that a generator made on the same tape are constants of the penalty: its parameters get
 * nothing, and the critic's are what they are for the samples alone. */
static void a_generator_before_it_gets_no_gradient(void **state) {
    (void)state;
    fixture f = open_with("seed=5", "linear in=3 out=8; tanh; linear out=1", "4x3", NULL);
    genrep_layer *g = NULL;
    genrep_tensor *made = NULL, *y = NULL;
    genrepi_penalty p[2];
    assert_ok(f.ctx, genrepi_layer_new(f.ctx, "linear in=3 out=3; tanh", NULL, &g));
    genrepi_tape_reset(f.tape, 0);
    assert_ok(f.ctx, genrepi_layer_apply(g, f.tape, f.in, 1, &made, 1));
    assert_ok(f.ctx, genrepi_layer_apply(f.d, f.tape, &made, 1, &y, 1));
    assert_ok(f.ctx, genrepi_penalty_add(f.tape, y, made, genrepi_penalty_square, 2, &p[0]));
    genrepi_tensor_unref(y);
    gradients of_g = take(g), of_d = take(f.d);
    for (size_t i = 0; i < of_g.n; i++) assert_true(of_g.of[i] == 0);
    assert_ok(f.ctx, genrepi_tensor_copy(f.in[0], made));
    genrepi_layer_zero_grad(f.d);
    p[1] = add(&f, genrepi_penalty_square, 2);
    gradients alone = take(f.d);
    assert_memory_equal(alone.of, of_d.of, alone.n * sizeof *alone.of);
    assert_true(p[0].value == p[1].value && p[0].along == p[1].along);
    free(of_g.of);
    free(of_d.of);
    free(alone.of);
    genrepi_tensor_unref(made);
    genrepi_layer_unref(g);
    close_all(&f);
}

/* h = L(L(x)), one layer twice: <q, h'> + <d, h> by x and by the parameters. */
static void a_layer_may_be_used_twice(void **state) {
    (void)state;
    fixture f = open_with("seed=5", "linear in=4 out=4; tanh; layer_norm", "3x4", NULL);
    genrep_tensor *t = case_input(f.ctx, "3x4", 20), *q = case_input(f.ctx, "3x4", 21);
    double values[2] = {0, 0}, analytic = 0;
    const genrepi_parameter_entry *e = &f.d->list->entries[0];
    real *w = genrepi_real(e->value) + 5, was = *w;
    for (int side = -1; side < 2; side++) {
        genrep_tensor *once, *twice = NULL, *tangent = NULL;
        *w = (real)((double)was + (side < 0 ? 0 : side == 0 ? 1e-5 : -1e-5));
        once = record(&f);
        assert_ok(f.ctx, genrepi_layer_apply(f.d, f.tape, &once, 1, &twice, 1));
        assert_ok(f.ctx, genrepi_tape_tangent(f.tape, 1, f.in, &t, twice, &tangent));
        for (int64_t i = 0; i < 12 && side >= 0; i++) {
            values[side] += (double)genrepi_real(q)[i] *
                            ((double)genrepi_real(tangent)[i] + (double)genrepi_real(twice)[i]);
        }
        if (side < 0) {
            genrepi_layer_zero_grad(f.d);
            assert_ok(f.ctx,
                      genrepi_tape_tangent_backward(f.tape, twice, q, q, 0, NULL, NULL, NULL));
            analytic = (double)genrepi_real(e->gradient)[5];
        }
        genrepi_tensor_unref(tangent);
        genrepi_tensor_unref(twice);
        genrepi_tensor_unref(once);
    }
    assert_close((values[0] - values[1]) / 2e-5, analytic, 1e-8);
    assert_true(fabs(analytic) > 1e-2);
    genrepi_tensor_unref(t);
    genrepi_tensor_unref(q);
    close_all(&f);
}

/* ---- what is refused, and memory ---------------------------------------------------------------
 */

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    fixture f = open_with("seed=5", "linear in=3 out=2; tanh; linear out=1", "4x3", NULL);
    genrep_tensor *wrong = case_input(f.ctx, "3x4", 1), *empty = case_input(f.ctx, "0x3", 1);
    genrep_tensor *z = case_input(f.ctx, "4x3", 2), *t = case_input(f.ctx, "4x1", 3);
    genrep_tensor *y = record(&f), *of_z = NULL, *loss = NULL, *out = NULL;
    genrep_layer *mse = NULL;
    genrepi_penalty p = {7, 7, 7};
    genrepi_penalty_form *form = genrepi_penalty_square;
    assert_error(f.ctx, genrepi_penalty_add(f.tape, y, wrong, form, 1, &p), GENREP_E_INVALID,
                 "watched");
    assert_error(f.ctx, genrepi_penalty_add(f.tape, wrong, f.in[0], form, 1, &p), GENREP_E_INVALID,
                 "recording");
    assert_error(f.ctx, genrepi_penalty_add(f.tape, y, empty, form, 1, &p), GENREP_E_INVALID,
                 "batch of samples");
    assert_error(f.ctx, genrepi_tape_tangent(f.tape, 1, f.in, &wrong, y, &out), GENREP_E_INVALID,
                 "another shape");
    assert_error(f.ctx, genrepi_tape_tangent_backward(f.tape, y, NULL, NULL, 0, NULL, NULL, NULL),
                 GENREP_E_STATE, "no tangent yet");
    assert_ok(f.ctx, genrepi_tape_tangent(f.tape, 1, f.in, f.in, y, &out));
    genrepi_tensor_unref(out);
    assert_error(f.ctx, genrepi_tape_tangent_backward(f.tape, y, wrong, NULL, 0, NULL, NULL, NULL),
                 GENREP_E_INVALID, "another shape");
    assert_ok(f.ctx, genrepi_layer_apply(f.d, f.tape, &z, 1, &of_z, 1));
    assert_error(f.ctx, genrepi_penalty_add(f.tape, of_z, f.in[0], form, 1, &p), GENREP_E_INVALID,
                 "does not depend");
    assert_error(f.ctx, genrepi_tape_tangent(f.tape, 1, f.in, f.in, of_z, &out), GENREP_E_INVALID,
                 "does not depend");
    assert_ok(f.ctx, genrepi_layer_new(f.ctx, "mse", NULL, &mse));
    assert_ok(f.ctx, genrepi_layer_apply(mse, f.tape, (genrep_tensor *[]){y, t}, 2, &loss, 1));
    assert_error(f.ctx, genrepi_penalty_add(f.tape, loss, f.in[0], form, 1, &p),
                 GENREP_E_UNSUPPORTED, "layer 0 (mse): has no tangent");
    assert_true(p.value == 7 && p.along == 7 && p.expected == 7);
    assert_ok(f.ctx, genrepi_penalty_add(f.tape, y, f.in[0], form, 1, &p));
    assert_ok(f.ctx, genrepi_tape_backward(f.tape, loss));
    assert_error(f.ctx, genrepi_penalty_add(f.tape, y, f.in[0], form, 1, &p), GENREP_E_STATE,
                 "gone back already");
    genrep_tensor *all[] = {wrong, empty, z, t, y, of_z, loss};
    for (int i = 0; i < 7; i++) genrepi_tensor_unref(all[i]);
    genrepi_layer_unref(mse);
    close_all(&f);
}

/* A step: the penalty, and back from the output. */
static int32_t step(const fixture *f) {
    genrep_tensor *y = NULL, *in = f->in[0];
    genrepi_penalty p;
    genrepi_layer_zero_grad(f->d);
    genrepi_tape_reset(f->tape, 3);
    int32_t status = genrepi_tape_watch(f->tape, in);
    if (status == 0) status = genrepi_layer_apply(f->d, f->tape, &in, 1, &y, 1);
    if (status == 0) {
        status = genrepi_penalty_add(f->tape, y, in, genrepi_penalty_norm, 2, &p);
    }
    if (status == 0) status = genrepi_tape_backward_from(f->tape, 1, &y, &y);
    genrepi_tensor_unref(y);
    return status;
}

static void memory_that_runs_out_is_an_error_and_no_more(void **state) {
    (void)state;
    static const char spec[] = "conv2d in=2 out=4 pad=1; tanh; instance_norm affine=1"
                               "; minibatch_stddev; residual { conv2d out=5 pad=1; prelu }"
                               "; flatten; linear out=6; layer_norm; linear out=1; softmax";
    support_memory memory = {0};
    genrep_allocator allocator = support_allocator(&memory);
    fixture f = {.n_in = 1};
    assert_int_equal(genrep_ctx_new("threads=2", &allocator, &f.ctx), 0);
    assert_ok(f.ctx, genrepi_layer_new(f.ctx, spec, &(genrepi_shape){4, {-1, 2, 4, 4}}, &f.d));
    f.in[0] = case_input(f.ctx, "4x2x4x4", 1);
    assert_ok(f.ctx, genrepi_tape_new(f.ctx, 1, &f.tape));
    int failures = 0;
    for (int64_t at = 1; failures < 1000; at++, failures++) {
        memory.fail_at = memory.allocations + at;
        int32_t status = step(&f);
        memory.fail_at = 0;
        if (status == 0) break;
        assert_int_equal(status, GENREP_E_NOMEM);
    }
    assert_true(failures > 10 && failures < 1000);
    gradients after = take(f.d);
    int64_t before = memory.allocations;
    assert_ok(f.ctx, step(&f));
    assert_ok(f.ctx, step(&f));
    assert_int_equal(memory.allocations, before);
    gradients again = take(f.d);
    assert_memory_equal(after.of, again.of, again.n * sizeof *again.of);
    free(after.of);
    free(again.of);
    close_all(&f);
    assert_int_equal(memory.blocks, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(penalties_of_a_smooth_critic),
        cmocka_unit_test(penalties_of_convolutions),
        cmocka_unit_test(penalties_with_classes),
        cmocka_unit_test(penalties_of_a_piecewise_linear_critic),
        cmocka_unit_test(the_one_sided_penalty_spares_small_gradients),
        cmocka_unit_test(r1_of_a_line_is_known),
        cmocka_unit_test(a_loss_and_a_penalty_share_a_recording),
        cmocka_unit_test(a_generator_before_it_gets_no_gradient),
        cmocka_unit_test(a_layer_may_be_used_twice),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(memory_that_runs_out_is_an_error_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
