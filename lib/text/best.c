/* The best k of many scores. */
#include <text/search.h>

static int worse(const genrepi_hit *a, const genrepi_hit *b) { /* equal scores: the higher number */
    return a->score != b->score ? a->score < b->score : a->index > b->index;
}

static void sink(genrepi_best *best, int64_t at) {
    genrepi_hit *hits = best->hits;
    const genrepi_hit hit = hits[at];
    for (;;) {
        int64_t child = 2 * at + 1;
        if (child >= best->n) break;
        if (child + 1 < best->n && worse(&hits[child + 1], &hits[child])) child++;
        if (!worse(&hits[child], &hit)) break;
        hits[at] = hits[child];
        at = child;
    }
    hits[at] = hit;
}

void genrepi_best_add(genrepi_best *best, real score, int64_t index) {
    const genrepi_hit hit = {score, index};
    if (!genrepi_best_wants(best, score)) return;
    if (best->n < best->k) {
        int64_t at = best->n++;
        for (; at > 0 && worse(&hit, &best->hits[(at - 1) / 2]); at = (at - 1) / 2)
            best->hits[at] = best->hits[(at - 1) / 2];
        best->hits[at] = hit;
    } else {
        best->hits[0] = hit;
        sink(best, 0);
    }
}

void genrepi_best_sort(genrepi_best *best) {
    const int64_t n = best->n;
    while (best->n > 1) { /* takes the worst away, to the end */
        const genrepi_hit hit = best->hits[--best->n];
        best->hits[best->n] = best->hits[0];
        best->hits[0] = hit;
        sink(best, 0);
    }
    best->n = n;
}
