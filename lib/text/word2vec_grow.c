/* Going on from the checkpoint of another run over a new text: its words stay, with the rows they
 * had, and words of the new text are added.  The rate, the epochs and the random numbers begin
 * anew. */
#include <io/safetensors.h>
#include <string.h>
#include <text/word2vec.h>
#include <train/state.h>

const char *const genrepi_word2vec_inputs[] = {"input", "input_right"};
const char *const genrepi_word2vec_outputs[] = {"output", "output_right"};
const char *const genrepi_word2vec_grams[] = {"ngrams", "ngrams_right"};

struct genrepi_word2vec_old {
    genrepi_safetensors *file;
    genrep_vocab *vocab;
    genrepi_ngrams *ngrams;
};

#define WORDS "vocabulary/words"
#define COUNTS "vocabulary/counts"

/* Words, each ended by 0, and counts of 8 bytes, the lowest first. */
int32_t genrepi_word2vec_visit_vocab(const genrep_vocab *vocab, genrepi_state *state) {
    int32_t status =
        state->fixed(state, WORDS, vocab->words.text, GENREP_U8, (int64_t)vocab->words.used);
    if (status != GENREP_OK) return status;
    return state->fixed(state, COUNTS, vocab->counts, GENREP_U8,
                        vocab->words.count * (int64_t)sizeof *vocab->counts);
}

static int32_t fail_other(genrep_trainer *trainer, const char *option) {
    return genrepi_fail(trainer->ctx, GENREP_E_INVALID,
                        "the checkpoint was made with another %s=; this trainer needs the same",
                        option);
}

/* What the tables' shape and meaning hang on. */
static int32_t compare(genrep_trainer *trainer, const genrepi_word2vec_options *there) {
    const genrepi_word2vec_options *here = trainer->options;
    if (there->size != here->size)
        return genrepi_fail(trainer->ctx, GENREP_E_INVALID,
                            "the checkpoint was made with size=%lld, this trainer has size=%lld",
                            (long long)there->size, (long long)here->size);
    if (there->objective != here->objective) return fail_other(trainer, "objective");
    if (there->bias != here->bias) return fail_other(trainer, "bias");
    if (there->max_ngram != here->max_ngram) return fail_other(trainer, "max_ngram");
    if (here->max_ngram == 0) return GENREP_OK;
    if (there->min_ngram != here->min_ngram) return fail_other(trainer, "min_ngram");
    if (there->buckets != here->buckets) return fail_other(trainer, "buckets");
    return GENREP_OK;
}

static int32_t check_header(genrep_trainer *trainer, const genrepi_safetensors *file) {
    genrep_ctx *ctx = trainer->ctx;
    const char *format = genrepi_safetensors_metadata(file, "format"),
               *spec = genrepi_safetensors_metadata(file, "spec");
    if (format == NULL || strcmp(format, GENREPI_CHECKPOINT_FORMAT) != 0 || spec == NULL ||
        genrepi_safetensors_metadata(file, "crc32") == NULL)
        return genrepi_fail(ctx, GENREP_E_FORMAT, "not a checkpoint that this version can read");
    const genrepi_kind *kind;
    void *options;
    int32_t status = genrepi_spec_make(ctx, "trainer", spec, &kind, &options);
    if (status != GENREP_OK)
        return genrepi_fail_in(ctx, status, "the spec of the checkpoint, '%s'", spec);
    status =
        kind == trainer->kind
            ? compare(trainer, options)
            : genrepi_fail(ctx, GENREP_E_INVALID,
                           "the checkpoint is one of a %s trainer, not of word2vec", kind->name);
    genrepi_options_free(ctx, kind, options);
    return status;
}

/* Bytes of an entry; NULL, with the error recorded, if it is not there. */
static const unsigned char *find_bytes(genrep_trainer *trainer, const char *name, int64_t *bytes) {
    const genrepi_safetensors *file = ((genrepi_word2vec *)trainer->instance)->old->file;
    const int64_t index = genrepi_safetensors_find(file, name);
    int32_t dtype = 0;
    genrepi_shape shape;
    if (index >= 0) genrepi_safetensors_info(file, index, &dtype, &shape);
    if (dtype == GENREP_U8) return genrepi_safetensors_data(file, index, bytes);
    genrepi_fail(trainer->ctx, GENREP_E_FORMAT, "'%s' is missing in the checkpoint", name);
    return NULL;
}

static int64_t count_at(const unsigned char *counts, int64_t i) {
    uint64_t value = 0;
    for (int b = 0; b < 8; b++) value |= (uint64_t)counts[8 * i + b] << 8 * b;
    return value <= GENREPI_MAX_COUNT ? (int64_t)value : -1;
}

/* The vocabulary as it was visited; every word once, and the first one "</s>". */
static int32_t unpack(genrep_trainer *trainer, genrep_vocab *vocab) {
    int64_t bytes, count_bytes;
    const unsigned char *words = find_bytes(trainer, WORDS, &bytes);
    if (words == NULL) return GENREP_E_FORMAT;
    const unsigned char *counts = find_bytes(trainer, COUNTS, &count_bytes);
    if (counts == NULL) return GENREP_E_FORMAT;
    const int64_t n = count_bytes / 8;
    int32_t good = n > 0 && 8 * n == count_bytes && bytes > 4 && memcmp(words, "</s>", 5) == 0;
    vocab->counts = genrepi_alloc(trainer->ctx, n + 1, sizeof *vocab->counts);
    if (vocab->counts == NULL) return GENREP_E_NOMEM;
    int64_t at = 0;
    for (int64_t i = 0; good && i < n; i++) {
        const unsigned char *word = words + at, *end = memchr(word, 0, (size_t)(bytes - at));
        const int64_t count = count_at(counts, i);
        int64_t index;
        int32_t added;
        good = end != NULL && end > word && count >= 0 && vocab->total <= GENREPI_MAX_COUNT;
        if (!good) break;
        int32_t status = genrepi_words_add(&vocab->words, (const char *)word, (size_t)(end - word),
                                           &index, &added);
        if (status != GENREP_OK) return status;
        vocab->counts[i] = count;
        vocab->total += count;
        at += end - word + 1;
        good = added;
    }
    if (good && at == bytes) return GENREP_OK;
    return genrepi_fail(trainer->ctx, GENREP_E_FORMAT,
                        "the vocabulary in the checkpoint is damaged");
}

static int32_t read_vocab(genrep_trainer *trainer) {
    genrepi_word2vec *own = trainer->instance;
    genrep_vocab *vocab = own->old->vocab = genrepi_alloc(trainer->ctx, 1, sizeof *vocab);
    if (vocab == NULL) return GENREP_E_NOMEM;
    vocab->ctx = vocab->words.ctx = genrepi_ctx_ref(trainer->ctx);
    atomic_init(&vocab->refs, 1);
    return unpack(trainer, vocab);
}

int32_t genrepi_word2vec_grow_vocab(genrep_trainer *trainer, const genrepi_vocab_options *options,
                                    genrep_vocab **out) {
    const genrepi_word2vec_options *o = trainer->options;
    genrepi_word2vec *own = trainer->instance;
    own->old = genrepi_alloc(trainer->ctx, 1, sizeof *own->old);
    if (own->old == NULL) return GENREP_E_NOMEM;
    int32_t status = genrepi_safetensors_open(trainer->ctx, o->grow, &own->old->file);
    if (status != GENREP_OK) return status;
    status = check_header(trainer, own->old->file);
    if (status == GENREP_OK) status = read_vocab(trainer);
    if (status != GENREP_OK) return genrepi_fail_in(trainer->ctx, status, "grow='%s'", o->grow);
    return genrepi_vocab_grow(own->old->vocab, trainer->dataset, options, out);
}

/* The panels of an old table of `rows` rows; *panels: how many, their columns are the model's. */
static int32_t find_table(genrep_trainer *trainer, const char *const *names, int64_t rows,
                          int64_t *indices, int64_t *columns, int32_t *panels) {
    const genrepi_word2vec *own = trainer->instance;
    const int64_t padded = (own->sgns.size + 15) / 16 * 16; /* as text/sgns.h says */
    int64_t all = 0;
    for (*panels = 0; *panels < GENREPI_MOST_PANELS; ++*panels) {
        const int64_t index = genrepi_safetensors_find(own->old->file, names[*panels]);
        int32_t dtype;
        genrepi_shape shape;
        if (index < 0) break;
        genrepi_safetensors_info(own->old->file, index, &dtype, &shape);
        if (dtype != GENREPI_REAL || shape.rank != 2 || shape.size[0] != rows ||
            shape.size[1] > padded)
            break;
        indices[*panels] = index;
        all += columns[*panels] = shape.size[1];
    }
    if (all == own->sgns.size || all == padded) return GENREP_OK;
    return genrepi_fail(trainer->ctx, GENREP_E_FORMAT,
                        "'%s' in the checkpoint is not a table of %lld rows of size=%lld", names[0],
                        (long long)rows, (long long)own->sgns.size);
}

/* Old rows to new ones; map gives where, from the old number, or -1: nowhere. */
static int32_t take_rows(genrep_trainer *trainer, const char *const *names, int64_t rows,
                         genrep_tensor *const *table, const int32_t *map) {
    const genrepi_word2vec *own = trainer->instance;
    const genrepi_sgns *sgns = &own->sgns;
    int64_t indices[GENREPI_MOST_PANELS], columns[GENREPI_MOST_PANELS], first = 0;
    int32_t panels;
    int32_t status = find_table(trainer, names, rows, indices, columns, &panels);
    if (status != GENREP_OK) return status;
    for (int32_t q = 0; q < panels; first += columns[q++]) {
        int64_t bytes;
        const char *data = genrepi_safetensors_data(own->old->file, indices[q], &bytes);
        for (int32_t p = 0; p < sgns->panels; p++) {
            const int64_t last = first + columns[q];
            const int64_t begin = first > sgns->panel[p] ? first : sgns->panel[p],
                          end = last < sgns->panel[p + 1] ? last : sgns->panel[p + 1];
            for (int64_t i = 0; begin < end && i < rows; i++)
                if (map[i] >= 0)
                    memcpy(genrepi_sgns_row(sgns, table, p, map[i]) + begin - sgns->panel[p],
                           data + (size_t)(i * columns[q] + begin - first) * sizeof(real),
                           (size_t)(end - begin) * sizeof(real));
        }
    }
    return GENREP_OK;
}

static int32_t take_bias(genrep_trainer *trainer, const int32_t *map) {
    const genrepi_word2vec *own = trainer->instance;
    const int64_t rows = own->old->vocab->words.count,
                  index = genrepi_safetensors_find(own->old->file, "bias");
    int32_t dtype = 0;
    genrepi_shape shape;
    if (index >= 0) genrepi_safetensors_info(own->old->file, index, &dtype, &shape);
    if (dtype != GENREPI_REAL || shape.rank != 1 || shape.size[0] != rows)
        return genrepi_fail(trainer->ctx, GENREP_E_FORMAT,
                            "'bias' in the checkpoint is not a table of %lld numbers",
                            (long long)rows);
    int64_t bytes;
    const char *data = genrepi_safetensors_data(own->old->file, index, &bytes);
    for (int64_t i = 0; i < rows; i++)
        if (map[i] >= 0)
            memcpy(genrepi_real(own->sgns.bias) + map[i], data + (size_t)i * sizeof(real),
                   sizeof(real));
    return GENREP_OK;
}

/* The new vocabulary has the old words, so it has the old buckets. */
static int32_t take_ngrams(genrep_trainer *trainer) {
    const genrepi_word2vec *own = trainer->instance;
    struct genrepi_word2vec_old *old = own->old;
    const genrepi_ngrams *fresh = own->ngrams;
    int32_t status = genrepi_ngrams_new(&old->vocab->words, fresh->shortest, fresh->longest,
                                        fresh->buckets, &old->ngrams);
    if (status != GENREP_OK) return status;
    int32_t *map = genrepi_alloc_raw(trainer->ctx, old->ngrams->rows + 1, sizeof *map);
    if (map == NULL) return GENREP_E_NOMEM;
    int64_t row = 0;
    for (int64_t bucket = 0; bucket < fresh->buckets; bucket++)
        if (genrepi_ngrams_row(old->ngrams, bucket) >= 0)
            map[row++] = genrepi_ngrams_row(fresh, bucket);
    status = take_rows(trainer, genrepi_word2vec_grams, row, own->sgns.grams, map);
    genrepi_free(trainer->ctx, map);
    return status;
}

static int32_t take_tables(genrep_trainer *trainer) {
    const genrepi_word2vec *own = trainer->instance;
    const genrepi_words *words = &own->old->vocab->words;
    int32_t *map = genrepi_alloc_raw(trainer->ctx, words->count, sizeof *map);
    if (map == NULL) return GENREP_E_NOMEM;
    for (int64_t i = 0; i < words->count; i++) {
        size_t bytes;
        const char *word = genrepi_words_get(words, i, &bytes);
        map[i] = (int32_t)genrepi_words_find(&own->vocab->words, word, bytes);
    }
    int32_t status =
        take_rows(trainer, genrepi_word2vec_inputs, words->count, own->sgns.input, map);
    if (status == GENREP_OK)
        status = take_rows(trainer, genrepi_word2vec_outputs, words->count, own->sgns.output, map);
    if (status == GENREP_OK && own->sgns.bias != NULL) status = take_bias(trainer, map);
    if (status == GENREP_OK && own->ngrams != NULL) status = take_ngrams(trainer);
    genrepi_free(trainer->ctx, map);
    return status;
}

int32_t genrepi_word2vec_grow_tables(genrep_trainer *trainer) {
    const genrepi_word2vec_options *o = trainer->options;
    int32_t status = take_tables(trainer);
    if (status != GENREP_OK && status != GENREP_E_NOMEM)
        genrepi_fail_in(trainer->ctx, status, "grow='%s'", o->grow);
    genrepi_word2vec_grow_end(trainer);
    return status;
}

void genrepi_word2vec_grow_end(genrep_trainer *trainer) {
    genrepi_word2vec *own = trainer->instance;
    struct genrepi_word2vec_old *old = own->old;
    if (old == NULL) return;
    genrepi_safetensors_close(old->file);
    genrepi_vocab_unref(old->vocab);
    genrepi_ngrams_unref(old->ngrams);
    genrepi_free(trainer->ctx, old);
    own->old = NULL;
}
