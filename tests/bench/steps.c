/* The time of a training step of the networks that docs/benchmarks.md compares with PyTorch.
 *
 *   steps W1 -threads 2 -steps 50 -json
 *
 * prints one line of JSON: workload, threads, median_ms, min_ms, first_ms, ready_ms, peak_rss_mb.
 * Data are random and in memory, as in the programs it is compared with. */
#include "cli.h"
#include "steps_images.h"
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

typedef struct workload {
    const char *name, *about, *trainer;
    int32_t rank;
    int64_t sample[4]; /* of the images */
    int64_t classes;   /* 0: no labels */
    int64_t size;      /* of image translation, which has no trainer */
} workload;

#define DCGAN(size)                                                                                \
    "gan batch=64 generator='dcgan_generator size=" size "' "                                      \
    "discriminator='dcgan_discriminator size=" size "'"

/* A small StyleGAN2: eight layers of mapping, two modulated convolutions at each of four sizes, the
 * images of all sizes added up. */
#define MODULATED(in, out)                                                                         \
    "modulated_conv2d in=" in " out=" out " kernel=3 pad=1 style=512; noise features=" out         \
    "; leaky_relu slope=0.2; "
#define TO_RGB(in) "modulated_conv2d in=" in " out=3 kernel=1 style=512 demodulate=0 "
#define DOUBLE "upsample mode=bilinear "
#define STYLE_G                                                                                    \
    "pixel_norm; repeat 8 { linear in=512 out=512; leaky_relu slope=0.2 }; conditioned { "         \
    "constant shape=\"256 4 4\" init=\"normal std=1\"; " MODULATED("256", "256")                   \
        MODULATED("256", "256") "add { " TO_RGB(                                                   \
            "256") "; " DOUBLE "; " DOUBLE "; " DOUBLE "} { " DOUBLE "; " MODULATED("256", "256")  \
            MODULATED("256", "256") "add { " TO_RGB(                                               \
                "256") "; " DOUBLE "; " DOUBLE "} { " DOUBLE "; " MODULATED("256", "128")          \
                MODULATED("128", "128") "add { " TO_RGB("128") "; " DOUBLE "} { " DOUBLE           \
                                                               "; " MODULATED("128", "64")         \
                                                                   MODULATED("64", "64")           \
                                                                       TO_RGB("64") "} } } }"
#define CONVOLVED(in, out) "conv2d in=" in " out=" out " kernel=3 pad=1; leaky_relu slope=0.2; "
#define STYLE_D                                                                                    \
    "conv2d in=3 out=64 kernel=1; leaky_relu slope=0.2; " CONVOLVED("64", "64")                    \
        CONVOLVED("64", "128") "avg_pool; " CONVOLVED("128", "128")                                \
            CONVOLVED("128", "256") "avg_pool; " CONVOLVED("256", "256")                           \
                CONVOLVED("256", "256") "avg_pool; " CONVOLVED(                                    \
                    "256", "256") "flatten; linear in=4096 out=256; leaky_relu slope=0.2; "        \
                                  "linear in=256 out=1"
#define STYLE_ADAM "'adam lr=2e-3 beta1=0 beta2=0.99' "

static const workload workloads[] = {
    {"W1", "MLP GAN, 784 pixels, batch 128", "gan batch=128", 1, {784}, 0, 0},
    {"W2-32", "DCGAN, 3 x 32 x 32, batch 64", DCGAN("32"), 3, {3, 32, 32}, 0, 0},
    {"W2-64", "DCGAN, 3 x 64 x 64, batch 64", DCGAN("64"), 3, {3, 64, 64}, 0, 0},
    {"W3",
     "MLP conditional GAN, 10 classes, batch 128",
     "cgan batch=128 classes=10",
     1,
     {784},
     10,
     0},
    {"W4-128", "pix2pix, U-Net of 7 levels, 128 x 128", NULL, 0, {0}, 0, 128},
    {"W4-256", "pix2pix, U-Net of 8 levels, 256 x 256", NULL, 0, {0}, 0, 256},
    {"W5-128", "CycleGAN, 6 residual blocks, 128 x 128", NULL, 1, {0}, 0, 128},
    {"W5-256", "CycleGAN, 9 residual blocks, 256 x 256", NULL, 1, {0}, 0, 256},
    {"W6",
     "small StyleGAN2, 3 x 32 x 32, batch 16",
     "gan batch=16 latent=512 optimizer_g=" STYLE_ADAM "optimizer_d=" STYLE_ADAM
     "generator='" STYLE_G "' discriminator='" STYLE_D "'",
     3,
     {3, 32, 32},
     0,
     0},
};
enum { N_WORKLOADS = sizeof workloads / sizeof workloads[0], IMAGES = 1024 };

static genrep_dataset *make_data(genrep_ctx *ctx, const workload *w) {
    const char *names[2] = {"images", "labels"};
    genrep_tensor *tensors[2] = {NULL, NULL};
    genrep_dataset *data = NULL;
    int64_t shape[5] = {IMAGES, 0, 0, 0, 0};
    memcpy(shape + 1, w->sample, (size_t)w->rank * sizeof *shape);
    if (genrep_tensor_new(ctx, GENREP_U8, w->rank + 1, shape, &tensors[0]) != 0 ||
        genrep_tensor_random(tensors[0], "integer low=0 high=255", 1) != 0 ||
        genrep_tensor_new(ctx, GENREP_I32, 1, shape, &tensors[1]) != 0 ||
        genrep_tensor_random(tensors[1], "integer low=0 high=9", 2) != 0 ||
        genrep_dataset_from_tensors(ctx, w->classes > 0 ? 2 : 1, names, tensors, &data) != 0) {
        cli_die(ctx, "data");
    }
    genrep_tensor_unref(tensors[0]);
    genrep_tensor_unref(tensors[1]);
    return data;
}

/* What is timed: a trainer, or steps by hand. */
typedef struct runner {
    genrep_dataset *data;
    genrep_trainer *trainer;
    image_steps *images;
} runner;

static void make_runner(genrep_ctx *ctx, const workload *w, runner *r) {
    if (w->trainer == NULL) {
        if (image_steps_new(ctx, w->rank == 0, w->size, &r->images) != 0) cli_die(ctx, w->name);
        return;
    }
    r->data = make_data(ctx, w);
    if (genrep_trainer_new(ctx, w->trainer, r->data, &r->trainer) != 0) cli_die(ctx, "trainer");
}

static void run(genrep_ctx *ctx, runner *r, int64_t steps) {
    for (int64_t i = 0; i < steps; i++)
        if ((r->images != NULL ? image_steps_run(r->images) : genrep_trainer_step(r->trainer, 1)) !=
            0)
            cli_die(ctx, "step");
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double clock_ms(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

int main(int argc, char **argv) {
    int64_t threads = 2, steps = 20, warmup = 3, since = 0;
    const char *context = "";
    int json = 0;
    const cli_option options[] = {
        {"threads", CLI_INT, &threads, "N", "threads (2)"},
        {"steps", CLI_INT, &steps, "N", "steps that are timed (20)"},
        {"warmup", CLI_INT, &warmup, "N", "steps before them, at least 1 (3)"},
        {"since", CLI_INT, &since, "NS",
         "when the process was started, as $(date +%s%N): for ready_ms"},
        {"context", CLI_TEXT, &context, "SPEC",
         "further options of the context, as \"matmul=blas\""},
        {"json", CLI_FLAG, &json, NULL, "one line of JSON"},
        {NULL, 0, NULL, NULL, NULL}};
    int rest = cli_parse(
        argc, argv, "[options] WORKLOAD",
        "Times training steps: W1, W2-32, W2-64, W3, W4-128, W4-256, W5-128, W5-256, W6.", options);
    if (rest + 1 != argc) cli_wrong("name one workload");
    const workload *w = NULL;
    for (int i = 0; i < N_WORKLOADS; i++) {
        if (strcmp(workloads[i].name, argv[rest]) == 0) w = &workloads[i];
    }
    if (w == NULL) cli_wrong("there is no workload '%s'", argv[rest]);
    if (steps < 1 || warmup < 1) cli_wrong("-steps and -warmup must be at least 1");

    char spec[256];
    snprintf(spec, sizeof spec, "seed=1 threads=%lld %s", (long long)threads, context);
    genrep_ctx *ctx = NULL;
    if (genrep_ctx_new(spec, NULL, &ctx) != 0) {
        char message[256];
        genrep_spec_check("context", spec, message, sizeof message);
        cli_wrong("%s", message);
    }
    runner r = {0};
    make_runner(ctx, w, &r);
    double ready = since > 0 ? clock_ms(CLOCK_REALTIME) - 1e-6 * (double)since : 0;
    double first = clock_ms(CLOCK_MONOTONIC);
    run(ctx, &r, 1);
    first = clock_ms(CLOCK_MONOTONIC) - first;
    run(ctx, &r, warmup - 1);
    double *times = calloc((size_t)steps, sizeof *times);
    if (times == NULL) cli_wrong("out of memory");
    for (int64_t i = 0; i < steps; i++) {
        double begun = clock_ms(CLOCK_MONOTONIC);
        run(ctx, &r, 1);
        times[i] = clock_ms(CLOCK_MONOTONIC) - begun;
    }
    qsort(times, (size_t)steps, sizeof *times, compare);
    double median = 0.5 * (times[(steps - 1) / 2] + times[steps / 2]);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double peak = (double)usage.ru_maxrss / 1024;
    if (json) {
        printf("{\"workload\":\"%s\",\"threads\":%lld,\"median_ms\":%.3f,\"min_ms\":%.3f,"
               "\"first_ms\":%.3f,\"ready_ms\":%.3f,\"peak_rss_mb\":%.1f}\n",
               w->name, (long long)threads, median, times[0], first, ready, peak);
    } else {
        printf(
            "%s (%s), %lld threads: median %.3f ms, least %.3f ms, first %.3f ms, peak %.1f MB\n",
            w->name, w->about, (long long)threads, median, times[0], first, peak);
    }
    free(times);
    image_steps_free(r.images);
    genrep_trainer_unref(r.trainer);
    genrep_dataset_unref(r.data);
    genrep_ctx_unref(ctx);
    return 0;
}
