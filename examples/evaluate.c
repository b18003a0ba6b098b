/* How good made samples are: distances from real ones in the features of a classifier, beside what
 * the same figures are between two halves of the real set and for Gaussians fitted to it. */
#include "cli.h"
#include "samples.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct run {
    const char *real, *fake, *generator, *classifier;
    int64_t count, drop, latent, classes, components, seed, threads;
    int baselines, json;
    genrep_ctx *ctx;
    genrep_layer *network, *features; /* NULL without a classifier */
    uint32_t crc;                     /* of the classifier's file */
    genrep_tensor *real_features;     /* of the first half */
    int lines;
} run;

static const char *const kinds[] = {"frechet", "kid", "precision", "recall", "density", "coverage"};
#define KINDS 6

/* CRC-32, as of gzip and PNG. */
static uint32_t crc_of_file(const char *path) {
    FILE *file = fopen(path, "rb");
    uint32_t crc = 0xffffffffu;
    int c;
    if (file == NULL) cli_wrong("cannot read '%s': %s", path, strerror(errno));
    while ((c = getc(file)) != EOF) {
        crc ^= (uint32_t)c;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    fclose(file);
    return crc ^ 0xffffffffu;
}

/* An option of the network's spec, as "latent=100" of "mlp_generator size=28 latent=100". */
static int64_t number_in_spec(const genrep_layer *layer, const char *name, int64_t otherwise) {
    const char *at = strstr(genrep_layer_spec(layer), name);
    return at == NULL ? otherwise : strtoll(at + strlen(name), NULL, 10);
}

/* Samples of a generator that takes noise and, of some classes, class numbers. */
static genrep_tensor *generate(const run *r) {
    genrep_layer *layer;
    genrep_tensor *in[2] = {NULL}, *made;
    if (genrep_layer_load(r->ctx, r->generator, NULL, &layer) != 0) cli_die(r->ctx, "generator");
    const int64_t latent = r->latent > 0 ? r->latent : number_in_spec(layer, "latent=", 100);
    const int64_t classes = r->classes >= 0 ? r->classes : number_in_spec(layer, "classes=", 0);
    const int64_t shape[] = {r->count, latent};
    if (genrep_tensor_new(r->ctx, GENREP_F32, 2, shape, &in[0]) != 0 ||
        genrep_tensor_random(in[0], "normal", 0) != 0 ||
        genrep_tensor_new(r->ctx, GENREP_I32, 1, shape, &in[1]) != 0)
        cli_die(r->ctx, "generator");
    int32_t *label = genrep_tensor_data(in[1]);
    for (int64_t i = 0; i < r->count && classes > 0; i++) label[i] = (int32_t)(i % classes);
    made = samples_apply(r->ctx, layer, in, classes > 0 ? 2 : 1);
    genrep_tensor_unref(in[1]);
    genrep_tensor_unref(in[0]);
    genrep_layer_unref(layer);
    return made;
}

/* The images in the shape of the real ones, through a network if there is one; a new reference. */
static genrep_tensor *through(const run *r, const genrep_layer *network, genrep_tensor *images,
                              const genrep_tensor *like) {
    int64_t shape[GENREP_MAX_RANK];
    int32_t rank;
    genrep_tensor *shaped, *out;
    genrep_tensor_info(like, NULL, &rank, shape, NULL);
    shape[0] = samples_count(images);
    if (genrep_tensor_reshape(images, rank, shape, &shaped) != 0) cli_die(r->ctx, "images");
    if (network == NULL) return shaped;
    out = samples_apply(r->ctx, network, &shaped, 1);
    genrep_tensor_unref(shaped);
    return out;
}

static void print_value(const run *r, const char *name, double value, double error, int spread) {
    if (r->json) {
        printf(",\"%s\":", name);
        cli_json_number(stdout, value);
        if (spread) printf(",\"%s_deviation\":", name), cli_json_number(stdout, error);
    } else if (spread) {
        printf(" %9.4f +- %-7.4f", value, error);
    } else {
        printf(" %*.3f", strcmp(name, "frechet") == 0 ? 11 : 9, value);
    }
}

/* One line: all figures of a set against the first half of the real one. */
static void judge(run *r, const char *name, genrep_tensor *images, const genrep_tensor *like) {
    double value, error;
    char kid[64];
    genrep_tensor *features = through(r, r->features, images, like);
    const int64_t few = (r->count < 2000 ? r->count : 2000) / 2; /* so that subsets differ */
    snprintf(kid, sizeof kid, "kid size=%lld", (long long)few);
    if (r->json)
        printf("%s{\"set\":\"%s\"", r->lines++ > 0 ? "," : "", name);
    else
        printf("%-10s", name);
    for (int k = 0; k < KINDS; k++) {
        const int spread = strcmp(kinds[k], "kid") == 0;
        if (genrep_compare(r->real_features, features, spread ? kid : kinds[k], &value, &error) !=
            0)
            cli_die(r->ctx, kinds[k]);
        print_value(r, kinds[k], value, error, spread);
    }
    if (r->network != NULL) {
        genrep_tensor *logits = through(r, r->network, images, like);
        if (genrep_compare(logits, NULL, "classifier_score", &value, &error) != 0)
            cli_die(r->ctx, "classifier_score");
        print_value(r, "classifier_score", value, error, 1);
        genrep_tensor_unref(logits);
    }
    putchar(r->json ? '}' : '\n');
    fflush(stdout);
    genrep_tensor_unref(features);
}

/* Samples of a density fitted to the second half, which it would repeat if it were perfect. */
static void judge_density(run *r, const char *name, const char *spec, genrep_tensor *half) {
    genrep_density *density;
    genrep_tensor *samples;
    if (genrep_density_fit(half, spec, &density) != 0 ||
        genrep_density_sample(density, r->count, 0, &samples) != 0)
        cli_die(r->ctx, name);
    judge(r, name, samples, half);
    genrep_tensor_unref(samples);
    genrep_density_unref(density);
}

static void open_classifier(run *r) {
    if (r->classifier == NULL) return;
    r->crc = crc_of_file(r->classifier);
    if (genrep_layer_load(r->ctx, r->classifier, NULL, &r->network) != 0 ||
        genrep_layer_truncate(r->network, r->drop, &r->features) != 0)
        cli_die(r->ctx, "classifier");
}

static void print_head(const run *r) {
    const int64_t numbers = samples_numbers(r->real_features);
    if (r->json) {
        printf("{\"classifier\":");
        if (r->classifier != NULL) {
            cli_json_text(stdout, r->classifier);
            printf(",\"crc32\":\"%08x\"", (unsigned)r->crc);
        } else {
            printf("null");
        }
        printf(",\"features\":%lld,\"count\":%lld,\"rows\":[", (long long)numbers,
               (long long)r->count);
        return;
    }
    if (r->classifier != NULL)
        printf("classifier %s (crc32 %08x), ", r->classifier, (unsigned)r->crc);
    printf("%lld %s, %lld samples a set, against one half of the real ones\n", (long long)numbers,
           r->classifier != NULL ? "features" : "pixels", (long long)r->count);
    printf("%-10s %11s %20s %9s %9s %9s %9s", "", "frechet", "kid", "precision", "recall",
           "density", "coverage");
    if (r->network != NULL) printf(" %20s", "classifier score");
    printf("\n");
}

/* The two halves; -count is brought down to what there is. */
static void load_real(run *r, genrep_tensor *half[2]) {
    genrep_tensor *all = samples_load(r->ctx, "real", r->real, 2 * r->count);
    if (samples_count(all) < 2 * r->count) r->count = samples_count(all) / 2;
    if (r->count < 10) cli_wrong("-real: there are fewer than 20 samples");
    for (int i = 0; i < 2; i++) half[i] = samples_part(all, i * r->count, r->count);
    genrep_tensor_unref(all);
}

static void evaluate(run *r) {
    char ppca[64];
    genrep_tensor *half[2], *fake = NULL;
    load_real(r, half);
    if (r->fake != NULL) fake = samples_load(r->ctx, "fake", r->fake, r->count);
    if (r->generator != NULL) fake = generate(r);
    if (fake != NULL && samples_numbers(fake) != samples_numbers(half[0]))
        cli_wrong("a made sample has %lld numbers, a real one %lld",
                  (long long)samples_numbers(fake), (long long)samples_numbers(half[0]));
    if (fake != NULL && samples_count(fake) < r->count)
        fprintf(stderr, "evaluate: only %lld made samples: figures depend on the number\n",
                (long long)samples_count(fake));
    r->real_features = through(r, r->features, half[0], half[0]);
    print_head(r);
    judge(r, "real", half[1], half[0]);
    if (fake != NULL) judge(r, "made", fake, half[0]);
    if (r->baselines) {
        const int64_t numbers = samples_numbers(half[0]);
        const int64_t most = (r->count < numbers ? r->count : numbers) - 2;
        snprintf(ppca, sizeof ppca, "ppca components=%lld",
                 (long long)(r->components < most ? r->components : most));
        judge_density(r, "gaussian", "gaussian shrinkage=auto", half[1]);
        judge_density(r, "ppca", ppca, half[1]);
    }
    if (r->json) printf("]}\n");
    genrep_tensor_unref(r->real_features);
    genrep_tensor_unref(fake);
    genrep_tensor_unref(half[0]);
    genrep_tensor_unref(half[1]);
}

int main(int argc, char **argv) {
    run r = {.count = 2000, .drop = 1, .classes = -1, .components = 50, .seed = 1};
    const cli_option options[] = {
        {"real", CLI_TEXT, &r.real, "SPEC", "the real images, twice -count of them"},
        {"fake", CLI_TEXT, &r.fake, "SPEC", "made images, a dataset"},
        {"generator", CLI_TEXT, &r.generator, "FILE", "or the network that makes them"},
        {"latent", CLI_INT, &r.latent, "N", "features of its noise (its spec tells, or 100)"},
        {"classes", CLI_INT, &r.classes, "N", "classes it takes; 0: none (its spec tells)"},
        {"classifier", CLI_TEXT, &r.classifier, "FILE", "whose features count; else pixels do"},
        {"drop", CLI_INT, &r.drop, "N", "layers left out at its end for features (1)"},
        {"count", CLI_INT, &r.count, "N", "samples of each set (2000)"},
        {"baselines", CLI_FLAG, &r.baselines, NULL, "judges fitted densities too"},
        {"components", CLI_INT, &r.components, "N", "of the ppca baseline (50)"},
        {"seed", CLI_INT, &r.seed, "N", "seed of all random numbers (1)"},
        {"threads", CLI_INT, &r.threads, "N", "threads; 0: one a processor (0)"},
        {"json", CLI_FLAG, &r.json, NULL, "prints the result as one line of JSON"},
        {NULL, 0, NULL, NULL, NULL},
    };
    int rest = cli_parse(
        argc, argv, "-real SPEC [-fake SPEC | -generator FILE] [options]",
        "Judges made images by Frechet and kernel distance, precision, recall, density and\n"
        "coverage, and by what a classifier says.  The line \"real\" is the other half of the\n"
        "real images: what a perfect generator would get.  For instance, after the examples\n"
        "classifier (-out net) and gan (-out run):\n"
        "  evaluate -real \"idx images='train-images-idx3-ubyte.gz'\" -baselines\n"
        "    -generator run/generator.safetensors -classifier net/network.safetensors",
        options);
    if (rest != argc) cli_wrong("'%s' is not an option", argv[rest]);
    if (r.real == NULL) cli_wrong("-real is missing: which images?");
    if (r.fake != NULL && r.generator != NULL) cli_wrong("-fake and -generator: one of the two");
    if (r.count < 10) cli_wrong("-count must be at least 10");
    r.ctx = cli_context(r.seed, r.threads);
    open_classifier(&r);
    evaluate(&r);
    genrep_layer_unref(r.features);
    genrep_layer_unref(r.network);
    genrep_ctx_unref(r.ctx);
    return 0;
}
