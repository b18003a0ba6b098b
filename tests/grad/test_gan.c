/* The losses of adversarial training through what genrep_trainer_step()
 * runs: with sgd lr=1 a step changes a network by its gradient, and the loss is the step's metric.
 */
#include <math.h>
#include <points.h>
#include <stdio.h>
#include <string.h>

#define TOLERANCE 1e-6

/* What is asked: the gradient of `loss` with respect to the parameters of `part`. */
typedef struct question {
    const char *part, *loss, *spec;
} question;

/* The optimizers in the spec of a question: this one moves, the other stands still. */
static void complete(const question *q, char *spec, size_t bytes) {
    int generator = strcmp(q->part, "generator") == 0;
    snprintf(spec, bytes, "%s batch=5 latent=2 optimizer_%s='sgd lr=1' optimizer_%s='sgd lr=0'",
             q->spec, generator ? "g" : "d", generator ? "d" : "g");
}

static genrep_trainer *trainer_of(genrep_ctx *ctx, genrep_dataset *data, const question *q) {
    char spec[1024];
    genrep_trainer *trainer = NULL;
    complete(q, spec, sizeof spec);
    assert_ok(ctx, genrep_trainer_new(ctx, spec, data, &trainer));
    return trainer;
}

/* Parameter `index` of the part: its numbers, how many they are, whether it is trained. */
static double *numbers(genrep_ctx *ctx, genrep_trainer *trainer, const char *part, int64_t index,
                       int64_t *count, int *trained) {
    genrep_layer *layer = NULL;
    genrep_tensor *value, *gradient;
    assert_ok(ctx, genrep_trainer_layer(trainer, part, &layer));
    if (index >= genrep_layer_parameters(layer)) {
        genrep_layer_unref(layer);
        return NULL;
    }
    assert_ok(ctx, genrep_layer_parameter(layer, index, NULL, &value, &gradient));
    assert_ok(ctx, genrep_tensor_info(value, NULL, NULL, NULL, count));
    *trained = gradient != NULL;
    genrep_layer_unref(layer); /* the trainer still has it */
    return genrep_tensor_data(value);
}

/* The loss of the first step of a new trainer, with one number moved by h. */
static double loss_at(genrep_ctx *ctx, genrep_dataset *data, const question *q, int64_t index,
                      int64_t element, double h) {
    genrep_trainer *trainer = trainer_of(ctx, data, q);
    int64_t count;
    int trained;
    double loss = NAN;
    numbers(ctx, trainer, q->part, index, &count, &trained)[element] += h;
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    assert_ok(ctx, genrep_trainer_metric(trainer, q->loss, &loss));
    genrep_trainer_unref(trainer);
    return loss;
}

/* The error of the difference nearest to the gradient: near a kink a smaller step is the right one.
 */
static double error_of(genrep_ctx *ctx, genrep_dataset *data, const question *q, int64_t index,
                       int64_t element, double gradient) {
    double best = INFINITY;
    for (double h = 1e-4; h > 5e-6 && best > TOLERANCE * fabs(gradient); h /= 10) {
        double slope =
            (loss_at(ctx, data, q, index, element, h) - loss_at(ctx, data, q, index, element, -h)) /
            (2 * h);
        best = fmin(best, fabs(slope - gradient));
    }
    return best;
}

static void gradient_is_that_of_the_loss(void **state) {
    const question *q = *state;
    genrep_ctx *ctx = support_ctx("seed=3");
    genrep_dataset *data = support_points(ctx, 20, 3);
    genrep_trainer *before = trainer_of(ctx, data, q), *after = trainer_of(ctx, data, q);
    int64_t checked = 0, count = 0;
    double largest = 0, worst = 0;
    int trained;
    assert_ok(ctx, genrep_trainer_step(after, 1));
    for (int64_t index = 0;; index++) {
        const double *from = numbers(ctx, before, q->part, index, &count, &trained);
        const double *to = numbers(ctx, after, q->part, index, &count, &trained);
        if (from == NULL) break;
        for (int64_t i = 0; trained && i < count; i++, checked++) {
            double gradient = from[i] - to[i];
            largest = fmax(largest, fabs(gradient));
            worst = fmax(worst, error_of(ctx, data, q, index, i, gradient));
        }
    }
    assert_true(checked > 30);
    assert_true(largest > 1e-3);
    print_message("    %lld numbers, relative error %.1e\n", (long long)checked, worst / largest);
    assert_true(worst <= TOLERANCE * largest);
    genrep_trainer_unref(before);
    genrep_trainer_unref(after);
    genrep_dataset_unref(data);
    genrep_ctx_unref(ctx);
}

#define GAN                                                                                        \
    "gan generator='linear in=2 out=3; batch_norm; tanh; linear out=4' "                           \
    "discriminator='linear in=4 out=5; tanh; dropout p=0.3; linear out=1' "
#define CGAN                                                                                       \
    "cgan generator='concat { } { embedding classes=3 out=2 }; linear in=4 out=3; tanh; "          \
    "linear out=4' discriminator='concat { } { embedding classes=3 out=2 }; linear in=6 out=3; "   \
    "leaky_relu; linear out=1' "

static const question questions[] = {
    {"generator", "loss_g", GAN},
    {"generator", "loss_g", GAN "loss=minimax"},
    {"generator", "loss_g", GAN "fresh=1 d_steps=2"},
    {"generator", "loss_g", CGAN},
    {"generator", "loss_g", CGAN "loss=minimax fresh=1"},
    {"discriminator", "loss_d", GAN},
    {"discriminator", "loss_d", GAN "smoothing=0.1 loss=minimax"},
    {"discriminator", "loss_d", CGAN},
};
enum { QUESTIONS = sizeof questions / sizeof questions[0] };

int main(void) {
    struct CMUnitTest own[QUESTIONS];
    static char names[QUESTIONS][512];
    for (int i = 0; i < QUESTIONS; i++) {
        const question *q = &questions[i];
        snprintf(names[i], sizeof names[i], "%s by %s: %s", q->loss, q->part, q->spec);
        own[i] = (struct CMUnitTest){names[i], gradient_is_that_of_the_loss, NULL, NULL,
                                     (void *)(uintptr_t)q};
    }
    return cmocka_run_group_tests_name("gan", own, NULL, NULL);
}
