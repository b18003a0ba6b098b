/* A network with a tape for training and one for evaluation, for tests that train by hand. */
#ifndef LAYER_FIXTURE_H
#define LAYER_FIXTURE_H

#include <inputs.h>
#include <nn/tape.h>
#include <string.h>

typedef struct fixture {
    genrep_ctx *ctx;
    genrep_layer *layer;
    genrep_tape *train, *eval;
} fixture;

static inline fixture open_spec(const char *spec) {
    fixture f = {.ctx = support_ctx("seed=5")};
    assert_ok(f.ctx, genrepi_layer_new(f.ctx, spec, NULL, &f.layer));
    assert_ok(f.ctx, genrepi_tape_new(f.ctx, 1, &f.train));
    assert_ok(f.ctx, genrepi_tape_new(f.ctx, 0, &f.eval));
    return f;
}

static inline void close_spec(fixture *f) {
    genrepi_tape_unref(f->train);
    genrepi_tape_unref(f->eval);
    genrepi_layer_unref(f->layer);
    genrepi_ctx_unref(f->ctx);
}

static inline genrep_tensor *apply(const fixture *f, genrep_tape *tape, genrep_tensor *x) {
    genrep_tensor *y = NULL;
    assert_ok(f->ctx, genrepi_layer_apply(f->layer, tape, &x, 1, &y, 1));
    return y;
}

/* Forward, and back from the output itself. */
static inline void train_once(const fixture *f, genrep_tensor *x, int freeze) {
    genrepi_tape_reset(f->train, 0);
    if (freeze) assert_ok(f->ctx, genrepi_tape_freeze(f->train, f->layer));
    assert_ok(f->ctx, genrepi_tape_watch(f->train, x));
    genrep_tensor *y = apply(f, f->train, x);
    assert_ok(f->ctx, genrepi_tape_backward_from(f->train, 1, &y, &y));
    genrepi_tensor_unref(y);
}

static inline const genrepi_parameter_entry *entry(const fixture *f, const char *name) {
    for (int64_t i = 0; i < f->layer->list->n; i++) {
        if (strcmp(f->layer->list->entries[i].name, name) == 0) return &f->layer->list->entries[i];
    }
    fail_msg("no parameter %s", name);
    return NULL;
}

static inline real *parameter(const fixture *f, const char *name) {
    return genrepi_real(entry(f, name)->value);
}

#endif
