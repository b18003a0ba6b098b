/* Sentences of word numbers. */
#include <text/sentences.h>
#include <kernel/kernel.h>

static int32_t count_words(genrepi_sentences *sentences) {
    sentences->words_per_epoch = 0;
    for (;;) {
        const char *word;
        size_t bytes;
        int32_t status = genrepi_tokens_next(&sentences->tokens, &word, &bytes);
        if (status != GENREP_OK || word == NULL) return status;
        sentences->words_per_epoch +=
            genrepi_words_find(&sentences->vocab->words, word, bytes) >= 0;
    }
}

static int64_t find(genrepi_sentences *sentences, const char *word, size_t bytes) {
    const genrepi_words *known = &sentences->vocab->words;
    uint64_t key = 0;
    if (bytes > sizeof key) return genrepi_words_find(known, word, bytes);
    for (size_t i = 0; i < bytes; i++) key = key << 8 | (unsigned char)word[i];
    const uint64_t hash = (key * 0x9E3779B97F4A7C15u) >> 32; /* Knuth's multiplicative one */
    genrepi_recent_word *recent = &sentences->recent[hash & (GENREPI_RECENT - 1)];
    if (recent->bytes != key)
        *recent = (genrepi_recent_word){key, genrepi_words_find(known, word, bytes)};
    return recent->index;
}

int32_t genrepi_sentences_open(genrep_dataset *dataset, const genrep_vocab *vocab,
                               const genrepi_sampler *sampler, int64_t words_per_epoch,
                               int32_t longest, genrepi_sentences *sentences) {
    *sentences = (genrepi_sentences){
        .vocab = vocab, .sampler = sampler, .words_per_epoch = words_per_epoch, .longest = longest};
    int32_t status = genrepi_tokens_open(dataset, &sentences->tokens);
    if (status != GENREP_OK) return status;
    sentences->words = genrepi_alloc_raw(vocab->ctx, longest, sizeof *sentences->words);
    sentences->recent = genrepi_alloc(vocab->ctx, GENREPI_RECENT, sizeof *sentences->recent);
    if (sentences->words == NULL || sentences->recent == NULL) status = GENREP_E_NOMEM;
    if (status == GENREP_OK && words_per_epoch < 0) status = count_words(sentences);
    if (status == GENREP_OK && sentences->words_per_epoch == 0)
        status = genrepi_fail(vocab->ctx, GENREP_E_INVALID, "%s holds no word of the vocabulary",
                              genrepi_reader_name(sentences->tokens.scan.reader));
    if (status != GENREP_OK) genrepi_sentences_close(sentences);
    return status;
}

int32_t genrepi_epochs_check(genrep_ctx *ctx, int64_t epochs, int64_t words) {
    if (words <= INT64_MAX / 2 / epochs) return GENREP_OK;
    return genrepi_fail(ctx, GENREP_E_RANGE, "epochs=%lld of this text are too many",
                        (long long)epochs);
}

void genrepi_sentences_close(genrepi_sentences *sentences) {
    if (sentences->vocab == NULL) return;
    genrepi_tokens_close(&sentences->tokens);
    genrepi_free(sentences->vocab->ctx, sentences->words);
    genrepi_free(sentences->vocab->ctx, sentences->recent);
    *sentences = (genrepi_sentences){0};
}

static int32_t fail_changed(const genrepi_sentences *sentences) {
    return genrepi_fail(sentences->vocab->ctx, GENREP_E_IO,
                        "%s has changed since its words were counted",
                        genrepi_reader_name(sentences->tokens.scan.reader));
}

int32_t genrepi_sentences_next(genrepi_sentences *sentences, genrepi_rng *rng, int64_t *consumed) {
    genrepi_tokens *tokens = &sentences->tokens;
    genrepi_place *place = &sentences->place;
    int32_t status = GENREP_OK;
    if (genrepi_scan_offset(&tokens->scan) != place->offset)
        status = genrepi_scan_seek(&tokens->scan, place->offset);
    const genrep_ctx *ctx = sentences->vocab->ctx;
    genrepi_rng_set(
        rng, ctx->kernels->random_words, ctx->seed,
        genrepi_stream(GENREPI_FOR_TEXT, (uint64_t)place->epoch, (uint64_t)place->sentence), 0);
    int64_t words = 0;
    const char *word = NULL;
    sentences->n = 0;
    while (status == GENREP_OK && sentences->n < sentences->longest) {
        size_t bytes;
        status = genrepi_tokens_next(tokens, &word, &bytes);
        if (status != GENREP_OK || word == NULL) break;
        const int64_t index = find(sentences, word, bytes);
        if (index < 0) continue;
        words++;
        if (index == 0) break;
        if (genrepi_sampler_keeps(sentences->sampler, index, rng))
            sentences->words[sentences->n++] = (int32_t)index;
    }
    if (status != GENREP_OK) return status;
    if (place->words + words > sentences->words_per_epoch) return fail_changed(sentences);
    place->sentence++;
    place->words += words;
    place->offset = genrepi_scan_offset(&tokens->scan);
    *consumed = words;
    if (word != NULL) return GENREP_OK;
    if (place->words < sentences->words_per_epoch) return fail_changed(sentences);
    *place = (genrepi_place){.epoch = place->epoch + 1};
    return GENREP_OK;
}
