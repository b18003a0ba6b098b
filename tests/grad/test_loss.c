/* Losses, with the known answers of mathematics 2.20 and 2.10. */
#include "gradient.h"
#include "inputs.h"

#include <math.h>
#include <nn/tape.h>
#include <string.h>

/* The loss of a prediction (of `value` everywhere, or the tensor) and perhaps a target. */
static double loss_of(const char *spec, int32_t n, genrep_tensor *const *in) {
    genrep_ctx *ctx = in[0]->ctx;
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    genrep_tensor *out = NULL;
    assert_ok(ctx, genrepi_layer_new(ctx, spec, NULL, &layer));
    assert_ok(ctx, genrepi_tape_new(ctx, 0, &tape));
    assert_ok(ctx, genrepi_layer_apply(layer, tape, in, n, &out, 1));
    assert_int_equal(out->shape.rank, 0);
    double value = (double)genrepi_real(out)[0];
    genrepi_tensor_unref(out);
    genrepi_tape_unref(tape);
    genrepi_layer_unref(layer);
    return value;
}

static double loss_at(const char *spec, double x) {
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *in = case_input(ctx, "6x1", 1);
    assert_ok(ctx, genrepi_tensor_fill(in, x));
    double value = loss_of(spec, 1, &in);
    genrepi_tensor_unref(in);
    genrepi_ctx_unref(ctx);
    return value;
}

static void a_blind_discriminator_has_the_known_losses(void **state) {
    (void)state;
    double real_loss = loss_at("bce_logits target=1", 0);
    assert_close(real_loss + loss_at("bce_logits target=0", 0), 1.3862943611198906, 1e-15);
    assert_close(real_loss, 0.6931471805599453, 1e-15); /* the non-saturating generator's */
    assert_close(loss_at("hinge target=1", 0) + loss_at("hinge target=-1", 0), 2, 1e-15);
}

static void logits_of_any_size_have_finite_losses(void **state) {
    (void)state;
    assert_close(loss_at("bce_logits target=1", -800), 800, 1e-15);
    assert_true(loss_at("bce_logits target=1", 800) == 0);
    assert_close(loss_at("bce_logits target=1", 30) / 9.357622968839737e-14, 1, 1e-14);
    assert_close(loss_at("bce_logits target=0.9", 0), 0.6931471805599453, 1e-15);
    assert_close(loss_at("hinge target=-1", 3), 4, 1e-15);
}

/* Equal logits: log of the number of classes, whatever they are and however smoothed. */
static void a_blind_classifier_has_the_logarithm_of_its_classes(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *in[2] = {case_input(ctx, "4x10", 1), case_input(ctx, "4 below 10", 2)};
    const double logits[] = {0, 1000, -1000};
    for (int i = 0; i < 3; i++) {
        assert_ok(ctx, genrepi_tensor_fill(in[0], logits[i]));
        assert_close(loss_of("cross_entropy", 2, in), 2.302585092994046, 1e-15);
        assert_close(loss_of("cross_entropy smoothing=0.3", 2, in), 2.302585092994046, 1e-12);
    }
    genrepi_tensor_unref(in[0]);
    genrepi_tensor_unref(in[1]);
    genrepi_ctx_unref(ctx);
}

/* Rows of 5 logits: log sum exp(z) - z_t, in the plain way; softplus likewise. */
static void losses_are_their_formulas(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *in[2] = {case_input(ctx, "4x5", 1), case_input(ctx, "4 below 5", 2)};
    double sum = 0, bce = 0, hinge = 0;
    for (int64_t i = 0; i < 4; i++) {
        const real *z = genrepi_real(in[0]) + 5 * i;
        double all = 0;
        for (int j = 0; j < 5; j++) {
            all += exp((double)z[j]);
            bce += log(1 + exp((double)z[j])) - 0.9 * (double)z[j];
            hinge += fmax(0, 1 + (double)z[j]);
        }
        sum += log(all) - (double)z[((int32_t *)in[1]->data)[i]];
    }
    assert_close(loss_of("cross_entropy", 2, in), sum / 4, 1e-14);
    assert_close(loss_of("bce_logits target=0.9", 1, in), bce / 20, 1e-14);
    assert_close(loss_of("hinge target=-1", 1, in), hinge / 20, 1e-14);
    genrepi_tensor_unref(in[0]);
    genrepi_tensor_unref(in[1]);
    genrepi_ctx_unref(ctx);
}

/* Smoothing mixes the loss with that of every class. */
static void smoothing_is_a_mixture_of_targets(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *in[2] = {case_input(ctx, "4x5", 1), case_input(ctx, "4 below 5", 2)};
    double plain = loss_of("cross_entropy", 2, in),
           smooth = loss_of("cross_entropy smoothing=0.2", 2, in);
    double all = 0;
    for (int32_t c = 0; c < 5; c++) {
        assert_ok(ctx, genrepi_tensor_fill(in[1], c));
        all += loss_of("cross_entropy", 2, in) / 5;
    }
    assert_close(smooth, 0.8 * plain + 0.2 * all, 1e-14);
    genrepi_tensor_unref(in[0]);
    genrepi_tensor_unref(in[1]);
    genrepi_ctx_unref(ctx);
}

/* (1, -2), (0, 2): (1 + 16) / 2 and (1 + 4) / 2. */
static void distances_are_means_over_elements(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *in[2] = {case_input(ctx, "2", 1), case_input(ctx, "2", 2)};
    genrepi_real(in[0])[0] = 1, genrepi_real(in[0])[1] = -2;
    genrepi_real(in[1])[0] = 0, genrepi_real(in[1])[1] = 2;
    assert_close(loss_of("mse", 2, in), 8.5, 1e-15);
    assert_close(loss_of("l1", 2, in), 2.5, 1e-15);
    genrepi_tensor_unref(in[0]);
    genrepi_tensor_unref(in[1]);
    genrepi_ctx_unref(ctx);
}

/* Mathematics 2.10 and 2.20, of a discriminator that says 0 and of one that says 2 to real and -1
 * to made samples. */
static void games_have_the_known_losses(void **state) {
    (void)state;
    static const struct {
        const char *options;
        double blind_d, blind_g, d, g;
    } rows[] = {
        {"", 1.386294361119891, 0.693147180559945, 0.440189698561196, 1.313261687518223},
        {" loss=minimax", 1.386294361119891, -0.693147180559945, 0.440189698561196,
         -0.313261687518223},
        {" loss=lsgan", 0.5, 0.5, 1, 2},
        {" loss=hinge", 2, 0, 0, 1},
        {" loss=wgan", 0, 0, -3, 1},
        {" loss=relativistic", 1.386294361119891, 1.386294361119891, 0.0971747031475452,
         6.0971747031475452},
    };
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *in[2] = {case_input(ctx, "6x1", 1), case_input(ctx, "4x2", 2)};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char d[64] = "adversarial_d", g[64] = "adversarial_g";
        strcat(d, rows[i].options);
        strcat(g, rows[i].options);
        for (int blind = 0; blind < 2; blind++) {
            genrep_tensor *swapped[2] = {in[1], in[0]};
            const int n = strcmp(rows[i].options, " loss=relativistic") == 0 ? 2 : 1;
            assert_ok(ctx, genrepi_tensor_fill(in[0], blind ? 0 : 2));
            assert_ok(ctx, genrepi_tensor_fill(in[1], blind ? 0 : -1));
            assert_close(loss_of(d, 2, in), blind ? rows[i].blind_d : rows[i].d, 1e-13);
            assert_close(loss_of(g, n, swapped), blind ? rows[i].blind_g : rows[i].g, 1e-13);
        }
    }
    /* softplus(-2) + 0.1 * 2 + softplus(-1), and (2 - 0.9)^2 / 2 + 1 / 2 */
    assert_ok(ctx, genrepi_tensor_fill(in[0], 2));
    assert_ok(ctx, genrepi_tensor_fill(in[1], -1));
    assert_close(loss_of("adversarial_d smoothing=0.1", 2, in), 0.640189698561196, 1e-13);
    assert_close(loss_of("adversarial_d loss=lsgan smoothing=0.1", 2, in), 1.105, 1e-13);
    genrepi_tensor_unref(in[0]);
    genrepi_tensor_unref(in[1]);
    genrepi_ctx_unref(ctx);
}

/* Numbers far out lose nothing and overflow nowhere. */
static void games_are_finite_for_any_logit(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *in[2] = {case_input(ctx, "2x1", 1), case_input(ctx, "2x1", 2)};
    assert_ok(ctx, genrepi_tensor_fill(in[0], -900));
    assert_ok(ctx, genrepi_tensor_fill(in[1], 800));
    assert_close(loss_of("adversarial_d", 2, in), 1700, 1e-12);
    assert_close(loss_of("adversarial_d loss=relativistic", 2, in), 3400, 1e-12);
    assert_close(loss_of("adversarial_g loss=minimax", 1, in + 1), -800, 1e-12);
    genrepi_tensor_unref(in[0]);
    genrepi_tensor_unref(in[1]);
    genrepi_ctx_unref(ctx);
}

/* What is not known neither costs nor pulls, and does not count. */
static void unknown_attributes_do_not_count(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *in[2] = {case_input(ctx, "2x2", 1), case_input(ctx, "2x2", 2)};
    const double x[] = {1, -3, 0.5, 7}, a[] = {1, 0, -1, 0};
    for (int i = 0; i < 4; i++) {
        genrepi_real(in[0])[i] = (real)x[i];
        genrepi_real(in[1])[i] = (real)a[i];
    }
    assert_close(loss_of("attribute_loss", 2, in), (log1p(exp(-1)) + log1p(exp(0.5))) / 2, 1e-14);
    assert_ok(ctx, genrepi_tensor_fill(in[1], 0));
    assert_true(loss_of("attribute_loss", 2, in) == 0);
    genrepi_tensor_unref(in[0]);
    genrepi_tensor_unref(in[1]);
    genrepi_ctx_unref(ctx);
}

/* 0 1 / 3 2: 1 and 1 across, 3 and 1 down, over 4 elements; and the signs of the differences. */
static void total_variation_has_its_known_value(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *x = case_input(ctx, "1x1x2x2", 1), *dx = NULL, *loss = NULL;
    const double values[] = {0, 1, 3, 2}, gradient[] = {-0.5, 0, 0.5, 0};
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    for (int i = 0; i < 4; i++) genrepi_real(x)[i] = (real)values[i];
    assert_ok(ctx, genrepi_layer_new(ctx, "total_variation", NULL, &layer));
    assert_ok(ctx, genrepi_tape_new(ctx, 1, &tape));
    assert_ok(ctx, genrepi_tape_watch(tape, x));
    assert_ok(ctx, genrepi_layer_apply(layer, tape, &x, 1, &loss, 1));
    assert_close((double)genrepi_real(loss)[0], 1.5, 1e-15);
    assert_ok(ctx, genrepi_tape_backward(tape, loss));
    assert_ok(ctx, genrepi_tape_grad(tape, x, &dx));
    for (int i = 0; i < 4; i++) assert_close((double)genrepi_real(dx)[i], gradient[i], 1e-15);
    genrepi_tensor_unref(dx);
    genrepi_tensor_unref(loss);
    genrepi_tensor_unref(x);
    genrepi_tape_unref(tape);
    genrepi_layer_unref(layer);
    genrepi_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest own[] = {
        cmocka_unit_test(a_blind_discriminator_has_the_known_losses),
        cmocka_unit_test(games_have_the_known_losses),
        cmocka_unit_test(games_are_finite_for_any_logit),
        cmocka_unit_test(unknown_attributes_do_not_count),
        cmocka_unit_test(logits_of_any_size_have_finite_losses),
        cmocka_unit_test(a_blind_classifier_has_the_logarithm_of_its_classes),
        cmocka_unit_test(losses_are_their_formulas),
        cmocka_unit_test(smoothing_is_a_mixture_of_targets),
        cmocka_unit_test(distances_are_means_over_elements),
        cmocka_unit_test(total_variation_has_its_known_value)};
    return gradient_main("test_loss", own, sizeof own / sizeof own[0]);
}
