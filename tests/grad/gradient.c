/* See gradient.h. */
#include "gradient.h"
#include "cases.h"
#include "inputs.h"
#include "tangent.h"

#include <kernel/kernel.h>
#include <math.h>
#include <nn/gradcheck.h>
#include <nn/tape.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-6

/* A network with its inputs: two samples of them, a and b. */
typedef struct fixture {
    genrep_ctx *ctx;
    genrep_layer *layer;
    int32_t n_in;
    genrep_tensor *a[CASE_INPUTS], *b[CASE_INPUTS];
} fixture;

static fixture open_case(const gradient_case *c) {
    fixture f = {.ctx = support_ctx("threads=2 seed=5")};
    assert_ok(f.ctx, genrepi_layer_new(f.ctx, c->spec, NULL, &f.layer));
    for (; f.n_in < CASE_INPUTS && c->inputs[f.n_in] != NULL; f.n_in++) {
        f.a[f.n_in] = case_input(f.ctx, c->inputs[f.n_in], 100 + (uint64_t)f.n_in);
        f.b[f.n_in] = case_input(f.ctx, c->inputs[f.n_in], 200 + (uint64_t)f.n_in);
    }
    /* Scales of 1 and shifts of 0 would hide that they are missing. */
    const genrepi_parameter_list *list = f.layer->list;
    for (int64_t i = 0; i < list->n; i++) {
        if (list->entries[i].gradient == NULL) continue;
        genrep_tensor *value = list->entries[i].value, *gradient = list->entries[i].gradient;
        case_normal(gradient, 0.3, 300 + (uint64_t)i);
        f.ctx->kernels->axpy(value->count, 1, genrepi_real(gradient), genrepi_real(value));
        case_normal(gradient, 1, 400 + (uint64_t)i);
    }
    return f;
}

static void close_case(fixture *f) {
    for (int32_t i = 0; i < f->n_in; i++) {
        genrepi_tensor_unref(f->a[i]);
        genrepi_tensor_unref(f->b[i]);
    }
    genrepi_layer_unref(f->layer);
    genrepi_ctx_unref(f->ctx);
}

/* All parameters and gradients as one block of bytes. */
static char *snapshot(const genrep_layer *layer, int values, int gradients, size_t *bytes) {
    char *all = NULL;
    *bytes = 0;
    for (int64_t i = 0; i < layer->list->n; i++) {
        const genrepi_parameter_entry *e = &layer->list->entries[i];
        const genrep_tensor *both[2] = {values ? e->value : NULL, gradients ? e->gradient : NULL};
        for (int k = 0; k < 2; k++) {
            if (both[k] == NULL) continue;
            size_t n = (size_t)both[k]->count * sizeof(real);
            all = realloc(all, *bytes + n + 1);
            assert_non_null(all);
            memcpy(all + *bytes, both[k]->data, n);
            *bytes += n;
        }
    }
    return all;
}

static void assert_unchanged(const genrep_layer *layer, int values, int gradients, char *before,
                             size_t bytes_before) {
    size_t bytes;
    char *after = snapshot(layer, values, gradients, &bytes);
    assert_int_equal(bytes, bytes_before);
    if (bytes > 0) assert_memory_equal(after, before, bytes);
    free(after);
    free(before);
}

char *gradient_keep_statistics(const genrep_layer *layer) {
    char *all = NULL;
    size_t bytes = 0;
    for (int64_t i = 0; i < layer->list->n; i++) {
        const genrepi_parameter_entry *e = &layer->list->entries[i];
        if (e->gradient != NULL) continue;
        size_t n = (size_t)e->value->count * sizeof(real);
        all = realloc(all, bytes + n + 1);
        assert_non_null(all);
        memcpy(all + bytes, e->value->data, n);
        bytes += n;
    }
    return all;
}

void gradient_put_statistics_back(const genrep_layer *layer, char *all) {
    size_t bytes = 0;
    for (int64_t i = 0; i < layer->list->n; i++) {
        const genrepi_parameter_entry *e = &layer->list->entries[i];
        if (e->gradient != NULL) continue;
        size_t n = (size_t)e->value->count * sizeof(real);
        memcpy(e->value->data, all + bytes, n);
        bytes += n;
    }
    free(all);
}

/* ---- differences, element by element -----------------------------------------------------------
 */

static void check_elements(const fixture *f, double *worst) {
    size_t bytes;
    char *before = snapshot(f->layer, 1, 1, &bytes);
    assert_ok(f->ctx, genrepi_gradcheck(f->layer, f->a, f->n_in, NULL, worst));
    assert_true(*worst <= TOLERANCE);
    assert_unchanged(f->layer, 1, 1, before, bytes);
}

/* ---- several applications on one tape ----------------------------------------------------------
 */

#define APPLICATIONS 3

/* Applies the layer to a, b and a, and gives the outputs and sum r y over all three. */
static double apply_all(const fixture *f, genrep_tape *tape, genrep_tensor **out,
                        genrep_tensor *const *r) {
    double sum = 0;
    genrepi_tape_reset(tape, 11);
    for (int32_t i = 0; i < f->n_in && r == NULL; i++) {
        if (f->a[i]->dtype != GENREPI_REAL) continue;
        assert_ok(f->ctx, genrepi_tape_watch(tape, f->a[i]));
        assert_ok(f->ctx, genrepi_tape_watch(tape, f->b[i]));
    }
    for (int32_t k = 0; k < APPLICATIONS; k++) {
        genrep_tensor *const *in = k == 1 ? f->b : f->a;
        assert_ok(f->ctx, genrepi_layer_apply(f->layer, tape, in, f->n_in, &out[k], 1));
        for (int64_t i = 0; r != NULL && i < out[k]->count; i++) {
            sum += (double)genrepi_real(r[k])[i] * (double)genrepi_real(out[k])[i];
        }
    }
    return sum;
}

static void unref_all(genrep_tensor **t, int32_t n) {
    for (int32_t i = 0; i < n; i++) genrepi_tensor_unref(t[i]);
}

/* Everything that can move: inputs a and b, trained parameters. */
static int32_t movable(const fixture *f, genrep_tensor **to) {
    int32_t n = 0;
    for (int32_t i = 0; i < f->n_in; i++) {
        if (f->a[i]->dtype != GENREPI_REAL) continue;
        to[n++] = f->a[i];
        to[n++] = f->b[i];
    }
    for (int64_t i = 0; i < f->layer->list->n; i++) {
        const genrepi_parameter_entry *e = &f->layer->list->entries[i];
        if (e->gradient != NULL) to[n++] = e->value;
    }
    return n;
}

#define MOVABLE 64

static void move(const fixture *f, double step) {
    genrep_tensor *all[MOVABLE];
    int32_t n = movable(f, all);
    for (int32_t i = 0; i < n; i++) {
        genrep_tensor *direction = NULL;
        assert_ok(f->ctx, genrepi_tensor_new(f->ctx, GENREPI_REAL, &all[i]->shape, 0, &direction));
        case_normal(direction, 1, 500 + (uint64_t)i);
        f->ctx->kernels->axpy(all[i]->count, (real)step, genrepi_real(direction),
                              genrepi_real(all[i]));
        genrepi_tensor_unref(direction);
    }
}

/* The derivative along the direction, from the gradients that going back left. */
static double along(const fixture *f, genrep_tape *tape) {
    genrep_tensor *all[MOVABLE];
    int32_t n = movable(f, all);
    double sum = 0;
    int64_t parameter = 0;
    for (int32_t i = 0; i < n; i++) {
        genrep_tensor *direction = NULL, *gradient = NULL;
        int is_input = 0;
        for (int32_t j = 0; j < f->n_in; j++) is_input |= all[i] == f->a[j] || all[i] == f->b[j];
        assert_ok(f->ctx, genrepi_tensor_new(f->ctx, GENREPI_REAL, &all[i]->shape, 0, &direction));
        case_normal(direction, 1, 500 + (uint64_t)i);
        if (is_input) {
            assert_ok(f->ctx, genrepi_tape_grad(tape, all[i], &gradient));
        } else {
            while (f->layer->list->entries[parameter].value != all[i]) parameter++;
            gradient = genrepi_tensor_ref(f->layer->list->entries[parameter].gradient);
        }
        for (int64_t j = 0; j < direction->count; j++) {
            sum += (double)genrepi_real(direction)[j] * (double)genrepi_real(gradient)[j];
        }
        genrepi_tensor_unref(gradient);
        genrepi_tensor_unref(direction);
    }
    return sum;
}

static void check_applications(const fixture *f, double *worst) {
    genrep_tape *tape = NULL;
    genrep_tensor *out[APPLICATIONS], *r[APPLICATIONS];
    assert_ok(f->ctx, genrepi_tape_new(f->ctx, 1, &tape));
    apply_all(f, tape, out, NULL);
    for (int32_t k = 0; k < APPLICATIONS; k++) {
        assert_ok(f->ctx, genrepi_tensor_new(f->ctx, GENREPI_REAL, &out[k]->shape, 0, &r[k]));
        case_normal(r[k], 1, 600 + (uint64_t)k);
    }
    genrepi_layer_zero_grad(f->layer);
    char *statistics = gradient_keep_statistics(f->layer);
    assert_ok(f->ctx, genrepi_tape_backward_from(tape, APPLICATIONS, out, r));
    gradient_put_statistics_back(f->layer, statistics);
    unref_all(out, APPLICATIONS);
    double derivative = along(f, tape), best = INFINITY;
    for (double h = 1e-4; h > 2e-7; h /= 10) { /* near a kink a smaller step is the right one */
        double high, low;
        move(f, h);
        high = apply_all(f, tape, out, r);
        unref_all(out, APPLICATIONS);
        move(f, -2 * h);
        low = apply_all(f, tape, out, r);
        unref_all(out, APPLICATIONS);
        move(f, h);
        double slope = (high - low) / (2 * h);
        best = fmin(best, fabs(slope - derivative) / fmax(fabs(slope), fabs(derivative)));
    }
    if (best > TOLERANCE) print_error("three applications: relative error %.3g\n", best);
    assert_true(best <= TOLERANCE);
    *worst = best;
    unref_all(r, APPLICATIONS);
    genrepi_tape_unref(tape);
}

/* ---- what is not wanted changes nothing --------------------------------------------------------
 */

/* Goes back from ones; gives the gradients of the inputs if they are watched. */
static void go_back(const fixture *f, int watch, int freeze, genrep_tensor **gradients) {
    genrep_tape *tape = NULL;
    genrep_tensor *out = NULL, *ones = NULL;
    char *statistics = freeze ? NULL : gradient_keep_statistics(f->layer);
    assert_ok(f->ctx, genrepi_tape_new(f->ctx, 1, &tape));
    for (int32_t i = 0; i < f->n_in && watch; i++) {
        if (f->a[i]->dtype == GENREPI_REAL) assert_ok(f->ctx, genrepi_tape_watch(tape, f->a[i]));
    }
    if (freeze) assert_ok(f->ctx, genrepi_tape_freeze(tape, f->layer));
    assert_ok(f->ctx, genrepi_layer_apply(f->layer, tape, f->a, f->n_in, &out, 1));
    assert_ok(f->ctx, genrepi_tensor_new(f->ctx, GENREPI_REAL, &out->shape, 0, &ones));
    case_normal(ones, 1, 700);
    assert_ok(f->ctx, genrepi_tape_backward_from(tape, 1, &out, &ones));
    if (!freeze) gradient_put_statistics_back(f->layer, statistics);
    for (int32_t i = 0; i < f->n_in && watch; i++) {
        gradients[i] = NULL;
        if (f->a[i]->dtype != GENREPI_REAL) continue;
        assert_ok(f->ctx, genrepi_tape_grad(tape, f->a[i], &gradients[i]));
    }
    genrepi_tensor_unref(ones);
    genrepi_tensor_unref(out);
    genrepi_tape_unref(tape);
}

static void check_unwanted(const fixture *f) {
    genrep_tensor *with[CASE_INPUTS], *frozen[CASE_INPUTS];
    int trained = 0, watched = 0;
    size_t bytes;
    for (int64_t i = 0; i < f->layer->list->n; i++) {
        trained |= f->layer->list->entries[i].gradient != NULL;
    }
    for (int32_t i = 0; i < f->n_in; i++) watched |= f->a[i]->dtype == GENREPI_REAL;
    genrepi_layer_zero_grad(f->layer);
    go_back(f, 1, 0, with);
    char *wanted = snapshot(f->layer, 0, 1, &bytes);
    if (trained) {
        genrepi_layer_zero_grad(f->layer);
        go_back(f, 0, 0, NULL);
    }
    assert_unchanged(f->layer, 0, 1, wanted, bytes);
    if (watched) {
        char *before = snapshot(f->layer, 1, 1, &bytes);
        go_back(f, 1, 1, frozen);
        assert_unchanged(f->layer, 1, 1, before, bytes);
        for (int32_t i = 0; i < f->n_in; i++) {
            if (with[i] == NULL) continue;
            assert_memory_equal(with[i]->data, frozen[i]->data,
                                (size_t)with[i]->count * sizeof(real));
            genrepi_tensor_unref(frozen[i]);
        }
    }
    unref_all(with, f->n_in);
}

static void check_case(void **state) {
    const gradient_case *c = *state;
    fixture f = open_case(c);
    double elements, applications;
    check_elements(&f, &elements);
    check_applications(&f, &applications);
    check_unwanted(&f);
    tangent_errors tangents = tangent_check(f.ctx, f.layer, c, f.a, f.n_in);
    print_message("    relative error %.1e, three applications %.1e", elements, applications);
    if (tangents.tangent >= 0) {
        print_message(", tangents %.1e and %.1e", tangents.tangent, tangents.gradient);
    }
    print_message("\n");
    close_case(&f);
}

int gradient_main(const char *test, const struct CMUnitTest *own, size_t n_own) {
    size_t n = 0, room = (size_t)gradient_cases_count + n_own;
    struct CMUnitTest *tests = calloc(room, sizeof *tests);
    char(*names)[256] = calloc(room, sizeof *names);
    if (tests == NULL || names == NULL) return 1;
    for (int32_t i = 0; i < gradient_cases_count; i++) {
        const gradient_case *c = &gradient_cases[i];
        if (strcmp(c->test, test) != 0) continue;
        snprintf(names[n], sizeof names[n], "%s: %s of %s", c->kind, c->spec, c->inputs[0]);
        tests[n] = (struct CMUnitTest){names[n], check_case, NULL, NULL, (void *)(uintptr_t)c};
        n++;
    }
    for (size_t i = 0; i < n_own; i++) tests[n++] = own[i];
    int failed = n == 0 ? 1 : _cmocka_run_group_tests(test, tests, n, NULL, NULL);
    free(names);
    free(tests);
    return failed;
}
