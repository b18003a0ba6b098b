/* Vose's construction of the alias table (IEEE Transactions on Software Engineering 17, 1991). */
#include <base/alias.h>
#include <base/number.h>

#include <inttypes.h>
#include <math.h>

static int32_t total_weight(genrep_ctx *ctx, int64_t n, const double *weights, double *total) {
    double sum = 0;
    if (n < 1 || n > UINT32_MAX)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "a distribution of %" PRId64 " weights: 1..4294967295 are possible", n);
    for (int64_t i = 0; i < n; i++) {
        if (!(weights[i] >= 0) || isinf(weights[i])) {
            char text[GENREPI_NUMBER_BYTES];
            genrepi_format_real(text, weights[i], 0);
            return genrepi_fail(ctx, GENREP_E_INVALID,
                                "weight %" PRId64 " of a distribution is %s: it must be 0 or more "
                                "and finite",
                                i, text);
        }
        sum += weights[i];
    }
    if (!(sum > 0) || isinf(sum))
        return genrepi_fail(ctx, GENREP_E_INVALID, "the weights of a distribution add up to %s",
                            sum > 0 ? "infinity" : "0");
    *total = sum;
    return GENREP_OK;
}

/* Of the n cells, each as likely as the others, cell i keeps share[i] <= 1 for i and gives the rest
 * to one that has more than 1.  `list` holds the poor from its start and the rich from its end. */
static void build(int64_t n, double *share, uint32_t *list, genrepi_alias_cell *cells) {
    int64_t poor = 0, rich = n;
    for (int64_t i = n - 1; i >= 0; i--) {
        if (share[i] < 1)
            list[poor++] = (uint32_t)i;
        else
            list[--rich] = (uint32_t)i;
    }
    while (poor > 0 && rich < n) {
        uint32_t p = list[--poor], r = list[rich];
        cells[p] = (genrepi_alias_cell){(uint32_t)(share[p] * 4294967296.0), r};
        share[r] = (share[r] + share[p]) - 1;
        if (share[r] < 1) {
            rich++;
            list[poor++] = r;
        }
    }
    while (poor > 0) list[--rich] = list[--poor]; /* 1 but for rounding */
    for (; rich < n; rich++) cells[list[rich]] = (genrepi_alias_cell){UINT32_MAX, list[rich]};
}

int32_t genrepi_alias_init(genrep_ctx *ctx, int64_t n, const double *weights, genrepi_alias *out) {
    double total = 0;
    int32_t status = total_weight(ctx, n, weights, &total);
    if (status != 0) return status;
    genrepi_alias alias = {n, genrepi_alloc_raw(ctx, n, sizeof *alias.cells)};
    double *share = alias.cells == NULL ? NULL : genrepi_alloc_raw(ctx, n, sizeof *share);
    uint32_t *list = share == NULL ? NULL : genrepi_alloc_raw(ctx, n, sizeof *list);
    if (list != NULL) {
        for (int64_t i = 0; i < n; i++) share[i] = weights[i] / total * (double)n;
        build(n, share, list, alias.cells);
        *out = alias;
    } else {
        genrepi_alias_free(ctx, &alias);
        status = GENREP_E_NOMEM;
    }
    genrepi_free(ctx, list);
    genrepi_free(ctx, share);
    return status;
}

void genrepi_alias_free(genrep_ctx *ctx, genrepi_alias *alias) {
    genrepi_free(ctx, alias->cells);
    *alias = (genrepi_alias){0};
}
