/* Counting pairs, and the median of counts. */
#include <text/pairs.h>

enum { FIRST_SLOTS = 1024 };

void genrepi_pairs_free(genrepi_pairs *pairs) {
    if (pairs->ctx == NULL) return;
    genrepi_free(pairs->ctx, pairs->slots);
    *pairs = (genrepi_pairs){0};
}

static uint64_t key_of(int64_t a, int64_t b) {
    return (uint64_t)a << 32 | (uint64_t)b;
}

static genrepi_pair *find(const genrepi_pairs *pairs, uint64_t key) {
    const uint64_t mask = (uint64_t)pairs->n_slots - 1;
    uint64_t at = (key * 0x9E3779B97F4A7C15u) >> 20 & mask; /* Knuth's multiplicative hash */
    while (pairs->slots[at].key != 0 && pairs->slots[at].key != key) at = (at + 1) & mask;
    return &pairs->slots[at];
}

int64_t genrepi_pairs_count(const genrepi_pairs *pairs, int64_t a, int64_t b) {
    return pairs->n_slots == 0 ? 0 : find(pairs, key_of(a, b))->count;
}

/* Hoare's selection (1961). */
int64_t genrepi_select(int64_t *values, int64_t n, int64_t k) {
    int64_t low = 0, high = n - 1;
    while (low < high) {
        const int64_t pivot = values[low + (high - low) / 2];
        int64_t i = low, j = high;
        while (i <= j) {
            while (values[i] < pivot) i++;
            while (values[j] > pivot) j--;
            if (i > j) break;
            const int64_t swap = values[i];
            values[i++] = values[j];
            values[j--] = swap;
        }
        if (k > j && k < i) break;
        if (k <= j)
            high = j;
        else
            low = i;
    }
    return values[k];
}

static int64_t most_of(const genrepi_pair *pair) {
    return (int64_t)pair->count + pair->before;
}

/* Puts the pairs that may have come more than `least` times into as many slots. */
static int32_t rebuild(genrepi_pairs *pairs, int64_t n_slots, int64_t least) {
    genrepi_pair *old = pairs->slots, *slots = genrepi_alloc(pairs->ctx, n_slots, sizeof *slots);
    const int64_t n_old = pairs->n_slots;
    if (slots == NULL) return GENREP_E_NOMEM;
    pairs->slots = slots;
    pairs->n_slots = n_slots;
    pairs->count = 0;
    for (int64_t i = 0; i < n_old; i++) {
        if (old[i].key == 0 || most_of(&old[i]) <= least) continue;
        *find(pairs, old[i].key) = old[i];
        pairs->count++;
    }
    genrepi_free(pairs->ctx, old);
    return GENREP_OK;
}

static int32_t forget(genrepi_pairs *pairs) {
    int64_t *values = genrepi_alloc_raw(pairs->ctx, pairs->count, sizeof *values), n = 0;
    if (values == NULL) return GENREP_E_NOMEM;
    for (int64_t i = 0; i < pairs->n_slots; i++)
        if (pairs->slots[i].key != 0) values[n++] = most_of(&pairs->slots[i]);
    const int64_t median = genrepi_select(values, n, (n - 1) / 2);
    genrepi_free(pairs->ctx, values);
    int32_t status = rebuild(pairs, pairs->n_slots, median);
    if (status == GENREP_OK) pairs->missed = median;
    return status;
}

static uint32_t limited(int64_t value) {
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

int32_t genrepi_pairs_add(genrepi_pairs *pairs, int64_t a, int64_t b, int64_t count) {
    const uint64_t key = key_of(a, b);
    int32_t status = GENREP_OK;
    if (pairs->n_slots > 0) {
        genrepi_pair *found = find(pairs, key);
        if (found->key == key) {
            found->count = limited(found->count + count);
            return GENREP_OK;
        }
        if (pairs->most > 0 && pairs->count >= pairs->most) status = forget(pairs);
    }
    if (status == GENREP_OK && 4 * (pairs->count + 1) > 3 * pairs->n_slots)
        status = rebuild(pairs, pairs->n_slots == 0 ? FIRST_SLOTS : 2 * pairs->n_slots, 0);
    if (status != GENREP_OK) return status;
    *find(pairs, key) = (genrepi_pair){key, limited(count), limited(pairs->missed)};
    pairs->count++;
    return GENREP_OK;
}
