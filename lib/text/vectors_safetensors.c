/* Word vectors in safetensors files (the tensors: vectors_file.h), read whole or mapped.
 *
 * A mapped file is believed in nothing that a query would use as an address: the starts of words
 * and the slots of their table are checked when it is opened, in one pass over some 30 bytes a
 * word.  Rows and lengths are numbers only, and are not looked at. */
#include <io/map.h>
#include <string.h>
#include <text/tokens.h>
#include <text/vectors_file.h>

typedef struct owner {
    genrepi_safetensors *file;
    genrepi_map map;
} owner;

typedef struct part {
    const void *data;
    int64_t bytes;
    genrepi_shape shape;
} part;

static void release_owner(genrep_ctx *ctx, void *given) {
    owner *own = given;
    genrepi_safetensors_close(own->file);
    genrepi_map_close(&own->map);
    genrepi_free(ctx, own);
}

static int32_t fail(genrep_ctx *ctx, const char *name, const char *what, const char *problem) {
    return genrepi_fail(ctx, GENREP_E_FORMAT, "'%s': tensor '%s' %s", name, what, problem);
}

/* A tensor by name, of a type and rank, whose elements lie at multiples of `width` bytes. */
static int32_t find(genrep_ctx *ctx, const genrepi_safetensors *file, const char *name,
                    const char *what, const char *type, int32_t rank, size_t width, part *found) {
    const int64_t index = genrepi_safetensors_find(file, what);
    int32_t dtype;
    if (index < 0)
        return fail(ctx, name, what,
                    "is missing: genrep_vectors_save() writes such files with format=safetensors");
    genrepi_safetensors_info(file, index, &dtype, &found->shape);
    if (found->shape.rank != rank || strcmp(genrepi_safetensors_type(file, index), type) != 0)
        return fail(ctx, name, what, "has not the type and rank that word vectors have");
    found->data = genrepi_safetensors_data(file, index, &found->bytes);
    if ((uintptr_t)found->data % width != 0)
        return fail(ctx, name, what, "is not aligned: save the vectors again");
    return GENREP_OK;
}

/* Rows, which need no copy where they are aligned. */
static int32_t take_rows(genrep_ctx *ctx, const genrepi_safetensors *file, const char *name,
                         genrep_vectors **out) {
    part rows;
    int32_t status = find(ctx, file, name, "vectors", "F32", 2, 1, &rows);
    if (status != GENREP_OK) return status;
    const int64_t n = rows.shape.size[0], dim = rows.shape.size[1];
    if (n < 1 || n >= INT32_MAX || dim < 1 || dim > GENREPI_MOST_DIM)
        return fail(ctx, name, "vectors", "has not 1 or more rows of 1..65536 numbers");
    genrep_vectors *v;
    status = genrepi_vectors_new(ctx, dim, &v);
    if (status != GENREP_OK) return status;
    v->rows = rows.data;
    if ((uintptr_t)rows.data % sizeof(float) != 0) {
        v->rows = v->own_rows = genrepi_alloc_raw(ctx, n, (size_t)dim * sizeof(float));
        if (v->own_rows != NULL)
            memcpy(v->own_rows, rows.data, (size_t)rows.bytes);
        else
            status = GENREP_E_NOMEM;
    }
    if (status == GENREP_OK)
        *out = v;
    else
        genrepi_vectors_unref(v);
    return status;
}

/* ---- read ------------------------------------------------------------------------------------ */

static int32_t read_words(genrep_ctx *ctx, const genrepi_safetensors *file, const char *name,
                          int64_t n, genrepi_words *words) {
    part text;
    int32_t status = find(ctx, file, name, "words", "U8", 1, 1, &text);
    const char *at = text.data, *end = at + (status == GENREP_OK ? text.bytes : 0);
    while (status == GENREP_OK && words->count < n) {
        const char *stop = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
        if (stop == NULL) return fail(ctx, name, "words", "has less words than there are rows");
        if (stop - at > GENREPI_WORD_BYTES) return fail(ctx, name, "words", "has too long a word");
        int64_t index;
        int32_t added;
        status = genrepi_words_add(words, at, (size_t)(stop - at), &index, &added);
        if (status == GENREP_OK && !added)
            return genrepi_fail(ctx, GENREP_E_FORMAT, "'%s': word %lld, '%s', is word %lld already",
                                name, (long long)words->count, at, (long long)index);
        at = stop + 1;
    }
    if (status == GENREP_OK && at != end)
        return fail(ctx, name, "words", "has more words than there are rows");
    return status;
}

static int32_t read_parts(genrep_ctx *ctx, const genrepi_safetensors *file, const char *name,
                          genrep_vectors *v) {
    part rows;
    int32_t status = find(ctx, file, name, "vectors", "F32", 2, 1, &rows);
    if (status == GENREP_OK) status = read_words(ctx, file, name, rows.shape.size[0], &v->words);
    if (status != GENREP_OK) return status;
    status = genrepi_vectors_finish(v);
    return status == GENREP_OK ? status : genrepi_fail_in(ctx, status, "'%s'", name);
}

/* ---- mapped ---------------------------------------------------------------------------------- */

static int32_t check_starts(genrep_ctx *ctx, const char *name, const part *starts, const part *text,
                            int64_t n) {
    const uint64_t *at = starts->data;
    const char *words = text->data;
    const uint64_t most = GENREPI_WORD_BYTES + 1;
    int good = starts->shape.size[0] > n;
    if (good) good = at[0] == 0 && at[n] == (uint64_t)text->bytes;
    for (int64_t i = 0; i < n && good; i++)
        good = at[i + 1] > at[i] && at[i + 1] - at[i] <= most &&
               at[i + 1] <= (uint64_t)text->bytes && words[at[i + 1] - 1] == 0;
    return good ? GENREP_OK : fail(ctx, name, "word_starts", "does not fit the words");
}

/* Each word in one slot, and a free one left, so that every search ends. */
static int32_t check_slots(genrep_ctx *ctx, const char *name, const part *slots, int64_t n) {
    const uint64_t *at = slots->data;
    const int64_t count = slots->shape.size[0];
    int64_t used = 0;
    int good = count > n && (count & (count - 1)) == 0;
    for (int64_t i = 0; i < count && good; i++) {
        const uint64_t number = at[i] & 0xFFFFFFFFu;
        good = at[i] == 0 || (number > 0 && number <= (uint64_t)n);
        used += at[i] != 0;
    }
    return good && used == n ? GENREP_OK
                             : fail(ctx, name, "word_slots", "is not the table of the words");
}

static int32_t take_lengths(const part *lengths, genrep_vectors *v) {
    const int64_t n = v->words.count;
    if (GENREPI_REAL == GENREP_F32) {
        v->inverse_lengths = lengths->data;
        return GENREP_OK;
    }
    v->own_lengths = genrepi_alloc_raw(v->ctx, n, sizeof *v->own_lengths);
    if (v->own_lengths == NULL) return GENREP_E_NOMEM;
    genrepi_convert(n, GENREP_F32, lengths->data, GENREPI_REAL, v->own_lengths);
    v->inverse_lengths = v->own_lengths;
    return GENREP_OK;
}

static int32_t map_parts(genrep_ctx *ctx, const genrepi_safetensors *file, const char *name,
                         genrep_vectors *v) {
    part rows, lengths, text, starts, slots;
    const char *version = genrepi_safetensors_metadata(file, GENREPI_VECTORS_MARK);
    if (version == NULL || strcmp(version, GENREPI_VECTORS_VERSION) != 0)
        return genrepi_fail(ctx, GENREP_E_FORMAT,
                            "'%s' was not written to be mapped: load it without mmap=1, and save "
                            "it with format=safetensors",
                            name);
    int32_t status = find(ctx, file, name, "vectors", "F32", 2, sizeof(float), &rows);
    if (status == GENREP_OK)
        status = find(ctx, file, name, "inverse_lengths", "F32", 1, sizeof(float), &lengths);
    if (status == GENREP_OK) status = find(ctx, file, name, "words", "U8", 1, 1, &text);
    if (status == GENREP_OK) status = find(ctx, file, name, "word_starts", "U64", 1, 8, &starts);
    if (status == GENREP_OK) status = find(ctx, file, name, "word_slots", "U64", 1, 8, &slots);
    if (status != GENREP_OK) return status;
    const int64_t n = rows.shape.size[0];
    if (lengths.shape.size[0] != n)
        return fail(ctx, name, "inverse_lengths", "has not one number a row");
    status = check_starts(ctx, name, &starts, &text, n);
    if (status == GENREP_OK) status = check_slots(ctx, name, &slots, n);
    if (status != GENREP_OK) return status;
    /* Borrowed (ctx is NULL), so nothing is written through these pointers. */
    v->words = (genrepi_words){.text = (char *)(uintptr_t)text.data,
                               .used = (size_t)text.bytes,
                               .room = (size_t)text.bytes,
                               .starts = (size_t *)(uintptr_t)starts.data,
                               .count = n,
                               .capacity = n + 1,
                               .slots = (uint64_t *)(uintptr_t)slots.data,
                               .n_slots = slots.shape.size[0]};
    return take_lengths(&lengths, v);
}

/* ---- both ------------------------------------------------------------------------------------ */

/* Takes the owner over. */
static int32_t make(genrep_ctx *ctx, owner *own, const char *name, int32_t mapped,
                    genrep_vectors **out) {
    genrep_vectors *v = NULL;
    int32_t status = take_rows(ctx, own->file, name, &v);
    if (status != GENREP_OK) {
        release_owner(ctx, own);
        return status;
    }
    v->owner = own;
    v->release = release_owner;
    status = mapped ? map_parts(ctx, own->file, name, v) : read_parts(ctx, own->file, name, v);
    if (status == GENREP_OK)
        *out = v;
    else
        genrepi_vectors_unref(v);
    return status;
}

int32_t genrepi_vectors_from_safetensors(genrep_ctx *ctx, genrepi_safetensors *file,
                                         const char *name, int32_t mapped, genrep_vectors **out) {
    owner *own = genrepi_alloc(ctx, 1, sizeof *own);
    if (own == NULL) {
        genrepi_safetensors_close(file);
        return GENREP_E_NOMEM;
    }
    own->file = file;
    return make(ctx, own, name, mapped, out);
}

int32_t genrepi_vectors_read_safetensors(genrep_ctx *ctx, const char *path, genrep_vectors **out) {
    genrepi_safetensors *file;
    int32_t status = genrepi_safetensors_open(ctx, path, &file);
    return status == GENREP_OK ? genrepi_vectors_from_safetensors(ctx, file, path, 0, out) : status;
}

int32_t genrepi_vectors_open_map(genrep_ctx *ctx, const char *path, genrep_vectors **out) {
    if (sizeof(size_t) != sizeof(uint64_t))
        return genrepi_fail(ctx, GENREP_E_UNSUPPORTED,
                            "mmap=1 needs addresses of 64 bits: load without it");
    owner *own = genrepi_alloc(ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    int32_t status = genrepi_map_open(ctx, path, &own->map);
    if (status == GENREP_OK)
        status =
            genrepi_safetensors_parse_mapped(ctx, path, own->map.bytes, own->map.size, &own->file);
    if (status != GENREP_OK) {
        release_owner(ctx, own);
        return status;
    }
    return make(ctx, own, path, 1, out);
}

/* ---- written --------------------------------------------------------------------------------- */

/* Starts as the file has them: 64 bits each, a multiple of 8 of them, so that what follows begins
 * at a multiple of 64 bytes. */
static uint64_t *make_starts(const genrep_vectors *v, int64_t *count) {
    const genrepi_words *words = &v->words;
    *count = (words->count + 8) / 8 * 8;
    uint64_t *starts = genrepi_alloc_raw(v->ctx, *count, sizeof *starts);
    if (starts == NULL) return NULL;
    for (int64_t i = 0; i < *count; i++)
        starts[i] = words->starts[i < words->count ? i : words->count];
    return starts;
}

static const float *lengths_as_float(const genrep_vectors *v, float **copy) {
    if (GENREPI_REAL == GENREP_F32) return (const float *)(const void *)v->inverse_lengths;
    *copy = genrepi_alloc_raw(v->ctx, v->words.count, sizeof **copy);
    if (*copy != NULL)
        genrepi_convert(v->words.count, GENREPI_REAL, v->inverse_lengths, GENREP_F32, *copy);
    return *copy;
}

int32_t genrepi_vectors_write_safetensors(const genrep_vectors *vectors, const char *path) {
    genrep_ctx *ctx = vectors->ctx;
    const genrepi_words *words = &vectors->words;
    const int64_t n = words->count;
    int64_t n_starts;
    float *copy = NULL;
    for (int64_t i = 0; i < n; i++) {
        size_t bytes;
        const char *word = genrepi_words_get(words, i, &bytes);
        if (memchr(word, 0, bytes) != NULL || bytes > GENREPI_WORD_BYTES)
            return genrepi_fail(ctx, GENREP_E_INVALID,
                                "word %lld holds a 0 or has more than %d bytes, which the "
                                "safetensors format cannot",
                                (long long)i, GENREPI_WORD_BYTES);
    }
    uint64_t *starts = make_starts(vectors, &n_starts);
    const float *lengths = starts == NULL ? NULL : lengths_as_float(vectors, &copy);
    int32_t status = lengths == NULL ? GENREP_E_NOMEM : GENREP_OK;
    const int64_t sizes[] = {n, vectors->dim}, bytes = (int64_t)words->used;
    const genrepi_safetensors_entry entries[] = {
        {"word_starts", GENREP_F64, genrepi_shape_of(1, &n_starts), starts},
        {"word_slots", GENREP_F64, genrepi_shape_of(1, &words->n_slots), words->slots},
        {"vectors", GENREP_F32, genrepi_shape_of(2, sizes), vectors->rows},
        {"inverse_lengths", GENREP_F32, genrepi_shape_of(1, &n), lengths},
        {"words", GENREP_U8, genrepi_shape_of(1, &bytes), words->text},
    };
    const genrepi_safetensors_layout layouts[] = {{0, "U64"},
                                                  {0, "U64"},
                                                  {vectors->stride * (int64_t)sizeof(float), NULL},
                                                  {0, NULL},
                                                  {0, NULL}};
    const genrepi_safetensors_metadata_entry mark = {GENREPI_VECTORS_MARK, GENREPI_VECTORS_VERSION};
    if (status == GENREP_OK)
        status = genrepi_safetensors_write_as(ctx, path, entries, layouts, GENREPI_COUNT(entries),
                                              &mark, 1);
    genrepi_free(ctx, copy);
    genrepi_free(ctx, starts);
    return status;
}
