/* Words and their numbers. */
#include <text/words.h>
#include <base/random.h>
#include <string.h>

enum { FIRST_WORDS = 256 };
#define MOST_WORDS 0x7FFFFFFE

void genrepi_words_free(genrepi_words *words) {
    if (words->ctx == NULL) return;
    genrepi_free(words->ctx, words->text);
    genrepi_free(words->ctx, words->starts);
    genrepi_free(words->ctx, words->slots);
    *words = (genrepi_words){0};
}

/* The slot that holds the word, or the free one where it belongs. */
static int64_t find_slot(const genrepi_words *words, uint64_t hash, const char *word,
                         size_t bytes) {
    int64_t mask = words->n_slots - 1;
    int64_t at = (int64_t)(hash & (uint64_t)mask);
    for (;; at = (at + 1) & mask) {
        uint64_t slot = words->slots[at];
        if (slot == 0) return at;
        if (slot >> 32 != hash >> 32) continue;
        size_t length;
        const char *other = genrepi_words_get(words, (int64_t)(slot & 0xFFFFFFFFu) - 1, &length);
        if (length == bytes && memcmp(other, word, bytes) == 0) return at;
    }
}

int64_t genrepi_words_find(const genrepi_words *words, const char *word, size_t bytes) {
    if (words->n_slots == 0) return -1;
    int64_t at = find_slot(words, genrepi_hash(word, bytes), word, bytes);
    return (int64_t)(words->slots[at] & 0xFFFFFFFFu) - 1;
}

static int32_t grow_slots(genrepi_words *words, int64_t n_slots) {
    uint64_t *old = words->slots;
    int64_t n_old = words->n_slots;
    uint64_t *slots = genrepi_alloc(words->ctx, n_slots, sizeof *slots);
    if (slots == NULL) return GENREP_E_NOMEM;
    uint64_t mask = (uint64_t)n_slots - 1;
    for (int64_t i = 0; i < n_old; i++) {
        if (old[i] == 0) continue;
        size_t bytes;
        const char *word = genrepi_words_get(words, (int64_t)(old[i] & 0xFFFFFFFFu) - 1, &bytes);
        uint64_t at = genrepi_hash(word, bytes) & mask;
        while (slots[at] != 0) at = (at + 1) & mask;
        slots[at] = old[i];
    }
    genrepi_free(words->ctx, old);
    words->slots = slots;
    words->n_slots = n_slots;
    return GENREP_OK;
}

/* Room for one word more of `bytes` bytes. */
static int32_t make_room(genrepi_words *words, size_t bytes) {
    if (words->count + 1 >= words->capacity) {
        int64_t capacity = words->capacity == 0 ? FIRST_WORDS : 2 * words->capacity;
        size_t *starts = genrepi_realloc(words->ctx, words->starts, capacity, sizeof *starts);
        if (starts == NULL) return GENREP_E_NOMEM;
        starts[words->count] = words->used;
        words->starts = starts;
        words->capacity = capacity;
    }
    if (words->room - words->used < bytes + 1) {
        size_t room = 2 * words->room + bytes + 8 * FIRST_WORDS;
        char *text = genrepi_realloc(words->ctx, words->text, (int64_t)room, 1);
        if (text == NULL) return GENREP_E_NOMEM;
        words->text = text;
        words->room = room;
    }
    if (2 * (words->count + 1) <= words->n_slots) return GENREP_OK;
    return grow_slots(words, words->n_slots == 0 ? 2 * FIRST_WORDS : 2 * words->n_slots);
}

int32_t genrepi_words_add(genrepi_words *words, const char *word, size_t bytes, int64_t *index,
                          int32_t *added) {
    uint64_t hash = genrepi_hash(word, bytes);
    *added = 0;
    if (words->n_slots > 0) {
        int64_t at = find_slot(words, hash, word, bytes);
        *index = (int64_t)(words->slots[at] & 0xFFFFFFFFu) - 1;
        if (*index >= 0) return GENREP_OK;
    }
    if (words->count >= MOST_WORDS)
        return genrepi_fail(words->ctx, GENREP_E_INVALID, "more than %d different words",
                            MOST_WORDS);
    int32_t status = make_room(words, bytes);
    if (status != GENREP_OK) return status;
    memcpy(words->text + words->used, word, bytes);
    words->text[words->used + bytes] = 0;
    words->used += bytes + 1;
    *index = words->count++;
    words->starts[words->count] = words->used;
    words->slots[find_slot(words, hash, word, bytes)] =
        (hash & 0xFFFFFFFF00000000u) | (uint64_t)words->count;
    *added = 1;
    return GENREP_OK;
}

void genrepi_words_keep(genrepi_words *words, const uint8_t *kept) {
    const int64_t count = words->count;
    size_t begin = 0;
    memset(words->slots, 0, (size_t)words->n_slots * sizeof *words->slots);
    words->count = 0;
    words->used = 0;
    for (int64_t i = 0; i < count; i++) {
        const size_t end = words->starts[i + 1], size = end - begin;
        if (kept[i]) {
            char *word = words->text + words->used;
            memmove(word, words->text + begin, size);
            const uint64_t hash = genrepi_hash(word, size - 1);
            words->used += size;
            words->starts[++words->count] = words->used;
            words->slots[find_slot(words, hash, word, size - 1)] =
                (hash & 0xFFFFFFFF00000000u) | (uint64_t)words->count;
        }
        begin = end;
    }
}

static void *copy_block(genrep_ctx *ctx, const void *from, int64_t count, size_t bytes) {
    void *copy = genrepi_alloc_raw(ctx, count, bytes);
    if (copy != NULL && count > 0) memcpy(copy, from, (size_t)count * bytes);
    return copy;
}

int32_t genrepi_words_copy(genrep_ctx *ctx, const genrepi_words *words, genrepi_words *copy) {
    *copy = (genrepi_words){.ctx = ctx};
    if (words->count == 0) return GENREP_OK;
    copy->text = copy_block(ctx, words->text, (int64_t)words->used, 1);
    copy->starts = copy_block(ctx, words->starts, words->count + 1, sizeof *words->starts);
    copy->slots = copy_block(ctx, words->slots, words->n_slots, sizeof *words->slots);
    copy->used = copy->room = words->used;
    copy->count = words->count;
    copy->capacity = words->count + 1;
    copy->n_slots = words->n_slots;
    if (copy->text != NULL && copy->starts != NULL && copy->slots != NULL) return GENREP_OK;
    genrepi_words_free(copy);
    return GENREP_E_NOMEM;
}
