/* See guard.h.  What is kept is what a checkpoint holds, one visit after the other, as bytes. */
#include <string.h>
#include <train/trainer.h>

struct genrepi_guard {
    genrepi_state state; /* first: the visitors find the rest by it */
    char *bytes;         /* NULL while it is measured how many there are */
    int64_t size, at;
    int64_t step; /* that the state is of */
    int32_t loading;
};

static int32_t carry(genrepi_state *state, void *data, int64_t n) {
    genrepi_guard *guard = (genrepi_guard *)state;
    char *kept = guard->bytes;
    if (kept != NULL && n > 0) {
        if (guard->loading)
            memcpy(data, kept + guard->at, (size_t)n);
        else
            memcpy(kept + guard->at, data, (size_t)n);
    }
    guard->at += n;
    return 0;
}

static int32_t carry_bytes(genrepi_state *state, const char *name, void *data, int32_t dtype,
                           int64_t n) {
    (void)name;
    return carry(state, data, n * (int64_t)genrepi_dtype_bytes(dtype));
}

static int32_t carry_tensor(genrepi_state *state, const char *name, genrep_tensor *tensor) {
    return carry_bytes(state, name, tensor->data, tensor->dtype, tensor->count);
}

static int32_t carry_integer(genrepi_state *state, const char *name, int64_t *value) {
    (void)name;
    return carry(state, value, sizeof *value);
}

static int32_t carry_number(genrepi_state *state, const char *name, double *value) {
    (void)name;
    return carry(state, value, sizeof *value);
}

static int32_t skip_fixed(genrepi_state *state, const char *name, const void *data, int32_t dtype,
                          int64_t n) {
    (void)state, (void)name, (void)data, (void)dtype, (void)n;
    return 0;
}

static int32_t skip_same(genrepi_state *state, const char *name, const char *text) {
    (void)state, (void)name, (void)text;
    return 0;
}

static int32_t visit(genrep_trainer *trainer, int32_t loading) {
    genrepi_guard *guard = trainer->guard;
    guard->state = (genrepi_state){.ctx = trainer->ctx,
                                   .tensor = carry_tensor,
                                   .bytes = carry_bytes,
                                   .fixed = skip_fixed,
                                   .integer = carry_integer,
                                   .number = carry_number,
                                   .same = skip_same,
                                   .rate = loading ? 0.5 : 0};
    guard->loading = loading;
    guard->at = 0;
    return genrepi_trainer_visit(trainer, &guard->state, &trainer->done, trainer->values);
}

static const genrepi_guard_options *options_of(const genrep_trainer *trainer) {
    if (trainer->ops->guard == 0) return NULL;
    const void *options = (const char *)trainer->options + trainer->ops->guard;
    return options;
}

static int32_t keep(genrep_trainer *trainer) {
    trainer->guard->step = trainer->done;
    return visit(trainer, 0);
}

int32_t genrepi_guard_keep(genrep_trainer *trainer) {
    const genrepi_guard_options *o = options_of(trainer);
    if (o == NULL || o->rollbacks == 0) return 0;
    genrepi_guard *guard = trainer->guard;
    if (guard != NULL && trainer->done < guard->step + o->snapshot_every) return 0;
    if (guard != NULL) return keep(trainer);
    guard = trainer->guard = genrepi_alloc(trainer->ctx, 1, sizeof *guard);
    if (guard == NULL) return GENREP_E_NOMEM;
    int32_t status = visit(trainer, 0);
    if (status == 0) {
        guard->size = guard->at;
        guard->bytes = genrepi_alloc_raw(trainer->ctx, guard->size, 1);
        status = guard->bytes == NULL ? GENREP_E_NOMEM : keep(trainer);
    }
    if (status != 0) genrepi_guard_free(trainer);
    return status;
}

int32_t genrepi_guard_go_back(genrep_trainer *trainer) {
    const genrepi_guard_options *o = options_of(trainer);
    int32_t metric = 0;
    /* From a state that diverges at once nothing else would come. */
    if (o == NULL || trainer->guard == NULL || trainer->guard->step == trainer->done)
        return GENREP_E_DIVERGED;
    int32_t status = genrepi_trainer_metric(trainer, "rollbacks", &metric);
    const double before = trainer->values[metric];
    if (status == 0 && before >= (double)o->rollbacks)
        return genrepi_fail_in(trainer->ctx, GENREP_E_DIVERGED,
                               "after going back rollbacks=%lld times", (long long)o->rollbacks);
    if (status == 0) status = visit(trainer, 1);
    if (status != 0) return status;
    trainer->values[metric] = before + 1;
    genrepi_log(trainer->ctx, GENREP_LOG_WARNING, "%s: went back to step %lld, at half the rate",
                trainer->kind->name, (long long)trainer->done);
    return keep(trainer); /* the rate that it goes on with, and how often it went back */
}

void genrepi_guard_free(genrep_trainer *trainer) {
    if (trainer->guard == NULL) return;
    genrepi_free(trainer->ctx, trainer->guard->bytes);
    genrepi_free(trainer->ctx, trainer->guard);
    trainer->guard = NULL;
}
