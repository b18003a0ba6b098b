/* Finding kinds by name, and the nearest word to a mistyped one. */
#include <base/spec.h>

#include <string.h>

#define MAX_WORD 64

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int32_t least(int32_t a, int32_t b) {
    return a < b ? a : b;
}

/* Letters inserted, left out, replaced or swapped with their neighbour (optimal string alignment),
 * whatever their case. */
static int32_t distance(const char *a, int32_t n, const char *b, int32_t m) {
    int32_t rows[3][MAX_WORD + 1]; /* row i, i - 1 and i - 2 of the table, in turn */
    for (int32_t j = 0; j <= m; j++) rows[0][j] = j;
    for (int32_t i = 1; i <= n; i++) {
        int32_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (int32_t j = 1; j <= m; j++) {
            char x = lower(a[i - 1]), y = lower(b[j - 1]);
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == lower(b[j - 2]) && y == lower(a[i - 2]))
                row[j] = least(row[j], above2[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

/* Near is up to a third of the longer word: one letter of three, two of six. */
void genrepi_nearest_try(genrepi_nearest *nearest, const char *candidate, size_t bytes) {
    size_t length = strlen(nearest->word);
    if (length > MAX_WORD || bytes > MAX_WORD) return;
    int32_t d = distance(nearest->word, (int32_t)length, candidate, (int32_t)bytes);
    if (d > (int32_t)(length > bytes ? length : bytes) / 3 && d > 1) return;
    if (d >= (int32_t)length && d >= (int32_t)bytes) return; /* not a letter in common */
    if (nearest->best != NULL && d >= nearest->distance) return;
    *nearest = (genrepi_nearest){nearest->word, candidate, bytes, d};
}

const char *genrepi_nearest_word(const char *word, const char *const *words, int32_t n) {
    genrepi_nearest nearest = {.word = word};
    for (int32_t i = 0; i < n; i++) genrepi_nearest_try(&nearest, words[i], strlen(words[i]));
    return nearest.best;
}

const genrepi_kind *genrepi_kind_in(const genrepi_kind *const *kinds, const char *family,
                                    const char *name) {
    const char *dot = strchr(name, '.');
    for (; kinds != NULL && *kinds != NULL; kinds++) {
        const genrepi_kind *kind = *kinds;
        if (family != NULL && strcmp(kind->family, family) != 0) continue;
        if (strcmp(kind->name, name) == 0) return kind;
        if (dot != NULL && strcmp(kind->name, dot + 1) == 0 &&
            strlen(kind->family) == (size_t)(dot - name) &&
            strncmp(kind->family, name, (size_t)(dot - name)) == 0)
            return kind;
    }
    return NULL;
}

const genrepi_kind *genrepi_kind_find(genrep_ctx *ctx, const char *family, const char *name) {
    const genrepi_kind *kind = genrepi_kind_in(ctx->kinds, family, name);
    if (kind != NULL || ctx->find_custom == NULL) return kind;
    if (family != NULL && strcmp(family, "layer") != 0) return NULL;
    return ctx->find_custom(ctx, strncmp(name, "layer.", 6) == 0 ? name + 6 : name);
}

int32_t genrepi_spec_kind(const genrepi_spec *spec, const genrepi_spec_node *node,
                          const char *family, const genrepi_kind **out) {
    const genrepi_kind *kind = genrepi_kind_find(spec->ctx, family, node->kind);
    if (kind != NULL) {
        *out = kind;
        return 0;
    }
    kind = genrepi_kind_find(spec->ctx, NULL, node->kind);
    if (kind != NULL)
        return genrepi_spec_fail(spec, node->at, GENREP_E_INVALID,
                                 "'%s' is of family %s; expected one of family %s", node->kind,
                                 kind->family, family);
    genrepi_nearest nearest = {.word = node->kind};
    for (const genrepi_kind *const *k = spec->ctx->kinds; k != NULL && *k != NULL; k++)
        if (strcmp((*k)->family, family) == 0)
            genrepi_nearest_try(&nearest, (*k)->name, strlen((*k)->name));
    if (nearest.best == NULL)
        return genrepi_spec_fail(spec, node->at, GENREP_E_INVALID, "unknown %s '%.60s'", family,
                                 node->kind);
    return genrepi_spec_fail(spec, node->at, GENREP_E_INVALID,
                             "unknown %s '%.60s' (did you mean '%s'?)", family, node->kind,
                             nearest.best);
}
