/* See forward.h. */
#include "forward.h"

#include <string.h>

forward_result forward_open(const char *spec, const char *input, int32_t training) {
    return forward_open_two(spec, input, NULL, training);
}

forward_result forward_open_two(const char *spec, const char *x, const char *z, int32_t training) {
    forward_result f = {.ctx = support_ctx("seed=5")};
    genrep_tape *tape = NULL;
    assert_ok(f.ctx, genrepi_layer_new(f.ctx, spec, NULL, &f.layer));
    for (int64_t i = 0; i < f.layer->list->n; i++) {
        const genrepi_parameter_entry *e = &f.layer->list->entries[i];
        case_normal(e->value, 1, 300 + (uint64_t)i);
        if (strstr(e->name, "running_var") == NULL) continue;
        for (int64_t j = 0; j < e->value->count; j++) genrepi_real(e->value)[j] = (real)(j + 2);
    }
    f.x = case_input(f.ctx, x, 100);
    if (z != NULL) f.z = case_input(f.ctx, z, 101);
    genrep_tensor *in[] = {f.x, f.z};
    assert_ok(f.ctx, genrepi_tape_new(f.ctx, training, &tape));
    assert_ok(f.ctx, genrepi_layer_apply(f.layer, tape, in, z != NULL ? 2 : 1, &f.y, 1));
    genrepi_tape_unref(tape);
    return f;
}

void forward_close(forward_result *f) {
    genrepi_tensor_unref(f->x);
    genrepi_tensor_unref(f->z);
    genrepi_tensor_unref(f->y);
    genrepi_layer_unref(f->layer);
    genrepi_ctx_unref(f->ctx);
}

const real *forward_parameter(const forward_result *f, const char *name) {
    for (int64_t i = 0; i < f->layer->list->n; i++) {
        const genrepi_parameter_entry *e = &f->layer->list->entries[i];
        if (strcmp(e->name, name) == 0) return genrepi_real_read(e->value);
    }
    fail_msg("no parameter %s", name);
    return NULL;
}
