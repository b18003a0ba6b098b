/* Composites, and one network on several tapes. */
#include "forward.h"
#include "gradient.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* With f(x) = tanh(x): x + f(x), x beside f(x), f(f(f(x))). */
static void composites_are_what_they_say(void **state) {
    (void)state;
    const char *specs[] = {"residual { tanh }", "skip { tanh }", "repeat 3 { tanh }",
                           "concat { tanh } { }", "add { tanh } { } { }"};
    for (int k = 0; k < 5; k++) {
        forward_result f = forward_open(specs[k], "2x3", 0);
        for (int64_t i = 0; i < f.y->count; i++) {
            int64_t width = k == 1 || k == 3 ? 6 : 3, column = i % width;
            double x = (double)genrepi_real(f.x)[i / width * 3 + column % 3], expected = 0;
            if (k == 0) expected = x + tanh(x);
            if (k == 1) expected = column < 3 ? x : tanh(x);
            if (k == 2) expected = tanh(tanh(tanh(x)));
            if (k == 3) expected = column < 3 ? tanh(x) : x;
            if (k == 4) expected = tanh(x) + 2 * x;
            assert_close(genrepi_real(f.y)[i], expected, 1e-15);
        }
        assert_int_equal(f.y->count, k == 1 || k == 3 ? 12 : 6);
        forward_close(&f);
    }
}

static const char *network =
    "linear in=4 out=6; tanh; residual { linear out=6; sigmoid }; linear out=2";

/* Two recordings at once, begun and ended in turn, add what they add one after the other. */
static void two_tapes_do_not_mix(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx("threads=2");
    genrep_layer *layer = NULL;
    genrep_tape *tape[2] = {NULL, NULL};
    genrep_tensor *x[2], *y[2], *d[2];
    assert_ok(ctx, genrepi_layer_new(ctx, network, NULL, &layer));
    double *sum[2] = {NULL, NULL};
    size_t n = 0;
    for (int k = 0; k < 2; k++) {
        assert_ok(ctx, genrepi_tape_new(ctx, 1, &tape[k]));
        x[k] = case_input(ctx, "3x4", 10 + (uint64_t)k);
        d[k] = case_input(ctx, "3x2", 20 + (uint64_t)k);
    }
    for (int turn = 0; turn < 2; turn++) { /* 0: one after the other, 1: in turn */
        genrepi_layer_zero_grad(layer);
        for (int k = 0; k < 2; k++) {
            genrepi_tape_reset(tape[k], 0);
            assert_ok(ctx, genrepi_layer_apply(layer, tape[k], &x[k], 1, &y[k], 1));
            if (turn == 0) assert_ok(ctx, genrepi_tape_backward_from(tape[k], 1, &y[k], &d[k]));
        }
        for (int k = 0; k < 2; k++) {
            if (turn == 1) assert_ok(ctx, genrepi_tape_backward_from(tape[k], 1, &y[k], &d[k]));
            genrepi_tensor_unref(y[k]);
        }
        n = 0;
        for (int64_t i = 0; i < layer->list->n; i++) {
            const genrep_tensor *g = layer->list->entries[i].gradient;
            sum[turn] = realloc(sum[turn], (n + (size_t)g->count) * sizeof *sum[turn]);
            assert_non_null(sum[turn]);
            for (int64_t j = 0; j < g->count; j++) sum[turn][n++] = (double)genrepi_real_read(g)[j];
        }
    }
    assert_memory_equal(sum[0], sum[1], n * sizeof *sum[0]);
    for (int k = 0; k < 2; k++) {
        free(sum[k]);
        genrepi_tensor_unref(x[k]);
        genrepi_tensor_unref(d[k]);
        genrepi_tape_unref(tape[k]);
    }
    genrepi_layer_unref(layer);
    genrepi_ctx_unref(ctx);
}

typedef struct job {
    const genrep_layer *layer;
    genrep_tape *tape;
    genrep_tensor *x, *y;
    int32_t status;
} job;

static void *run_job(void *argument) {
    job *j = argument;
    for (int i = 0; i < 50 && j->status == 0; i++) {
        genrepi_tensor_unref(j->y);
        j->y = NULL;
        genrepi_tape_reset(j->tape, 0);
        j->status = genrepi_layer_apply(j->layer, j->tape, &j->x, 1, &j->y, 1);
    }
    return NULL;
}

/* A layer that nobody updates may be applied from several threads at once. */
static void one_layer_serves_several_threads(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx("threads=2");
    genrep_layer *layer = NULL;
    job jobs[3] = {{0}};
    pthread_t threads[3];
    assert_ok(ctx, genrepi_layer_new(ctx, network, NULL, &layer));
    for (int k = 0; k < 3; k++) {
        jobs[k].layer = layer;
        jobs[k].x = case_input(ctx, "3x4", 5);
        assert_ok(ctx, genrepi_tape_new(ctx, 1, &jobs[k].tape));
    }
    for (int k = 0; k < 3; k++)
        assert_int_equal(pthread_create(&threads[k], NULL, run_job, &jobs[k]), 0);
    for (int k = 0; k < 3; k++) pthread_join(threads[k], NULL);
    for (int k = 0; k < 3; k++) {
        assert_ok(ctx, jobs[k].status);
        assert_memory_equal(jobs[k].y->data, jobs[0].y->data,
                            (size_t)jobs[0].y->count * sizeof(real));
    }
    for (int k = 0; k < 3; k++) {
        genrepi_tensor_unref(jobs[k].y);
        genrepi_tensor_unref(jobs[k].x);
        genrepi_tape_unref(jobs[k].tape);
    }
    genrepi_layer_unref(layer);
    genrepi_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest own[] = {cmocka_unit_test(composites_are_what_they_say),
                                     cmocka_unit_test(two_tapes_do_not_mix),
                                     cmocka_unit_test(one_layer_serves_several_threads)};
    return gradient_main("test_composite", own, sizeof own / sizeof own[0]);
}
