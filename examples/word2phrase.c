/* Joins words that belong together, with word2phrase.c's command line
 * (https://code.google.com/p/word2vec), and a few options of ours. */
#include "cli.h"
#include <stdlib.h>
#include <string.h>

static const char about[] =
    "Writes the text with each two words joined by _ that come together more often than by\n"
    "chance: (n_ab - min_count) N / (n_a n_b) above the threshold.  Longer phrases take\n"
    "several passes, with a lower threshold each time:\n"
    "    word2phrase -train text.txt -output once.txt -threshold 200\n"
    "    word2phrase -train once.txt -output twice.txt -threshold 100\n"
    "which -passes 2 does at once, halving the threshold.";

/* A filter over the dataset, which is given back. */
static genrep_dataset *over(const genrep_ctx *ctx, genrep_dataset *dataset, const char *spec) {
    genrep_dataset *filter = NULL;
    if (genrep_dataset_filter(dataset, spec, &filter) != 0) cli_die(ctx, "word2phrase");
    genrep_dataset_unref(dataset);
    return filter;
}

int main(int argc, char **argv) {
    const char *train = NULL, *output = NULL;
    int64_t min_count = 5, debug = 2, passes = 1, max_entries = 0;
    double threshold = 100;
    const cli_option options[] = {
        {"train", CLI_TEXT, &train, "FILE", "the text (UTF-8; .gz too)"},
        {"output", CLI_TEXT, &output, "FILE", "where the text with phrases goes"},
        {"min-count", CLI_INT, &min_count, "N", "joins no words that occur less often (5)"},
        {"threshold", CLI_NUMBER, &threshold, "X", "a higher one joins fewer words (100)"},
        {"debug", CLI_INT, &debug, "0|1|2", "0: is silent (2)"},
        {"passes", CLI_INT, &passes, "N", "goes over the text so often (1)"},
        {"max-entries", CLI_INT, &max_entries, "N",
         "most pairs in memory; the rarest are forgotten (0: all are kept)"},
        {NULL, 0, NULL, NULL, NULL}};
    int rest = cli_parse(argc, argv, "-train FILE -output FILE [options]", about, options);
    if (rest != argc) cli_wrong("'%s' is not an option", argv[rest]);
    if (train == NULL) cli_wrong("-train is missing: which text?");
    if (output == NULL) cli_wrong("-output is missing: where to write?");
    if (passes < 1 || passes > 20)
        cli_wrong("-passes %lld: 1 to 20 are possible", (long long)passes);

    genrep_ctx *ctx = NULL;
    genrep_dataset *text = NULL;
    char *path = cli_quote(train), *spec = malloc(strlen(path) + 256);
    if (spec == NULL || genrep_ctx_new(NULL, NULL, &ctx) != 0) cli_wrong("out of memory");
    sprintf(spec, "text path=%s", path);
    if (genrep_dataset_new(ctx, spec, &text) != 0) cli_die(ctx, "-train");
    const double begun = cli_now();
    for (int64_t pass = 0; pass < passes; pass++, threshold /= 2) {
        if (debug > 0)
            fprintf(stderr, "pass %lld: counting words and pairs\n", (long long)pass + 1);
        sprintf(spec, "phrases min_count=%lld threshold=%.17g max_entries=%lld",
                (long long)min_count, threshold, (long long)max_entries);
        text = over(ctx, text, spec);
    }
    if (genrep_dataset_save_text(text, output) != 0) cli_die(ctx, output);
    if (debug > 0) fprintf(stderr, "%s is written; %.1f s\n", output, cli_now() - begun);
    genrep_dataset_unref(text);
    genrep_ctx_unref(ctx);
    free(spec);
    free(path);
    return 0;
}
