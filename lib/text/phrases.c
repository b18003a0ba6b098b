/* The filter "phrases": joins pairs of words that come together more often than by chance (Mikolov
 * et al. 2013b, equation 6; mathematics 2.3): score(a, b) = (n_ab - min_count) N / (n_a n_b) >
 * threshold, N all words of the text.  As in word2phrase.c both words occur min_count times, none
 * is joined over the end of a line (where, unlike there, none is counted), and a word that was
 * joined to the one before is not joined to the one behind; longer phrases take a filter over a
 * filter. */
#include <text/filter.h>
#include <text/pairs.h>
#include <text/vocab.h>

typedef struct phrases_options {
    int64_t min_count, max_entries;
    double threshold;
    char *separator;
} phrases_options;

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(phrases_options, min_count, "5", 1, 1e15,
                       "joins no words that occur less often; also what a pair's count is lessened "
                       "by"),
    GENREPI_OPTION_NUMBER(phrases_options, threshold, "100", 0, 1e15,
                          "joins pairs of a greater score"),
    GENREPI_OPTION_STRING(phrases_options, separator, "_", "the byte between joined words"),
    GENREPI_OPTION_INT(
        phrases_options, max_entries, "0", 0, 1e10,
        "most pairs counted at a time: the rarest are forgotten, so that a count may "
        "be too low by 2 / max_entries of the text's words; 0: all are counted"),
};

typedef struct phrases {
    genrepi_words words; /* that some phrase begins or ends with */
    genrepi_pairs joined;
    char separator;
} phrases;

typedef struct tally {
    genrepi_tally words;
    genrepi_pairs pairs;
    int64_t total;
} tally;

static int32_t count(genrep_dataset *source, tally *t) {
    genrepi_tokens tokens;
    int32_t status = genrepi_tokens_open(source, &tokens);
    if (status != GENREP_OK) return status;
    int64_t before = 0;
    for (;;) {
        const char *word;
        size_t bytes;
        int64_t index;
        status = genrepi_tokens_next(&tokens, &word, &bytes);
        if (status != GENREP_OK || word == NULL) break;
        if (genrepi_is_newline(word, bytes)) {
            before = 0;
            continue;
        }
        status = genrepi_tally_count(&t->words, word, bytes, 1, &index);
        if (status == GENREP_OK && before > 0)
            status = genrepi_pairs_add(&t->pairs, before, index, 1);
        if (status != GENREP_OK) break;
        before = index;
        t->total++;
    }
    genrepi_tokens_close(&tokens);
    return status;
}

static int32_t add_word(phrases *own, const tally *t, int64_t index, int64_t *to) {
    size_t bytes;
    int32_t added;
    const char *word = genrepi_words_get(&t->words.words, index, &bytes);
    return genrepi_words_add(&own->words, word, bytes, to, &added);
}

static int32_t choose(phrases *own, const tally *t, const phrases_options *o) {
    int32_t status = GENREP_OK;
    int64_t none, added;
    int32_t is_new;
    status = genrepi_words_add(&own->words, "", 0, &none, &is_new); /* number 0 is no word */
    for (int64_t i = 0; i < t->pairs.n_slots && status == GENREP_OK; i++) {
        const genrepi_pair *pair = &t->pairs.slots[i];
        if (pair->key == 0) continue;
        const int64_t a = (int64_t)(pair->key >> 32), b = (int64_t)(pair->key & UINT32_MAX);
        const int64_t n_a = t->words.counts[a], n_b = t->words.counts[b];
        if (n_a < o->min_count || n_b < o->min_count) continue;
        const double score = ((double)pair->count - (double)o->min_count) * (double)t->total /
                             ((double)n_a * (double)n_b);
        if (!(score > o->threshold)) continue;
        status = add_word(own, t, a, &none);
        if (status == GENREP_OK) status = add_word(own, t, b, &added);
        if (status == GENREP_OK) status = genrepi_pairs_add(&own->joined, none, added, 1);
    }
    return status;
}

static void free_phrases(genrep_dataset *filter) {
    phrases *own = filter->instance;
    genrepi_words_free(&own->words);
    genrepi_pairs_free(&own->joined);
    genrepi_free(filter->ctx, own);
}

static int32_t open_phrases(genrep_dataset *filter, const void *given) {
    const phrases_options *o = given;
    genrep_ctx *ctx = filter->ctx;
    phrases *own = filter->instance = genrepi_alloc(ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    own->words.ctx = own->joined.ctx = ctx;
    own->separator = o->separator[0];
    if (o->separator[0] <= ' ' || o->separator[0] > '~' || o->separator[1] != 0)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "phrases: separator='%s' is not one visible ASCII character",
                            o->separator);
    tally t = {.pairs = {.ctx = ctx, .most = o->max_entries}};
    int32_t status = genrepi_tally_start(ctx, &t.words);
    if (status == GENREP_OK) status = count(filter->source, &t);
    if (status == GENREP_OK) status = choose(own, &t, o);
    if (status == GENREP_OK && t.pairs.missed > 0)
        genrepi_log(ctx, GENREP_LOG_INFO,
                    "phrases: with max_entries=%lld counts of pairs may be too low by %lld",
                    (long long)o->max_entries, (long long)t.pairs.missed);
    genrepi_pairs_free(&t.pairs);
    genrepi_tally_free(&t.words);
    return status;
}

static int32_t next(genrepi_filter_stream *stream, const char *word, size_t bytes) {
    const phrases *own = stream->filter->instance;
    int64_t *before = stream->state; /* the word before, if a phrase may begin with it */
    if (genrepi_is_newline(word, bytes)) {
        genrepi_filter_newline(stream);
        *before = 0;
        return GENREP_OK;
    }
    const int64_t index = genrepi_words_find(&own->words, word, bytes);
    if (index > 0 && *before > 0 && genrepi_pairs_count(&own->joined, *before, index) > 0) {
        genrepi_filter_join(stream, own->separator, word, bytes);
        *before = 0;
    } else {
        genrepi_filter_word(stream, word, bytes);
        *before = index;
    }
    return GENREP_OK;
}

static const genrepi_filter_ops ops = {open_phrases, free_phrases, sizeof(int64_t), next};

const genrepi_kind genrepi_kind_phrases = {
    .family = "filter",
    .name = "phrases",
    .help = "joins words that come together more often than by chance (Mikolov et al. 2013)",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(phrases_options),
    .implementation = &ops,
};
