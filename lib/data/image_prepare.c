/* See image_prepare.h. */
#include <data/image_prepare.h>
#include <math.h>

static double luma(double r, double g, double b) {
    return 0.299 * r + 0.587 * g + 0.114 * b;
}

/* The part of an image that is used, on planes of real numbers. */
typedef struct planes {
    int64_t width, height;
    int32_t channels;
    float *pixels;
} planes;

static void flatten_pixel(const uint8_t *from, int32_t channels, int32_t background, int32_t wanted,
                          float *to) {
    const int colour = channels >= 3;
    const double alpha = channels % 2 == 0 ? from[channels - 1] / 255.0 : 1;
    double rgb[3];
    for (int c = 0; c < 3; c++) rgb[c] = alpha * from[colour ? c : 0] + (1 - alpha) * background;
    if (wanted == 1) {
        to[0] = (float)(colour ? luma(rgb[0], rgb[1], rgb[2]) : rgb[0]);
        return;
    }
    for (int c = 0; c < 3; c++) to[c] = (float)rgb[c];
}

/* Cuts or pads and lays over the background; pixels stay interleaved. */
static int32_t take(genrep_ctx *ctx, const genrepi_image *image, int32_t fit, int32_t background,
                    int32_t channels, planes *out) {
    const int64_t w = image->width, h = image->height;
    const int64_t least = w < h ? w : h, most = w < h ? h : w;
    *out = (planes){fit == GENREPI_FIT_STRETCH ? w
                    : fit == GENREPI_FIT_CROP  ? least
                                               : most,
                    fit == GENREPI_FIT_STRETCH ? h
                    : fit == GENREPI_FIT_CROP  ? least
                                               : most,
                    channels, NULL};
    const int64_t left = (w - out->width) / 2, top = (h - out->height) / 2; /* below 0: padding */
    out->pixels =
        genrepi_alloc_raw(ctx, out->width * out->height, (size_t)channels * sizeof *out->pixels);
    if (out->pixels == NULL) return GENREP_E_NOMEM;
    for (int64_t y = 0; y < out->height; y++)
        for (int64_t x = 0; x < out->width; x++) {
            float *to = out->pixels + (y * out->width + x) * channels;
            const int64_t u = x + left, v = y + top;
            if (u >= 0 && u < w && v >= 0 && v < h) {
                flatten_pixel(image->pixels + (v * w + u) * image->channels, image->channels,
                              background, channels, to);
                continue;
            }
            for (int32_t c = 0; c < channels; c++) to[c] = (float)background;
        }
    return 0;
}

static double cubic(double x) {
    x = fabs(x);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/* The weights of output pixel i of n from `from` pixels: first, and how many. */
static int64_t weights(int64_t i, int64_t n, int64_t from, double *weight, int64_t *first) {
    const double ratio = (double)from / (double)n, wide = ratio > 1 ? ratio : 1;
    const double centre = ((double)i + 0.5) * ratio, reach = 2 * wide;
    int64_t begin = (int64_t)floor(centre - reach + 0.5),
            end = (int64_t)floor(centre + reach + 0.5);
    begin = begin < 0 ? 0 : begin;
    end = end > from ? from : end;
    double sum = 0;
    for (int64_t j = begin; j < end; j++)
        sum += weight[j - begin] = cubic(((double)j + 0.5 - centre) / wide);
    for (int64_t j = begin; j < end; j++) weight[j - begin] /= sum;
    *first = begin;
    return end - begin;
}

static int64_t most_weights(int64_t n, int64_t from) {
    return 4 * (from / n + 1) + 4;
}

/* Rows of `from` pixels, `lines` of them, to rows of n, transposed: twice this changes both sizes
 * and turns the image back. */
static int32_t resize_rows(genrep_ctx *ctx, planes *image, int64_t n) {
    const int64_t lines = image->height, from = image->width;
    const int32_t channels = image->channels;
    double *weight = genrepi_alloc_raw(ctx, most_weights(n, from), sizeof *weight);
    float *to = genrepi_alloc_raw(ctx, lines * n, (size_t)channels * sizeof *to);
    for (int64_t i = 0; i < n && weight != NULL && to != NULL; i++) {
        int64_t first;
        const int64_t count = weights(i, n, from, weight, &first);
        for (int64_t y = 0; y < lines; y++)
            for (int32_t c = 0; c < channels; c++) {
                const float *x = image->pixels + (y * from + first) * channels + c;
                double sum = 0;
                for (int64_t j = 0; j < count; j++) sum += weight[j] * (double)x[j * channels];
                to[(i * lines + y) * channels + c] = (float)sum;
            }
    }
    genrepi_free(ctx, weight);
    if (weight == NULL || to == NULL) {
        genrepi_free(ctx, to);
        return GENREP_E_NOMEM;
    }
    genrepi_free(ctx, image->pixels);
    *image = (planes){lines, n, channels, to};
    return 0;
}

static uint8_t to_byte(double x) {
    return (uint8_t)(x <= 0 ? 0 : x >= 255 ? 255 : x + 0.5);
}

int32_t genrepi_image_prepare(genrep_ctx *ctx, const genrepi_image *image, int32_t fit,
                              int32_t background, int32_t channels, int64_t size, uint8_t *to) {
    planes p = {0, 0, 0, NULL};
    int32_t status = take(ctx, image, fit, background, channels, &p);
    if (status == 0 && (p.width != size || p.height != size)) {
        status = resize_rows(ctx, &p, size);
        if (status == 0) status = resize_rows(ctx, &p, size);
    }
    for (int32_t c = 0; c < channels && status == 0; c++)
        for (int64_t i = 0; i < size * size; i++)
            to[c * size * size + i] = to_byte((double)p.pixels[i * channels + c]);
    genrepi_free(ctx, p.pixels);
    return status;
}

/* The luma at a place, the border's beyond it. */
static double luma_at(const uint8_t *image, int32_t channels, int64_t size, int64_t y, int64_t x) {
    const int64_t last = size - 1, plane = size * size;
    y = y < 0 ? 0 : y > last ? last : y;
    x = x < 0 ? 0 : x > last ? last : x;
    const uint8_t *at = image + y * size + x;
    return channels == 1 ? at[0] : luma(at[0], at[plane], at[2 * plane]);
}

void genrepi_image_edges(const uint8_t *image, int32_t channels, int64_t size, uint8_t *to) {
    for (int64_t y = 0; y < size; y++)
        for (int64_t x = 0; x < size; x++) {
            double across = 0, down = 0;
            for (int64_t k = -1; k <= 1; k++) {
                const double times = k == 0 ? 0.5 : 0.25; /* 1 2 1 over 4 */
                across += times * (luma_at(image, channels, size, y + k, x + 1) -
                                   luma_at(image, channels, size, y + k, x - 1));
                down += times * (luma_at(image, channels, size, y + 1, x + k) -
                                 luma_at(image, channels, size, y - 1, x + k));
            }
            to[y * size + x] = to_byte(255 - sqrt(across * across + down * down));
        }
}

void genrepi_image_grey(const uint8_t *image, int32_t channels, int64_t size, uint8_t *to) {
    for (int64_t y = 0; y < size; y++)
        for (int64_t x = 0; x < size; x++)
            to[y * size + x] = to_byte(luma_at(image, channels, size, y, x));
}
