/* See pyramid.h.  A level is an image less what the next smaller one tells of it; the last one is
 * the image itself.  Smaller and larger go through the filter (1 4 6 4 1) / 16, mirrored at edges.
 */
#include <metrics/pyramid.h>

#include <base/pool.h>
#include <kernel/slots.h>

#include <string.h>

int32_t genrepi_pyramid_of(const genrepi_comparison *c, genrepi_pyramid *out) {
    const genrepi_shape *a = &c->a->shape, *b = &c->b->shape;
    int32_t images = a->rank >= 3 && a->rank == b->rank;
    for (int32_t i = 1; i < a->rank && images; i++) images = a->size[i] == b->size[i];
    *out = (genrepi_pyramid){.c = c, .levels = 1};
    if (images) out->height = a->size[a->rank - 2], out->width = a->size[a->rank - 1];
    if (out->height < GENREPI_PATCH || out->width < GENREPI_PATCH)
        return genrepi_fail(c->ctx, GENREP_E_INVALID,
                            "%s: takes images of one size, 7 pixels at least, whose last two axes "
                            "are height and width, behind the batch",
                            c->name);
    out->channels = c->rows_a.dim / (out->height * out->width);
    const int64_t least = out->height < out->width ? out->height : out->width;
    while (least >> out->levels >= GENREPI_LEAST_LEVEL) out->levels++;
    return GENREP_OK;
}

static const double taps[5] = {1.0 / 16, 4.0 / 16, 6.0 / 16, 4.0 / 16, 1.0 / 16};

/* -1 is 1, n is n - 2; for n of at least 3. */
static int64_t mirror(int64_t i, int64_t n) {
    if (i < 0) return -i;
    return i < n ? i : 2 * (n - 1) - i;
}

/* Every second pixel of the filtered image; rows first, in `work`. */
static void shrink(int64_t height, int64_t width, const double *from, double *work, double *to) {
    const int64_t half = width / 2;
    for (int64_t i = 0; i < height; i++)
        for (int64_t j = 0; j < half; j++) {
            double sum = 0;
            for (int t = 0; t < 5; t++)
                sum += taps[t] * from[i * width + mirror(2 * j + t - 2, width)];
            work[i * half + j] = sum;
        }
    for (int64_t i = 0; i < height / 2; i++)
        for (int64_t j = 0; j < half; j++) {
            double sum = 0;
            for (int t = 0; t < 5; t++)
                sum += taps[t] * work[mirror(2 * i + t - 2, height) * half + j];
            to[i * half + j] = sum;
        }
}

/* Of the image with zeros between the small one's pixels, four times the filter's sum. */
static double enlarged(int64_t height, int64_t width, const double *small, int64_t i, int64_t j) {
    double sum = 0;
    for (int t = 0; t < 5; t++) {
        const int64_t y = mirror(i + t - 2, height);
        for (int u = 0; u < 5 && y % 2 == 0 && y / 2 < height / 2; u++) {
            const int64_t x = mirror(j + u - 2, width);
            if (x % 2 == 0 && x / 2 < width / 2)
                sum += taps[t] * taps[u] * small[y / 2 * (width / 2) + x / 2];
        }
    }
    return 4 * sum;
}

/* The image at pyramid->level in place: from the whole size down.  small and work: as an image. */
static void make_level(const genrepi_pyramid *p, double *image, double *small, double *work) {
    int64_t height = p->height, width = p->width;
    for (int64_t l = 0; l < p->level; l++) {
        shrink(height, width, image, work, small);
        height /= 2, width /= 2;
        memcpy(image, small, (size_t)(height * width) * sizeof *image);
    }
    if (p->level + 1 == p->levels) return;
    shrink(height, width, image, work, small);
    for (int64_t i = 0; i < height; i++)
        for (int64_t j = 0; j < width; j++)
            image[i * width + j] -= enlarged(height, width, small, i, j);
}

typedef struct cutting {
    const genrepi_pyramid *pyramid;
    const genrepi_rows *rows;
    int64_t patches, room;
    uint64_t set;
    double *work;
    real *to;
    genrepi_slots slots;
} cutting;

static void cut(void *argument, int64_t image) {
    cutting *k = argument;
    const genrepi_pyramid *p = k->pyramid;
    const int64_t height = p->height >> p->level, width = p->width >> p->level;
    const int64_t plane = p->height * p->width, area = GENREPI_PATCH * GENREPI_PATCH;
    const int32_t slot = genrepi_slot_take(&k->slots);
    double *x = k->work + slot * k->room, *small = x + k->rows->dim, *work = small + plane;
    genrepi_rows_read(k->rows, image, 1, NULL, x);
    for (int64_t c = 0; c < p->channels; c++) make_level(p, x + c * plane, small, work);
    genrepi_rng rng = genrepi_rng_at(
        p->c->ctx->seed,
        genrepi_stream(GENREPI_FOR_METRIC, (uint64_t)image, 4 + k->set + 2 * (uint64_t)p->level),
        0);
    for (int64_t n = 0; n < k->patches; n++) {
        real *to = k->to + (image * k->patches + n) * p->channels * area;
        const int64_t top = genrepi_rng_below(&rng, (uint64_t)(height - GENREPI_PATCH + 1));
        const int64_t left = genrepi_rng_below(&rng, (uint64_t)(width - GENREPI_PATCH + 1));
        for (int64_t c = 0; c < p->channels; c++)
            for (int64_t i = 0; i < GENREPI_PATCH; i++)
                genrepi_convert(GENREPI_PATCH, GENREP_F64, x + c * plane + (top + i) * width + left,
                                GENREPI_REAL, to + c * area + i * GENREPI_PATCH);
    }
    genrepi_slot_release(&k->slots, slot);
}

int32_t genrepi_pyramid_patches(const genrepi_pyramid *pyramid, const genrepi_rows *rows,
                                int64_t images, int64_t patches, uint64_t set, real *to) {
    genrep_ctx *ctx = pyramid->c->ctx;
    cutting k = {.pyramid = pyramid, .rows = rows, .patches = patches, .set = set, .to = to};
    k.room = rows->dim + 2 * pyramid->height * pyramid->width;
    genrepi_slots_init(&k.slots, genrepi_workers(ctx));
    k.work = genrepi_alloc_raw(ctx, k.slots.n, (size_t)k.room * sizeof *k.work);
    if (k.work == NULL) return GENREP_E_NOMEM;
    genrepi_parallel(ctx, images, cut, &k);
    genrepi_free(ctx, k.work);
    return GENREP_OK;
}
