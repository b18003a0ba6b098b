/* Counting words, and the handle. */
#include <text/vocab.h>
#include <base/random.h>
#include <text/pairs.h>
#include <text/tokens.h>
#include <stdio.h>
#include <string.h>

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(genrepi_vocab_options, min_count, "5", 1, 1e15,
                       "leaves out words that occur less often"),
    GENREPI_OPTION_INT(genrepi_vocab_options, max_size, "0", 0, 2e9,
                       "keeps this many of the most frequent words; 0: all"),
    GENREPI_OPTION_INT(
        genrepi_vocab_options, max_entries, "0", 0, 2e9,
        "most different words in memory while counting: the rarest are forgotten, so "
        "that a count may be too low by 2 / max_entries of the text's words; 0: all"),
};
const genrepi_kind genrepi_kind_vocab = {
    .family = "options",
    .name = "vocab",
    .help = "which words of a text are kept",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(genrepi_vocab_options),
};

int32_t genrepi_tally_start(genrep_ctx *ctx, genrepi_tally *tally) {
    *tally = (genrepi_tally){.words = {.ctx = ctx}};
    int32_t added;
    return genrepi_tally_add(tally, GENREPI_END_OF_LINE, strlen(GENREPI_END_OF_LINE), 0, &added);
}

static int32_t add(genrepi_tally *tally, const char *word, size_t bytes, int64_t count,
                   int64_t *index, int32_t *added) {
    genrep_ctx *ctx = tally->words.ctx;
    if (tally->words.count == tally->capacity) {
        int64_t capacity = tally->capacity == 0 ? 1024 : 2 * tally->capacity;
        int64_t *counts = genrepi_realloc(ctx, tally->counts, capacity, sizeof *counts);
        if (counts == NULL) return GENREP_E_NOMEM;
        tally->counts = counts;
        if (tally->before != NULL) {
            int64_t *before = genrepi_realloc(ctx, tally->before, capacity, sizeof *before);
            if (before == NULL) return GENREP_E_NOMEM;
            tally->before = before;
        }
        tally->capacity = capacity;
    }
    int32_t status = genrepi_words_add(&tally->words, word, bytes, index, added);
    if (status != GENREP_OK) return status;
    if (*added) tally->counts[*index] = 0;
    if (*added && tally->before != NULL) tally->before[*index] = tally->missed;
    tally->counts[*index] += count;
    return GENREP_OK;
}

int32_t genrepi_tally_add(genrepi_tally *tally, const char *word, size_t bytes, int64_t count,
                          int32_t *added) {
    int64_t index;
    return add(tally, word, bytes, count, &index, added);
}

int32_t genrepi_tally_count(genrepi_tally *tally, const char *word, size_t bytes, int64_t count,
                            int64_t *index) {
    int32_t added;
    return add(tally, word, bytes, count, index, &added);
}

int32_t genrepi_tally_prune(genrepi_tally *tally) {
    genrep_ctx *ctx = tally->words.ctx;
    const int64_t n = tally->words.count;
    if (n < 2) return GENREP_OK;
    if (tally->before == NULL)
        tally->before = genrepi_alloc(ctx, tally->capacity, sizeof *tally->before);
    int64_t *most = genrepi_alloc_raw(ctx, n, sizeof *most); /* c + b */
    uint8_t *kept = genrepi_alloc_raw(ctx, n, sizeof *kept);
    int32_t status = GENREP_E_NOMEM;
    if (tally->before != NULL && most != NULL && kept != NULL) {
        for (int64_t i = 1; i < n; i++) most[i] = tally->counts[i] + tally->before[i];
        tally->missed = genrepi_select(most + 1, n - 1, (n - 2) / 2);
        int64_t left = 0;
        for (int64_t i = 0; i < n; i++) {
            kept[i] = i == 0 || tally->counts[i] + tally->before[i] > tally->missed;
            tally->counts[left] = tally->counts[i];
            tally->before[left] = tally->before[i];
            left += kept[i];
        }
        genrepi_words_keep(&tally->words, kept);
        status = GENREP_OK;
    }
    genrepi_free(ctx, most);
    genrepi_free(ctx, kept);
    return status;
}

void genrepi_tally_free(genrepi_tally *tally) {
    genrep_ctx *ctx = tally->words.ctx;
    if (ctx == NULL) return;
    genrepi_free(ctx, tally->counts);
    genrepi_free(ctx, tally->before);
    genrepi_words_free(&tally->words);
    *tally = (genrepi_tally){0};
}

int32_t genrepi_vocab_build(genrep_dataset *dataset, const genrepi_vocab_options *chosen,
                            genrep_vocab **out) {
    genrep_ctx *ctx = dataset->ctx;
    genrepi_tokens tokens;
    int32_t status = genrepi_tokens_open(dataset, &tokens);
    if (status != GENREP_OK) return status;
    genrepi_tally tally;
    status = genrepi_tally_start(ctx, &tally);
    while (status == GENREP_OK) {
        const char *word;
        size_t bytes;
        int32_t added = 0;
        status = genrepi_tokens_next(&tokens, &word, &bytes);
        if (status != GENREP_OK || word == NULL) break;
        status = genrepi_tally_add(&tally, word, bytes, 1, &added);
        if (added && chosen->max_entries > 0 && tally.words.count > chosen->max_entries &&
            status == GENREP_OK)
            status = genrepi_tally_prune(&tally);
    }
    tally.invalid = tokens.invalid;
    if (status == GENREP_OK && tally.missed > 0)
        genrepi_log(ctx, GENREP_LOG_INFO, "%s: with max_entries=%lld counts may be too low by %lld",
                    genrepi_reader_name(tokens.scan.reader), (long long)chosen->max_entries,
                    (long long)tally.missed);
    if (status == GENREP_OK && tokens.invalid > 0)
        genrepi_log(ctx, GENREP_LOG_WARNING, "%s: %lld bytes are not UTF-8; they are kept",
                    genrepi_reader_name(tokens.scan.reader), (long long)tokens.invalid);
    if (status == GENREP_OK && tokens.cut > 0)
        genrepi_log(ctx, GENREP_LOG_WARNING, "%s: %lld words are longer than %d bytes and are cut",
                    genrepi_reader_name(tokens.scan.reader), (long long)tokens.cut,
                    GENREPI_WORD_BYTES);
    if (status == GENREP_OK) status = genrepi_vocab_sort(&tally, chosen, out);
    genrepi_tally_free(&tally);
    genrepi_tokens_close(&tokens);
    return status;
}

genrep_vocab *genrepi_vocab_ref(genrep_vocab *vocab) {
    if (vocab != NULL) genrepi_ref(&vocab->refs);
    return vocab;
}

void genrepi_vocab_unref(genrep_vocab *vocab) {
    if (vocab == NULL || !genrepi_unref(&vocab->refs)) return;
    genrep_ctx *ctx = vocab->ctx;
    genrepi_words_free(&vocab->words);
    genrepi_free(ctx, vocab->counts);
    genrepi_free(ctx, vocab);
    genrepi_ctx_unref(ctx);
}

uint64_t genrepi_vocab_hash(const genrep_vocab *vocab) {
    uint64_t of_words = genrepi_hash(vocab->words.text, vocab->words.used);
    uint64_t of_counts =
        genrepi_hash(vocab->counts, (uint64_t)vocab->words.count * sizeof *vocab->counts);
    return genrepi_stream(GENREPI_FOR_TEXT, of_words, of_counts);
}

int32_t genrepi_vocab_visit(const genrep_vocab *vocab, int64_t words, genrepi_state *state) {
    char hash[64];
    snprintf(hash, sizeof hash, "%016llx of %lld", (unsigned long long)genrepi_vocab_hash(vocab),
             (long long)words);
    return state->same(state, "vocabulary", hash);
}
