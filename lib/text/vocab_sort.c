/* From a tally to a vocabulary: chooses words and puts them in order. */
#include <text/vocab.h>
#include <string.h>

typedef struct entry {
    int64_t count;
    const char *word;
    size_t bytes;
} entry;

/* Falling count, then rising bytes: one order only, whatever the order of the text. */
static int comes_first(const entry *a, const entry *b) {
    if (a->count != b->count) return a->count > b->count;
    int order = memcmp(a->word, b->word, a->bytes < b->bytes ? a->bytes : b->bytes);
    return order != 0 ? order < 0 : a->bytes < b->bytes;
}

/* Merge sort from runs of 1 up (qsort would take memory of its own behind the host's back). Returns
 * the one of the two arrays that holds the result. */
static entry *sort(entry *from, entry *to, int64_t n) {
    for (int64_t run = 1; run < n; run *= 2) {
        for (int64_t begin = 0; begin < n; begin += 2 * run) {
            int64_t middle = begin + run < n ? begin + run : n;
            int64_t end = begin + 2 * run < n ? begin + 2 * run : n;
            int64_t a = begin, b = middle;
            for (int64_t i = begin; i < end; i++) {
                int left = b == end || (a < middle && !comes_first(&from[b], &from[a]));
                to[i] = left ? from[a++] : from[b++];
            }
        }
        entry *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

static int32_t fill(const genrepi_tally *tally, const entry *entries, int64_t n,
                    genrep_vocab *vocab) {
    vocab->counts = genrepi_alloc_raw(vocab->ctx, n + 1, sizeof *vocab->counts);
    if (vocab->counts == NULL) return GENREP_E_NOMEM;
    vocab->words.ctx = vocab->ctx;
    for (int64_t i = 0; i <= n; i++) {
        entry e = {tally->counts[0], NULL, 0};
        if (i == 0)
            e.word = genrepi_words_get(&tally->words, 0, &e.bytes);
        else
            e = entries[i - 1];
        int64_t index;
        int32_t added;
        int32_t status = genrepi_words_add(&vocab->words, e.word, e.bytes, &index, &added);
        if (status != GENREP_OK) return status;
        vocab->counts[i] = e.count;
        vocab->total += e.count;
    }
    return GENREP_OK;
}

int32_t genrepi_vocab_sort(const genrepi_tally *tally, const genrepi_vocab_options *options,
                           genrep_vocab **out) {
    genrep_ctx *ctx = tally->words.ctx;
    entry *entries = genrepi_alloc_raw(ctx, 2 * tally->words.count, sizeof *entries);
    if (entries == NULL) return GENREP_E_NOMEM;
    int64_t n = 0;
    for (int64_t i = 1; i < tally->words.count; i++) {
        if (tally->counts[i] < options->min_count) continue;
        entries[n].count = tally->counts[i];
        entries[n].word = genrepi_words_get(&tally->words, i, &entries[n].bytes);
        n++;
    }
    int32_t status;
    genrep_vocab *vocab = NULL;
    if (n == 0) {
        status = genrepi_fail(ctx, GENREP_E_INVALID,
                              "no word is left: of %lld different ones none occurs min_count=%lld "
                              "times; lower min_count or give more text",
                              (long long)tally->words.count - 1, (long long)options->min_count);
        goto done;
    }
    const entry *sorted = sort(entries, entries + n, n);
    if (options->max_size > 0 && n > options->max_size) n = options->max_size;
    vocab = genrepi_alloc(ctx, 1, sizeof *vocab);
    status = vocab == NULL ? GENREP_E_NOMEM : GENREP_OK;
    if (vocab == NULL) goto done;
    vocab->ctx = genrepi_ctx_ref(ctx);
    atomic_init(&vocab->refs, 1);
    vocab->missed = tally->missed;
    vocab->invalid = tally->invalid;
    status = fill(tally, sorted, n, vocab);
    if (status == GENREP_OK)
        *out = vocab;
    else
        genrepi_vocab_unref(vocab);
done:
    genrepi_free(ctx, entries);
    return status;
}
