/* What adversarial training is for: eight Gaussians on a ring, learnt from noise. */
#include "gan_parts.h"

#include <math.h>
#include <string.h>

enum { POINTS = 4000, SAMPLES = 1000, MODES = 8 };

/* Points around the MODES corners on the unit circle, standard deviation 0.05. */
static genrep_dataset *ring(genrep_ctx *ctx) {
    static const char *const images = "images";
    const int64_t shape[] = {POINTS, 2};
    genrep_tensor *x = NULL;
    genrep_dataset *data = NULL;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, shape, &x));
    assert_ok(ctx, genrep_tensor_random(x, "normal mean=0 std=0.05", 1));
    float *point = genrep_tensor_data(x);
    for (int i = 0; i < POINTS; i++) {
        double angle = 6.283185307179586 * (i % MODES) / MODES;
        point[2 * i] += (float)cos(angle);
        point[2 * i + 1] += (float)sin(angle);
    }
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 1, &images, &x, &data));
    genrep_tensor_unref(x);
    return data;
}

/* The share of samples nearer than 0.25 to a corner, and how many corners have at least 2 %. */
static double near_corners(genrep_ctx *ctx, genrep_trainer *trainer, int *corners) {
    genrep_tensor *samples = NULL;
    int hits[MODES] = {0}, all = 0;
    assert_ok(ctx, genrep_trainer_sample(trainer, SAMPLES, NULL, 1, &samples));
    const float *x = genrep_tensor_read(samples);
    for (int i = 0; i < SAMPLES; i++) {
        int corner =
            (int)lround(atan2((double)x[2 * i + 1], (double)x[2 * i]) * MODES / 6.283185307179586);
        corner = (corner + MODES) % MODES;
        double angle = 6.283185307179586 * corner / MODES;
        if (hypot((double)x[2 * i] - cos(angle), (double)x[2 * i + 1] - sin(angle)) > 0.25)
            continue;
        hits[corner]++;
        all++;
    }
    *corners = 0;
    for (int i = 0; i < MODES; i++) *corners += hits[i] >= SAMPLES / 50;
    genrep_tensor_unref(samples);
    return (double)all / SAMPLES;
}

static void samples_come_to_lie_on_the_ring(void **state) {
    const char *options = *state;
    char spec[1024] = "gan batch=128 latent=2 ema=0.99 "
                      "generator='linear in=2 out=64; leaky_relu slope=0.2; linear out=64; "
                      "leaky_relu slope=0.2; linear out=2' "
                      "discriminator='linear in=2 out=64; leaky_relu slope=0.2; linear out=64; "
                      "leaky_relu slope=0.2; linear out=1' optimizer_g='adam lr=1e-3 beta1=0.5' "
                      "optimizer_d='adam lr=1e-3 beta1=0.5' ";
    genrep_ctx *ctx = support_ctx("threads=2");
    genrep_dataset *data = ring(ctx);
    genrep_trainer *trainer = trainer_on(ctx, data, strcat(spec, options));
    int before, corners;
    double first = near_corners(ctx, trainer, &before);
    assert_ok(ctx, genrep_trainer_step(trainer, 3000));
    double share = near_corners(ctx, trainer, &corners);
    print_message("    %.0f %% of the samples near %d of the corners; before: %.0f %% near %d\n",
                  100 * share, corners, 100 * first, before);
    assert_true(first < 0.1);
    assert_true(share > 0.7);
    assert_true(corners >= (strstr(options, "r1=") != NULL ? MODES : 5));
    genrep_dataset_unref(data);
    end(trainer, ctx);
}

int main(void) {
    static char plain[] = "", minimax[] = "loss=minimax", r1[] = "r1=0.5";
    const struct CMUnitTest tests[] = {
        {"non-saturating: samples come to lie on the ring", samples_come_to_lie_on_the_ring, NULL,
         NULL, plain},
        {"minimax: samples come to lie on the ring", samples_come_to_lie_on_the_ring, NULL, NULL,
         minimax},
        {"R1: samples come to lie on all of the ring", samples_come_to_lie_on_the_ring, NULL, NULL,
         r1},
    };
    return cmocka_run_group_tests_name("gan: ring", tests, NULL, NULL);
}
