/* See tangent.h. */
#include "tangent.h"
#include "gradient.h"
#include "inputs.h"

#include <math.h>
#include <nn/tape.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-6
#define STEP 7     /* of the tape */
#define SAMPLES 64 /* elements of a tensor that are checked, at most */

typedef struct fixture {
    genrep_ctx *ctx;
    genrep_layer *layer;
    genrep_tape *tape;
    int32_t n_in, n; /* n: of the real ones */
    genrep_tensor *const *in;
    genrep_tensor *x[CASE_INPUTS], *t[CASE_INPUTS];
    genrep_tensor *q, *d;
} fixture;

static void unref_all(genrep_tensor **t, int32_t n) {
    for (int32_t i = 0; i < n; i++) genrepi_tensor_unref(t[i]);
}

/* Records the network; gives its output and, if it is asked for, the tangent. */
static int32_t record(const fixture *f, int frozen, genrep_tensor **y, genrep_tensor **tangent) {
    genrepi_tape_reset(f->tape, STEP);
    for (int32_t i = 0; i < f->n; i++) assert_ok(f->ctx, genrepi_tape_watch(f->tape, f->x[i]));
    if (frozen) assert_ok(f->ctx, genrepi_tape_freeze(f->tape, f->layer));
    assert_ok(f->ctx, genrepi_layer_apply(f->layer, f->tape, f->in, f->n_in, y, 1));
    if (tangent == NULL) return 0;
    int32_t status = genrepi_tape_tangent(f->tape, f->n, f->x, f->t, *y, tangent);
    if (status != 0) genrepi_tensor_unref(*y);
    return status;
}

static genrep_tensor *random_like(const fixture *f, const genrep_tensor *like, uint64_t stream) {
    genrep_tensor *t = NULL;
    assert_ok(f->ctx, genrepi_tensor_new(f->ctx, GENREPI_REAL, &like->shape, 0, &t));
    case_normal(t, 1, stream);
    return t;
}

static double dot(const genrep_tensor *a, const genrep_tensor *b, double *squares) {
    double sum = 0;
    for (int64_t i = 0; i < a->count; i++) {
        double term = (double)genrepi_real_read(a)[i] * (double)genrepi_real_read(b)[i];
        sum += term;
        *squares += term * term;
    }
    return sum;
}

static double largest(const genrep_tensor *t) {
    double most = 0;
    for (int64_t i = 0; i < t->count; i++) {
        most = fmax(most, fabs((double)genrepi_real_read(t)[i]));
    }
    return most;
}

/* ---- y' ----------------------------------------------------------------------------------------
 */

static void move(const fixture *f, double step) {
    for (int32_t i = 0; i < f->n; i++) {
        for (int64_t j = 0; j < f->x[i]->count; j++) {
            genrepi_real(f->x[i])[j] += (real)step * genrepi_real(f->t[i])[j];
        }
    }
}

static double check_tangent(const fixture *f) {
    genrep_tensor *y = NULL, *tangent = NULL, *moved[2];
    assert_ok(f->ctx, record(f, 0, &y, &tangent));
    for (int side = 0; side < 2; side++) moved[side] = random_like(f, y, 0);
    int64_t n = y->count;
    double *best = malloc(((size_t)n + 1) * sizeof *best), worst = 0, scale = largest(tangent);
    assert_non_null(best);
    for (int64_t i = 0; i < n; i++) best[i] = INFINITY;
    for (double h = 1e-4; h > 5e-7; h /= 10) { /* near a kink a smaller step is the right one */
        for (int side = 0; side < 2; side++) {
            genrep_tensor *there = NULL;
            move(f, side == 0 ? h : -2 * h);
            assert_ok(f->ctx, record(f, 0, &there, NULL));
            assert_ok(f->ctx, genrepi_tensor_copy(moved[side], there));
            genrepi_tensor_unref(there);
        }
        move(f, h);
        for (int64_t i = 0; i < n; i++) {
            double slope =
                ((double)genrepi_real(moved[0])[i] - (double)genrepi_real(moved[1])[i]) / (2 * h);
            best[i] = fmin(best[i], fabs(slope - (double)genrepi_real(tangent)[i]));
        }
    }
    unref_all(moved, 2);
    for (int64_t i = 0; i < n; i++) worst = fmax(worst, scale > 0 ? best[i] / scale : best[i]);
    free(best);
    genrepi_tensor_unref(tangent);
    genrepi_tensor_unref(y);
    return worst;
}

/* ---- gradients ---------------------------------------------------------------------------------
 */

/* <q, y'> and <q, y'> + <d, y>, and how large their terms are. */
typedef struct objective {
    double without, with, size;
} objective;

static objective value(const fixture *f) {
    objective o = {0, 0, 0};
    genrep_tensor *y = NULL, *tangent = NULL;
    assert_ok(f->ctx, record(f, 0, &y, &tangent));
    o.without = dot(f->q, tangent, &o.size);
    o.with = o.without + dot(f->d, y, &o.size);
    o.size = sqrt(o.size);
    genrepi_tensor_unref(tangent);
    genrepi_tensor_unref(y);
    return o;
}

#define SUBJECTS 64

/* Everything that gradients are taken by: inputs, tangents, parameters. */
typedef struct subjects {
    int32_t n;
    genrep_tensor *value[SUBJECTS], *gradient[SUBJECTS];
} subjects;

static void keep(const fixture *f, genrep_tensor *tensor, const genrep_tensor *gradient,
                 subjects *s) {
    genrep_tensor *copy = NULL;
    assert_in_range(s->n, 0, SUBJECTS - 1);
    assert_ok(f->ctx, genrepi_tensor_new(f->ctx, GENREPI_REAL, &tensor->shape, 0, &copy));
    assert_ok(f->ctx, genrepi_tensor_copy(copy, gradient));
    s->value[s->n] = tensor;
    s->gradient[s->n++] = copy;
}

/* Adds the gradient to the parameters, and keeps what is there then. */
static subjects gradients(const fixture *f, int with_d, int frozen, int by_inputs) {
    subjects s = {.n = 0};
    genrep_tensor *y = NULL, *tangent = NULL, *x[CASE_INPUTS], *t[CASE_INPUTS];
    assert_ok(f->ctx, record(f, frozen, &y, &tangent));
    assert_ok(f->ctx, genrepi_tape_tangent_backward(f->tape, y, f->q, with_d ? f->d : NULL,
                                                    by_inputs ? f->n : 0, f->x,
                                                    by_inputs ? x : NULL, by_inputs ? t : NULL));
    for (int32_t i = 0; i < f->n && by_inputs; i++) {
        keep(f, f->x[i], x[i], &s);
        keep(f, f->t[i], t[i], &s);
        genrepi_tensor_unref(x[i]);
        genrepi_tensor_unref(t[i]);
    }
    for (int64_t i = 0; i < f->layer->list->n; i++) {
        const genrepi_parameter_entry *e = &f->layer->list->entries[i];
        if (e->gradient != NULL) keep(f, e->value, e->gradient, &s);
    }
    genrepi_tensor_unref(tangent);
    genrepi_tensor_unref(y);
    return s;
}

/* The error of one element: a smaller step where the first does not fit. */
static double element_error(const fixture *f, real *x, double gradient, double against, double h,
                            int with_d) {
    double best = INFINITY;
    const real was = *x;
    for (int attempt = 0; attempt < 3 && best > TOLERANCE; attempt++, h /= 10) {
        *x = (real)((double)was + h);
        objective high = value(f);
        *x = (real)((double)was - h);
        objective low = value(f);
        *x = was;
        double slope = (with_d ? high.with - low.with : high.without - low.without) / (2 * h);
        double rounding = 32 * GENREPI_REAL_EPSILON * high.size / h;
        double off = fmax(0, fabs(slope - gradient) - rounding);
        best = fmin(best, off / fmax(against, fabs(slope)));
    }
    return best;
}

static double check_subject(const fixture *f, const subjects *s, int32_t i, double negligible,
                            int with_d) {
    const genrep_tensor *gradient = s->gradient[i];
    double worst = 0, squares = 0, against = fmax(largest(gradient), negligible);
    dot(s->value[i], s->value[i], &squares);
    int64_t n = s->value[i]->count, step = n > SAMPLES ? n / SAMPLES : 1;
    double scale = n > 0 ? pow(squares / (double)n, 0.25) : 1;
    for (int64_t j = 0; j < n; j += step) {
        real *x = genrepi_real(s->value[i]) + j;
        double h = 1e-4 * fmax(fabs((double)*x), scale > 0 ? scale : 1);
        worst = fmax(
            worst, element_error(f, x, (double)genrepi_real_read(gradient)[j], against, h, with_d));
    }
    return worst;
}

static void assert_same(const genrep_tensor *a, const genrep_tensor *b) {
    assert_memory_equal(a->data, b->data, (size_t)a->count * sizeof(real));
}

/* The parameters' parts of `all` and `parameters` are the same, or of the latter the double. */
static void assert_parameters(const fixture *f, const subjects *all, const subjects *parameters,
                              int twice) {
    for (int32_t i = 0; i < parameters->n; i++) {
        const genrep_tensor *one = all->gradient[2 * f->n + i], *two = parameters->gradient[i];
        if (!twice) assert_same(one, two);
        for (int64_t j = 0; j < one->count && twice; j++) {
            assert_close(2 * genrepi_real_read(one)[j], genrepi_real_read(two)[j], 1e-12);
        }
    }
}

static void drop(subjects *s) {
    unref_all(s->gradient, s->n);
}

static double check_gradients(const fixture *f, int with_d) {
    genrepi_layer_zero_grad(f->layer);
    subjects all = gradients(f, with_d, 0, 1), twice = gradients(f, with_d, 0, 0);
    assert_parameters(f, &all, &twice, 1);
    genrepi_layer_zero_grad(f->layer);
    subjects alone = gradients(f, with_d, 0, 0), frozen = gradients(f, with_d, 1, 1);
    assert_parameters(f, &all, &alone, 0);
    for (int32_t i = 0; i < all.n; i++) assert_same(all.gradient[i], frozen.gradient[i]);
    double worst = 0, most = 0;
    for (int32_t i = 0; i < all.n; i++) most = fmax(most, largest(all.gradient[i]));
    for (int32_t i = 0; i < all.n; i++) {
        worst = fmax(worst, check_subject(f, &all, i, TOLERANCE * most, with_d));
    }
    drop(&all);
    drop(&twice);
    drop(&alone);
    drop(&frozen);
    return worst;
}

static void check_adjoint(const fixture *f) {
    genrep_tensor *y = NULL, *tangent = NULL, *x[CASE_INPUTS], *t[CASE_INPUTS];
    double squares = 0, right = 0;
    assert_ok(f->ctx, record(f, 0, &y, &tangent));
    double left = dot(f->q, tangent, &squares);
    assert_ok(f->ctx, genrepi_tape_tangent_backward(f->tape, y, f->q, NULL, f->n, f->x, x, t));
    for (int32_t i = 0; i < f->n; i++) right += dot(f->t[i], t[i], &squares);
    assert_true(fabs(left - right) <= 1e-12 * sqrt(squares));
    unref_all(x, f->n);
    unref_all(t, f->n);
    genrepi_tensor_unref(tangent);
    genrepi_tensor_unref(y);
}

/* ---- the recording stays what it is ------------------------------------------------------------
 */

static subjects go_back(const fixture *f, const genrep_tensor *y, genrep_tensor *from) {
    subjects s = {.n = 0};
    genrep_tensor *output = (genrep_tensor *)(uintptr_t)y, *gradient = NULL;
    char *statistics = gradient_keep_statistics(f->layer);
    genrepi_layer_zero_grad(f->layer);
    assert_ok(f->ctx, genrepi_tape_backward_from(f->tape, 1, &output, &from));
    gradient_put_statistics_back(f->layer, statistics);
    for (int32_t i = 0; i < f->n; i++) {
        assert_ok(f->ctx, genrepi_tape_grad(f->tape, f->x[i], &gradient));
        keep(f, f->x[i], gradient, &s);
        genrepi_tensor_unref(gradient);
    }
    for (int64_t i = 0; i < f->layer->list->n; i++) {
        const genrepi_parameter_entry *e = &f->layer->list->entries[i];
        if (e->gradient != NULL) keep(f, e->value, e->gradient, &s);
    }
    return s;
}

/* Running statistics and the vectors of spectral normalisation move after a step, not in this. */
static void assert_statistics(const fixture *f, char *before) {
    char *now = gradient_keep_statistics(f->layer);
    size_t bytes = 0;
    for (int64_t i = 0; i < f->layer->list->n; i++) {
        const genrepi_parameter_entry *e = &f->layer->list->entries[i];
        if (e->gradient == NULL) bytes += (size_t)e->value->count * sizeof(real);
    }
    if (bytes > 0) assert_memory_equal(now, before, bytes);
    free(now);
    free(before);
}

static void check_recording(const fixture *f) {
    genrep_tensor *y = NULL, *tangent = NULL, *ones = random_like(f, f->q, 0);
    assert_ok(f->ctx, genrepi_tensor_fill(ones, 1));
    assert_ok(f->ctx, record(f, 0, &y, NULL));
    subjects plain = go_back(f, y, ones);
    genrepi_tensor_unref(y);
    char *statistics = gradient_keep_statistics(f->layer);
    assert_ok(f->ctx, record(f, 0, &y, NULL));
    for (int32_t i = 0; i < f->n; i++) {
        genrep_tensor *gradient = NULL;
        assert_ok(f->ctx, genrepi_tape_input_gradient(f->tape, y, f->x[i], &gradient));
        assert_same(gradient, plain.gradient[i]);
        genrepi_tensor_unref(gradient);
    }
    assert_ok(f->ctx, genrepi_tape_tangent(f->tape, f->n, f->x, f->t, y, &tangent));
    assert_ok(f->ctx, genrepi_tape_tangent_backward(f->tape, y, f->q, f->d, 0, NULL, NULL, NULL));
    assert_statistics(f, statistics);
    subjects after = go_back(f, y, ones);
    for (int32_t i = 0; i < plain.n; i++) assert_same(plain.gradient[i], after.gradient[i]);
    drop(&plain);
    drop(&after);
    genrepi_tensor_unref(ones);
    genrepi_tensor_unref(tangent);
    genrepi_tensor_unref(y);
}

/* Whether an error names a layer of the list. */
static int names_missing(const char *error) {
    for (int32_t i = 0; i < no_tangents_count; i++) {
        char name[64];
        snprintf(name, sizeof name, "(%s)", no_tangents[i].kind);
        if (strstr(error, name) != NULL) return 1;
    }
    return 0;
}

const char *tangent_missing(const char *kind) {
    for (int32_t i = 0; i < no_tangents_count; i++) {
        if (strcmp(no_tangents[i].kind, kind) == 0) return no_tangents[i].reason;
    }
    return NULL;
}

tangent_errors tangent_check(genrep_ctx *ctx, genrep_layer *layer, const gradient_case *row,
                             genrep_tensor **in, int32_t n_in) {
    tangent_errors e = {-1, -1};
    fixture f = {.ctx = ctx, .layer = layer, .n_in = n_in, .in = in};
    genrep_tensor *y = NULL, *tangent = NULL;
    for (int32_t i = 0; i < n_in; i++) {
        if (in[i]->dtype != GENREPI_REAL) continue;
        f.t[f.n] = random_like(&f, in[i], 800 + (uint64_t)i);
        f.x[f.n++] = in[i];
    }
    if (f.n == 0) return e;
    assert_ok(ctx, genrepi_tape_new(ctx, 1, &f.tape));
    int32_t status = record(&f, 0, &y, &tangent);
    if (status == GENREP_E_UNSUPPORTED) {
        assert_error(ctx, status, GENREP_E_UNSUPPORTED, "has no tangent");
        if (!names_missing(genrep_ctx_error(ctx))) fail_msg("%s", genrep_ctx_error(ctx));
    } else {
        assert_ok(ctx, status);
        assert_null(tangent_missing(row->kind));
        f.q = random_like(&f, y, 900);
        f.d = random_like(&f, y, 901);
        genrepi_tensor_unref(y);
        genrepi_tensor_unref(tangent);
        e.tangent = check_tangent(&f);
        check_adjoint(&f);
        e.gradient = fmax(check_gradients(&f, 0), check_gradients(&f, 1));
        check_recording(&f);
        if (e.tangent > TOLERANCE || e.gradient > TOLERANCE) {
            fail_msg("tangents: relative error %.3g, their gradients %.3g", e.tangent, e.gradient);
        }
        genrepi_tensor_unref(f.q);
        genrepi_tensor_unref(f.d);
    }
    unref_all(f.t, f.n);
    genrepi_tape_unref(f.tape);
    return e;
}
