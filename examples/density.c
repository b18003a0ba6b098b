/* Explicit densities: fits one to images, says how likely images are that it has not seen, and
 * draws some. */
#include "cli.h"
#include "samples.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct run {
    const char *data, *density_spec, *out;
    int64_t count, rows, seed, threads;
    double held_out;
    int json;
    genrep_ctx *ctx;
    genrep_density *density;
} run;

static double mean_log_density(const run *r, const genrep_tensor *samples) {
    genrep_tensor *values;
    double sum = 0;
    const int64_t n = samples_count(samples);
    if (genrep_density_log_density(r->density, samples, &values) != 0) cli_die(r->ctx, "density");
    for (int64_t i = 0; i < n; i++) sum += ((const double *)genrep_tensor_read(values))[i];
    genrep_tensor_unref(values);
    return sum / (double)n;
}

static void write_files(const run *r, const genrep_tensor *data) {
    char path[4096], spec[64];
    int64_t shape[GENREP_MAX_RANK];
    int32_t rank;
    genrep_tensor *samples;
    if (mkdir(r->out, 0777) != 0 && errno != EEXIST)
        cli_wrong("cannot make the folder '%s': %s", r->out, strerror(errno));
    if (snprintf(path, sizeof path, "%s/density.safetensors", r->out) >= (int)sizeof path)
        cli_wrong("-out: the name is too long");
    if (genrep_density_save(r->density, path) != 0) cli_die(r->ctx, path);
    genrep_tensor_info(data, NULL, &rank, shape, NULL);
    if (rank < 3) return; /* no images */
    snprintf(path, sizeof path, "%s/samples.png", r->out);
    snprintf(spec, sizeof spec, "columns=%lld scale=%d", (long long)r->rows,
             shape[rank - 1] < 64 ? 2 : 1);
    if (genrep_density_sample(r->density, r->rows * r->rows, 0, &samples) != 0 ||
        genrep_image_grid(samples, spec, path) != 0)
        cli_die(r->ctx, path);
    genrep_tensor_unref(samples);
}

static void print_result(const run *r, genrep_tensor *fitted, genrep_tensor *rest) {
    double entropy, seen = mean_log_density(r, fitted), unseen = 0;
    if (rest != NULL) unseen = mean_log_density(r, rest);
    genrep_density_entropy(r->density, &entropy);
    if (r->json) {
        printf("{\"density\":");
        cli_json_text(stdout, genrep_density_spec(r->density));
        printf(",\"samples\":%lld,\"numbers\":%lld,\"log_density\":",
               (long long)samples_count(fitted), (long long)samples_numbers(fitted));
        cli_json_number(stdout, seen);
        printf(",\"held_out\":");
        if (rest != NULL)
            cli_json_number(stdout, unseen);
        else
            printf("null");
        printf(",\"entropy\":");
        cli_json_number(stdout, entropy);
        printf("}\n");
        return;
    }
    printf("%s: %lld samples of %lld numbers\n", genrep_density_spec(r->density),
           (long long)samples_count(fitted), (long long)samples_numbers(fitted));
    printf("mean log-density  %12.2f nats\n", seen);
    if (rest != NULL)
        printf("held out          %12.2f nats, of %lld samples\n", unseen,
               (long long)samples_count(rest));
    printf("entropy           %12.2f nats\n", entropy);
}

int main(int argc, char **argv) {
    run r = {.density_spec = "gaussian shrinkage=auto", .rows = 10, .seed = 1, .held_out = 0.1};
    const cli_option options[] = {
        {"data", CLI_TEXT, &r.data, "SPEC", "the samples, as \"idx images='...'\""},
        {"density", CLI_TEXT, &r.density_spec, "SPEC", "what is fitted (gaussian shrinkage=auto)"},
        {"held-out", CLI_NUMBER, &r.held_out, "SHARE", "share that is not fitted but judged (0.1)"},
        {"count", CLI_INT, &r.count, "N", "samples to use, of both; 0: all (0)"},
        {"rows", CLI_INT, &r.rows, "N", "rows of the grid of samples (10)"},
        {"out", CLI_TEXT, &r.out, "DIR", "where samples.png and density.safetensors go"},
        {"seed", CLI_INT, &r.seed, "N", "seed of all random numbers (1)"},
        {"threads", CLI_INT, &r.threads, "N", "threads; 0: one a processor (0)"},
        {"json", CLI_FLAG, &r.json, NULL, "prints the result as one line of JSON"},
        {NULL, 0, NULL, NULL, NULL},
    };
    int rest = cli_parse(argc, argv, "-data SPEC [options]",
                         "Fits a normal distribution or probabilistic principal components:\n"
                         "  density -data \"idx images='train-images-idx3-ubyte.gz'\" -out run\n"
                         "  density -data ... -density \"ppca components=50\"\n"
                         "A pixel that never varies has no density: shrinkage gives it some.",
                         options);
    if (rest != argc) cli_wrong("'%s' is not an option", argv[rest]);
    if (r.data == NULL) cli_wrong("-data is missing: which samples?");
    if (!(r.held_out >= 0 && r.held_out < 1)) cli_wrong("-held-out is a share: from 0 to below 1");
    if (r.rows < 1 || r.rows > 1000) cli_wrong("-rows must be in 1..1000");
    r.ctx = cli_context(r.seed, r.threads);
    genrep_tensor *all = samples_load(r.ctx, "data", r.data, r.count), *judged = NULL;
    const int64_t n = samples_count(all), out = (int64_t)((double)n * r.held_out);
    genrep_tensor *fitted = samples_part(all, 0, n - out);
    if (out > 0) judged = samples_part(all, n - out, out);
    if (genrep_density_fit(fitted, r.density_spec, &r.density) != 0) cli_die(r.ctx, "density");
    if (r.out != NULL) write_files(&r, all);
    print_result(&r, fitted, judged);
    genrep_density_unref(r.density);
    genrep_tensor_unref(judged);
    genrep_tensor_unref(fitted);
    genrep_tensor_unref(all);
    genrep_ctx_unref(r.ctx);
    return 0;
}
