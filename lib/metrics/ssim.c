/* Structural similarity of pairs of images: Wang, Bovik, Sheikh and Simoncelli 2004, and at several
 * scales Wang, Simoncelli and Bovik 2003.  A window of 11 x 11 pixels weighted by a Gaussian of
 * deviation 1.5, only where it lies inside the image; the mean over windows and channels. */
#include <metrics/metric.h>

#include <math.h>
#include <string.h>

enum { WINDOW = 11, SCALES = 5, MAPS = 5 };

typedef struct ssim_options {
    double range;
    int64_t scales;
} ssim_options;

static const double weights[SCALES] = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

typedef struct image {
    const double *a, *b;
    int64_t height, width;
} image;

static void make_window(double window[WINDOW]) {
    double sum = 0;
    for (int i = 0; i < WINDOW; i++) {
        const double x = i - WINDOW / 2;
        sum += window[i] = exp(-x * x / (2 * 1.5 * 1.5));
    }
    for (int i = 0; i < WINDOW; i++) window[i] /= sum;
}

/* Along the rows: the sums of x, y, x^2, y^2 and x y, one map after the other. */
static void filter_rows(const image *m, const double *window, double *maps) {
    const int64_t width = m->width - WINDOW + 1, size = m->height * width;
    for (int64_t i = 0; i < m->height; i++)
        for (int64_t j = 0; j < width; j++) {
            const double *x = m->a + i * m->width + j, *y = m->b + i * m->width + j;
            double sums[MAPS] = {0};
            for (int p = 0; p < WINDOW; p++) {
                sums[0] += window[p] * x[p];
                sums[1] += window[p] * y[p];
                sums[2] += window[p] * x[p] * x[p];
                sums[3] += window[p] * y[p] * y[p];
                sums[4] += window[p] * x[p] * y[p];
            }
            for (int s = 0; s < MAPS; s++) maps[s * size + i * width + j] = sums[s];
        }
}

/* The means over all windows of the whole index, and of its part without the means. */
static void compare(const image *m, double range, double *maps, double *whole, double *contrast) {
    double window[WINDOW];
    const int64_t width = m->width - WINDOW + 1, height = m->height - WINDOW + 1;
    const int64_t size = m->height * width;
    const double c1 = (0.01 * range) * (0.01 * range), c2 = (0.03 * range) * (0.03 * range);
    make_window(window);
    filter_rows(m, window, maps);
    *whole = *contrast = 0;
    for (int64_t i = 0; i < height; i++)
        for (int64_t j = 0; j < width; j++) {
            double s[MAPS] = {0};
            for (int k = 0; k < MAPS; k++)
                for (int p = 0; p < WINDOW; p++)
                    s[k] += window[p] * maps[k * size + (i + p) * width + j];
            const double spread = s[2] - s[0] * s[0] + s[3] - s[1] * s[1] + c2;
            const double part = (2 * (s[4] - s[0] * s[1]) + c2) / spread;
            *contrast += part;
            *whole += part * (2 * s[0] * s[1] + c1) / (s[0] * s[0] + s[1] * s[1] + c1);
        }
    *whole /= (double)(width * height);
    *contrast /= (double)(width * height);
}

static image first_image(const genrepi_comparison *c, const double *x, int64_t channel) {
    const genrepi_shape *shape = &c->a->shape;
    const int64_t height = shape->size[shape->rank - 2], width = shape->size[shape->rank - 1];
    const double *a = x + channel * height * width;
    return (image){a, a + c->rows_a.dim, height, width};
}

static int64_t channels_of(const genrepi_comparison *c) {
    const image m = first_image(c, NULL, 0);
    return c->rows_a.dim / (m.height * m.width);
}

static double measure_one(const genrepi_comparison *c, const void *options, double *x,
                          double *scratch) {
    const int64_t channels = channels_of(c);
    double sum = 0, whole, contrast;
    for (int64_t k = 0; k < channels; k++) {
        const image m = first_image(c, x, k);
        compare(&m, ((const ssim_options *)options)->range, scratch, &whole, &contrast);
        sum += whole;
    }
    return sum / (double)channels;
}

/* Half the size: means of 2 x 2 pixels; `to` may be where they are. */
static void halve(int64_t height, int64_t width, const double *from, double *to) {
    for (int64_t i = 0; i < height / 2; i++)
        for (int64_t j = 0; j < width / 2; j++) {
            const double *at = from + 2 * i * width + 2 * j;
            to[i * (width / 2) + j] = (at[0] + at[1] + at[width] + at[width + 1]) / 4;
        }
}

static double measure_scales(const genrepi_comparison *c, const void *given, double *x,
                             double *scratch) {
    const ssim_options *options = given;
    const int64_t channels = channels_of(c);
    double sum = 0, all = 0;
    for (int64_t s = 0; s < options->scales; s++) all += weights[s];
    for (int64_t k = 0; k < channels; k++) {
        image m = first_image(c, x, k);
        double *a = x + (m.a - x), *b = x + (m.b - x), product = 1, whole, contrast;
        for (int64_t s = 0; s < options->scales; s++) {
            if (s > 0) {
                halve(m.height, m.width, a, a);
                halve(m.height, m.width, b, b);
                m.height /= 2, m.width /= 2;
            }
            compare(&m, options->range, scratch, &whole, &contrast);
            const double part = s == options->scales - 1 ? whole : contrast;
            product *= part > 0 ? pow(part, weights[s] / all) : part < 0 || part == 0 ? 0 : part;
        }
        sum += product;
    }
    return sum / (double)channels;
}

static int32_t run(genrepi_comparison *c, const void *options, int64_t scales,
                   genrepi_measure *measure) {
    if (c->a->shape.rank < 3)
        return genrepi_fail(c->ctx, GENREP_E_INVALID,
                            "%s: takes images, whose last two axes are height and width, behind "
                            "the batch",
                            c->name);
    const image m = first_image(c, NULL, 0);
    const int64_t least = WINDOW << (scales - 1);
    if (m.height < least || m.width < least)
        return genrepi_fail(c->ctx, GENREP_E_INVALID,
                            "%s: images of %lld x %lld pixels are smaller than the %lld that its "
                            "window%s",
                            c->name, (long long)m.height, (long long)m.width, (long long)least,
                            scales > 1 ? " needs at so many scales: give fewer (scales=)"
                                       : " needs");
    return genrepi_comparison_pairs(c, options, MAPS * m.height * m.width, measure);
}

static int32_t run_one(genrepi_comparison *c, const void *options) {
    return run(c, options, 1, measure_one);
}
static int32_t run_scales(genrepi_comparison *c, const void *options) {
    return run(c, options, ((const ssim_options *)options)->scales, measure_scales);
}

#define RANGE                                                                                      \
    GENREPI_OPTION_NUMBER(ssim_options, range, "2", 1e-30, 1e30,                                   \
                          "from the least to the greatest number there can be: 2 for -1..1, 255")
static const genrepi_option one_options[] = {RANGE};
static const genrepi_option scale_options[] = {
    RANGE,
    GENREPI_OPTION_INT(ssim_options, scales, "5", 1, SCALES,
                       "each half the size of the one before; images have 11 pixels at the last"),
};
static const genrepi_metric_ops one = {GENREPI_COMPARES_PAIRS, run_one};
static const genrepi_metric_ops several = {GENREPI_COMPARES_PAIRS, run_scales};
GENREPI_METRIC(ssim, "ssim", "structural similarity; 1: the same", one_options, ssim_options, one);
GENREPI_METRIC(ms_ssim, "ms_ssim", "structural similarity at several scales; 1: the same",
               scale_options, ssim_options, several);
