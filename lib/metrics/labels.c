/* Maps of classes: a holds the true ones, b what was predicted (Long, Shelhamer and Darrell 2015,
 * as pix2pix's FCN score uses them).  n_ij: pixels of class i that were called j. */
#include <metrics/metric.h>

#include <string.h>

typedef struct label_options {
    int64_t classes, ignore;
} label_options;

/* The counts n_ij, classes * classes. */
typedef struct table {
    int64_t classes, *n;
} table;

static int32_t label_at(const genrep_tensor *tensor, int64_t i) {
    return tensor->dtype == GENREP_U8 ? ((const uint8_t *)tensor->data)[i]
                                      : ((const int32_t *)tensor->data)[i];
}

static int32_t check_label(const genrepi_comparison *c, const char *which, int64_t i, int64_t label,
                           int64_t classes) {
    if (label >= 0 && label < classes) return GENREP_OK;
    return genrepi_fail(c->ctx, GENREP_E_INVALID, "%s: element %lld of %s is %lld, outside 0..%lld",
                        c->name, (long long)i, which, (long long)label, (long long)classes - 1);
}

enum { MOST_CLASSES = 4096 };

static int32_t count(const genrepi_comparison *c, const label_options *options, table *t) {
    t->classes = options->classes;
    for (int64_t i = 0; i < c->a->count && options->classes == 0; i++) {
        const int64_t a = label_at(c->a, i), b = label_at(c->b, i);
        if (a == options->ignore) continue;
        if (a >= t->classes && a < MOST_CLASSES) t->classes = a + 1;
        if (b >= t->classes && b < MOST_CLASSES) t->classes = b + 1;
    }
    if (t->classes == 0) t->classes = 1;
    t->n = genrepi_alloc(c->ctx, t->classes, (size_t)t->classes * sizeof *t->n);
    if (t->n == NULL) return GENREP_E_NOMEM;
    for (int64_t i = 0; i < c->a->count; i++) {
        const int64_t a = label_at(c->a, i), b = label_at(c->b, i);
        if (a == options->ignore) continue;
        int32_t status = check_label(c, "a", i, a, t->classes);
        if (status == GENREP_OK) status = check_label(c, "b", i, b, t->classes);
        if (status != GENREP_OK) return status;
        t->n[a * t->classes + b]++;
    }
    return GENREP_OK;
}

enum { PIXELS, CLASSES, UNIONS };

/* n_ii over t_i = sum_j n_ij, of all pixels or the mean of the classes; or over t_i + sum_j n_ji -
 * n_ii.  A class that is nowhere has no share. */
static double share(const table *t, int32_t what) {
    double right = 0, whole = 0;
    for (int64_t i = 0; i < t->classes; i++) {
        const double hits = (double)t->n[i * t->classes + i];
        double all = 0;
        for (int64_t j = 0; j < t->classes; j++) {
            all += (double)t->n[i * t->classes + j];
            if (what == UNIONS && j != i) all += (double)t->n[j * t->classes + i];
        }
        if (all == 0) continue;
        right += what == PIXELS ? hits : hits / all;
        whole += what == PIXELS ? all : 1;
    }
    return right / whole;
}

static int32_t run(genrepi_comparison *c, const void *options, int32_t what) {
    table t = {0};
    int32_t status = count(c, options, &t);
    if (status == GENREP_OK) c->value = share(&t, what);
    genrepi_free(c->ctx, t.n);
    return status;
}

static int32_t run_pixels(genrepi_comparison *c, const void *options) {
    return run(c, options, PIXELS);
}
static int32_t run_classes(genrepi_comparison *c, const void *options) {
    return run(c, options, CLASSES);
}
static int32_t run_unions(genrepi_comparison *c, const void *options) {
    return run(c, options, UNIONS);
}

static const genrepi_option rows[] = {
    GENREPI_OPTION_INT(label_options, classes, "0", 0, MOST_CLASSES,
                       "how many there are; 0: up to the greatest that occurs"),
    GENREPI_OPTION_INT(label_options, ignore, "-1", INT32_MIN, INT32_MAX,
                       "where the true class is this, nothing is counted"),
};
static const genrepi_metric_ops pixels = {GENREPI_COMPARES_LABELS, run_pixels};
static const genrepi_metric_ops classes = {GENREPI_COMPARES_LABELS, run_classes};
static const genrepi_metric_ops unions = {GENREPI_COMPARES_LABELS, run_unions};
GENREPI_METRIC(pixel_accuracy, "pixel_accuracy", "share of the elements whose class is right", rows,
               label_options, pixels);
GENREPI_METRIC(class_accuracy, "class_accuracy", "the same of each class, averaged over classes",
               rows, label_options, classes);
GENREPI_METRIC(class_iou, "class_iou", "intersection over union of each class, averaged", rows,
               label_options, unions);
