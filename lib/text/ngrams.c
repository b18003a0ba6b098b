/* Character n-grams: hashes, buckets, rows. */
#include <text/ngrams.h>
#include <string.h>

/* Byte i of "<word>". */
static char byte_at(const char *word, size_t bytes, size_t i) {
    return i == 0 ? '<' : i <= bytes ? word[i - 1] : '>';
}

/* As fastText, a character begins at each byte that is not 10xxxxxx: text that is not UTF-8 has
 * n-grams too. */
static int continues(char byte) {
    return ((unsigned char)byte & 0xC0) == 0x80;
}

int64_t genrepi_ngrams_hash(const char *word, size_t bytes, int64_t shortest, int64_t longest,
                            uint32_t *hashes) {
    const size_t end = bytes + 2;
    int64_t found = 0;
    for (size_t begin = 0; begin < end; begin++) {
        if (continues(byte_at(word, bytes, begin))) continue;
        uint32_t hash = GENREPI_FNV32;
        size_t at = begin;
        for (int64_t n = 1; n <= longest && at < end; n++) {
            do hash = genrepi_fnv32(hash, byte_at(word, bytes, at++));
            while (at < end && continues(byte_at(word, bytes, at)));
            if (n < shortest || (n == 1 && (begin == 0 || at == end))) continue;
            if (hashes != NULL) hashes[found] = hash;
            found++;
        }
    }
    return found;
}

int32_t genrepi_ngrams_row(const genrepi_ngrams *ngrams, int64_t bucket) {
    const uint64_t bits = ngrams->used[bucket / 64], bit = UINT64_C(1) << bucket % 64;
    if ((bits & bit) == 0) return -1;
    return ngrams->before[bucket / 64] + __builtin_popcountll(bits & (bit - 1));
}

/* Where each word's rows begin; the list is made for all of them. */
static int32_t set_starts(const genrepi_words *words, genrepi_ngrams *ngrams) {
    int64_t total = 0;
    for (int64_t i = 0; i < words->count; i++) {
        size_t bytes;
        const char *word = genrepi_words_get(words, i, &bytes);
        ngrams->starts[i] = total;
        if (i > 0)
            total += genrepi_ngrams_hash(word, bytes, ngrams->shortest, ngrams->longest, NULL);
    }
    ngrams->starts[words->count] = total;
    ngrams->list = genrepi_alloc_raw(ngrams->ctx, total + 1, sizeof *ngrams->list);
    return ngrams->list != NULL ? GENREP_OK : GENREP_E_NOMEM;
}

/* First buckets in the list, then their rows. */
static void set_rows(const genrepi_words *words, genrepi_ngrams *ngrams) {
    const int64_t total = ngrams->starts[words->count];
    for (int64_t i = 1; i < words->count; i++) {
        size_t bytes;
        const char *word = genrepi_words_get(words, i, &bytes);
        uint32_t *hashes = (uint32_t *)ngrams->list + ngrams->starts[i];
        genrepi_ngrams_hash(word, bytes, ngrams->shortest, ngrams->longest, hashes);
    }
    for (int64_t i = 0; i < total; i++) {
        const uint32_t bucket = (uint32_t)ngrams->list[i] % (uint32_t)ngrams->buckets;
        ngrams->list[i] = (int32_t)bucket;
        ngrams->used[bucket / 64] |= UINT64_C(1) << bucket % 64;
    }
    for (int64_t i = 0; i < (ngrams->buckets + 63) / 64; i++) {
        ngrams->before[i] = (int32_t)ngrams->rows;
        ngrams->rows += __builtin_popcountll(ngrams->used[i]);
    }
    for (int64_t i = 0; i < total; i++)
        ngrams->list[i] = genrepi_ngrams_row(ngrams, ngrams->list[i]);
}

int32_t genrepi_ngrams_new(const genrepi_words *words, int64_t shortest, int64_t longest,
                           int64_t buckets, genrepi_ngrams **out) {
    genrep_ctx *ctx = words->ctx;
    genrepi_ngrams *ngrams = genrepi_alloc(ctx, 1, sizeof *ngrams);
    if (ngrams == NULL) return GENREP_E_NOMEM;
    ngrams->ctx = genrepi_ctx_ref(ctx);
    atomic_init(&ngrams->refs, 1);
    ngrams->shortest = shortest, ngrams->longest = longest, ngrams->buckets = buckets;
    ngrams->used = genrepi_alloc(ctx, (buckets + 63) / 64, sizeof *ngrams->used);
    ngrams->before = genrepi_alloc(ctx, (buckets + 63) / 64, sizeof *ngrams->before);
    ngrams->starts = genrepi_alloc(ctx, words->count + 1, sizeof *ngrams->starts);
    int32_t status = GENREP_E_NOMEM;
    if (ngrams->used != NULL && ngrams->before != NULL && ngrams->starts != NULL)
        status = set_starts(words, ngrams);
    if (status != GENREP_OK) {
        genrepi_ngrams_unref(ngrams);
        return status;
    }
    set_rows(words, ngrams);
    *out = ngrams;
    return GENREP_OK;
}

genrepi_ngrams *genrepi_ngrams_ref(genrepi_ngrams *ngrams) {
    if (ngrams != NULL) genrepi_ref(&ngrams->refs);
    return ngrams;
}

void genrepi_ngrams_unref(genrepi_ngrams *ngrams) {
    if (ngrams == NULL || !genrepi_unref(&ngrams->refs)) return;
    genrep_ctx *ctx = ngrams->ctx;
    void *all[] = {ngrams->used, ngrams->before, ngrams->starts, ngrams->list};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) genrepi_free(ctx, all[i]);
    genrepi_free(ctx, ngrams);
    genrepi_ctx_unref(ctx);
}
