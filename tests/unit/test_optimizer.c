/* Optimizers against numbers worked out by hand and against the formulas of
 * docs/notes/optimizers.md, in double precision, and what they share: clipping, checking, state. */
#include <support.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <optim/optimizer.h>

/* One network "linear in=2 out=1": weight (1 x 2) and bias (1). */
typedef struct fixture {
    genrep_ctx *ctx;
    genrep_layer *layer;
    genrep_optimizer *optimizer;
    real *x, *g;   /* the weight and its gradient */
    real *xb, *gb; /* the bias's */
} fixture;

static void begin_with(fixture *f, genrep_ctx *ctx, const char *optimizer) {
    f->ctx = ctx;
    assert_ok(f->ctx, genrep_layer_new(f->ctx, "linear in=2 out=1", &f->layer));
    assert_ok(f->ctx, genrep_optimizer_new(f->ctx, optimizer, &f->optimizer));
    assert_ok(f->ctx, genrep_optimizer_add(f->optimizer, f->layer));
    genrep_tensor *value, *gradient;
    assert_ok(f->ctx, genrep_layer_parameter(f->layer, 0, NULL, &value, &gradient));
    f->x = genrepi_real(value), f->g = genrepi_real(gradient);
    assert_ok(f->ctx, genrep_layer_parameter(f->layer, 1, NULL, &value, &gradient));
    f->xb = genrepi_real(value), f->gb = genrepi_real(gradient);
    f->x[0] = 1, f->x[1] = -2, f->xb[0] = 0.5;
}

static fixture begin(const char *optimizer) {
    fixture f;
    begin_with(&f, support_ctx(NULL), optimizer);
    return f;
}

static void end(fixture *f) {
    genrep_optimizer_unref(f->optimizer);
    genrep_layer_unref(f->layer);
    genrep_ctx_unref(f->ctx);
}

static double step(fixture *f, double g) {
    f->g[0] = (real)g;
    assert_ok(f->ctx, genrep_optimizer_step(f->optimizer));
    return (double)f->x[0];
}

/* One step from x = 1 with g = 0.5 at lr = 0.1 and a second one, worked out by hand. */
static void known_steps(void **state) {
    (void)state;
    static const struct {
        const char *spec;
        double g1, x1, g2, x2;
    } rows[] = {
        {"sgd lr=0.1", 0.5, 0.95, -1, 1.05},
        {"sgd lr=0.1 weight_decay=0.1", 0.5, 0.94, 0, 0.9306},
        {"sgd lr=0.1 momentum=0.9", 0.5, 0.95, 0.5, 0.855},
        {"sgd lr=0.1 momentum=0.9 nesterov=1", 0.5, 0.905, 0.5, 0.7695},
        {"adagrad lr=0.1 eps=0", 0.5, 0.9, 0.5, 0.829289321881345298},
        {"adagrad lr=0.1 eps=1 initial=0.75", 0.5, 0.975, 0, 0.975},
        /* a = 0.025, then 0.0225 */
        {"rmsprop lr=0.1 rho=0.9 eps=0", 0.5, 0.683772233983162067, 0, 0.683772233983162067},
        {"rmsprop lr=0.1 rho=0.5 eps=0.5", 1, 0.917157287525380990, 0, 0.917157287525380990},
        /* The corrected means of one gradient are it and its square: the first step is lr. */
        {"adam lr=0.1 eps=0", 0.5, 0.9, 0.5, 0.8},
        {"adam lr=0.1 eps=0.5", 0.5, 0.95, 0.5, 0.9},
        {"adam lr=0.1 beta1=0 beta2=0 eps=0", 7, 0.9, -3, 1.0},
        /* m = -0.375, m^ = -0.5; v = 0.5625, v^ = 0.75 */
        {"adam lr=0.1 beta1=0.5 beta2=0.5 eps=0", 0.5, 0.9, -1, 0.957735026918962584},
        {"adam lr=0.1 weight_decay=0.5 eps=0.5", 0.5, 0.933333333333333333, 0, 0.8771464081034193},
        {"adamw lr=0.1 weight_decay=0.5 eps=0", 0.5, 0.85, 0.5, 0.7075},
    };
    for (int i = 0; i < GENREPI_COUNT(rows); i++) {
        fixture f = begin(rows[i].spec);
        double x1 = step(&f, rows[i].g1);
        if (fabs(x1 - rows[i].x1) > 1e-14) print_error("%s, step 1\n", rows[i].spec);
        assert_close(x1, rows[i].x1, 1e-14);
        double x2 = step(&f, rows[i].g2);
        if (fabs(x2 - rows[i].x2) > 1e-14) print_error("%s, step 2\n", rows[i].spec);
        assert_close(x2, rows[i].x2, 1e-14);
        end(&f);
    }
}

/* The same formulas written once more, over ten steps of changing gradients, both elements. */
typedef struct reference {
    double x, m, v;
} reference;

static void reference_step(reference *r, int kind, int t, double g) {
    const double lr = 0.05, decay = 0.02, mu = 0.8, rho = 0.7, b1 = 0.6, b2 = 0.95, eps = 1e-3;
    double old = r->x;
    if (kind != 5) g += decay * r->x;
    switch (kind) {
    case 0:
        r->x -= lr * g;
        break;
    case 1:
        r->m = mu * r->m + g;
        r->x -= lr * (g + mu * r->m);
        break;
    case 2:
        r->v += g * g;
        r->x -= lr * g / (sqrt(r->v) + eps);
        break;
    case 3:
        r->v = rho * r->v + (1 - rho) * g * g;
        r->x -= lr * g / (sqrt(r->v) + eps);
        break;
    default:
        r->m = b1 * r->m + (1 - b1) * g;
        r->v = b2 * r->v + (1 - b2) * g * g;
        r->x -= lr * (r->m / (1 - pow(b1, t))) / (sqrt(r->v / (1 - pow(b2, t))) + eps);
        if (kind == 5) r->x -= lr * decay * old;
    }
}

static void follows_the_formulas(void **state) {
    (void)state;
    static const char *const specs[] = {
        "sgd lr=0.05 weight_decay=0.02",
        "sgd lr=0.05 weight_decay=0.02 momentum=0.8 nesterov=1",
        "adagrad lr=0.05 weight_decay=0.02 eps=1e-3",
        "rmsprop lr=0.05 weight_decay=0.02 rho=0.7 eps=1e-3",
        "adam lr=0.05 weight_decay=0.02 beta1=0.6 beta2=0.95 eps=1e-3",
        "adamw lr=0.05 weight_decay=0.02 beta1=0.6 beta2=0.95 eps=1e-3",
    };
    for (int kind = 0; kind < GENREPI_COUNT(specs); kind++) {
        fixture f = begin(specs[kind]);
        reference r[2] = {{1, 0, 0}, {-2, 0, 0}};
        for (int t = 1; t <= 10; t++) {
            for (int i = 0; i < 2; i++) {
                double g = sin(t + 3 * i) + 0.1 * t;
                f.g[i] = (real)g;
                reference_step(&r[i], kind, t, g);
            }
            assert_ok(f.ctx, genrep_optimizer_step(f.optimizer));
            assert_close((double)f.x[0], r[0].x, 1e-13);
            assert_close((double)f.x[1], r[1].x, 1e-13);
            assert_true(f.g[0] == 0 && f.g[1] == 0 && f.gb[0] == 0);
        }
        end(&f);
    }
}

static void clipping_brings_the_norm_of_all_gradients_down(void **state) {
    (void)state;
    fixture f = begin("sgd lr=1 clip=2.5");
    f.g[0] = 2, f.g[1] = 4, f.gb[0] = 4; /* norm 6 */
    assert_ok(f.ctx, genrep_optimizer_step(f.optimizer));
    assert_close(f.optimizer->norm, 6, 1e-14);
    assert_close((double)f.x[0], 1 - 2 * 2.5 / 6, 1e-14);
    assert_close((double)f.x[1], -2 - 4 * 2.5 / 6, 1e-14);
    assert_close((double)f.xb[0], 0.5 - 4 * 2.5 / 6, 1e-14);
    f.x[0] = 0, f.g[0] = 2.5; /* just not too long */
    assert_ok(f.ctx, genrep_optimizer_step(f.optimizer));
    assert_true(f.x[0] == -2.5);
    end(&f);
}

static void gradients_that_are_not_finite_stop_the_step(void **state) {
    (void)state;
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        fixture f = begin("adam clip=1");
        f.g[0] = 1, f.gb[0] = (real)bad[i];
        assert_error(f.ctx, genrep_optimizer_step(f.optimizer), GENREP_E_DIVERGED, "'0.bias'");
        assert_true(f.x[0] == 1 && f.x[1] == -2 && f.xb[0] == 0.5);
        assert_int_equal(f.optimizer->steps, 0);
        f.gb[0] = 0;
        assert_ok(f.ctx, genrep_optimizer_step(f.optimizer));
        end(&f);
    }
    fixture f = begin("sgd check=0");
    f.gb[0] = NAN;
    assert_ok(f.ctx, genrep_optimizer_step(f.optimizer));
    assert_true(isnan((double)f.xb[0]));
    end(&f);
}

/* A network large enough for several pieces. */
static void run(const char *context, const char *spec, real *out, int64_t n) {
    genrep_ctx *ctx = support_ctx(context);
    genrep_layer *layer;
    genrep_optimizer *optimizer;
    genrep_tensor *value, *gradient;
    assert_ok(ctx, genrep_layer_new(ctx, "linear in=333 out=200", &layer));
    assert_ok(ctx, genrep_optimizer_new(ctx, spec, &optimizer));
    assert_ok(ctx, genrep_optimizer_add(optimizer, layer));
    assert_ok(ctx, genrep_layer_parameter(layer, 0, NULL, &value, &gradient));
    for (uint64_t t = 0; t < 3; t++) {
        assert_ok(ctx, genrep_tensor_random(gradient, "normal", t));
        assert_ok(ctx, genrep_optimizer_step(optimizer));
    }
    assert_int_equal(value->count, n);
    memcpy(out, value->data, sizeof(real) * (size_t)n);
    genrep_optimizer_unref(optimizer);
    genrep_layer_unref(layer);
    genrep_ctx_unref(ctx);
}

static void threads_do_not_change_the_bits(void **state) {
    (void)state;
    static real one[333 * 200], four[333 * 200];
    run("threads=1 seed=7", "adam clip=0.01", one, 333 * 200);
    run("threads=4 seed=7", "adam clip=0.01", four, 333 * 200);
    assert_memory_equal(one, four, sizeof one);
}

static void a_step_allocates_nothing(void **state) {
    (void)state;
    support_memory memory = {0};
    genrep_allocator allocator = support_allocator(&memory);
    genrep_ctx *ctx;
    assert_int_equal(genrep_ctx_new("threads=2", &allocator, &ctx), 0);
    fixture f;
    begin_with(&f, ctx, "adam clip=1 schedule=cosine total=10");
    step(&f, 1);
    int64_t before = memory.allocations;
    for (int i = 0; i < 5; i++) step(&f, 1);
    assert_int_equal(memory.allocations, before);
    end(&f);
    assert_int_equal(memory.blocks, 0);
}

static void layers_are_added_before_the_first_step(void **state) {
    (void)state;
    fixture f = begin("sgd lr=1");
    genrep_layer *other;
    genrep_optimizer *empty;
    assert_error(f.ctx, genrep_optimizer_add(f.optimizer, f.layer), GENREP_E_INVALID, "already");
    assert_ok(f.ctx, genrep_layer_new(f.ctx, "linear in=1 out=1; batch_norm", &other));
    assert_ok(f.ctx, genrep_optimizer_add(f.optimizer, other));
    assert_int_equal(f.optimizer->n_parameters, 2 + 4); /* running statistics are not trained */
    step(&f, 1);
    assert_true(f.x[0] == 0);
    assert_error(f.ctx, genrep_optimizer_add(f.optimizer, other), GENREP_E_STATE, "first step");
    assert_ok(f.ctx, genrep_optimizer_new(f.ctx, "adam", &empty));
    assert_error(f.ctx, genrep_optimizer_step(empty), GENREP_E_STATE, "no layer");
    genrep_optimizer_unref(empty);
    genrep_layer_unref(other);
    end(&f);
}

static void adding_fails_cleanly_without_memory(void **state) {
    (void)state;
    support_memory memory = {0};
    genrep_allocator allocator = support_allocator(&memory);
    genrep_ctx *ctx;
    assert_int_equal(genrep_ctx_new(NULL, &allocator, &ctx), 0);
    fixture f;
    begin_with(&f, ctx, "adam lr=1 eps=0");
    genrep_layer *other;
    assert_ok(ctx, genrep_layer_new(ctx, "linear in=3 out=2", &other));
    for (int64_t n = 1;; n++) {
        memory.fail_at = memory.allocations + n;
        int32_t status = genrep_optimizer_add(f.optimizer, other);
        memory.fail_at = 0;
        if (status == 0) break;
        assert_int_equal(status, GENREP_E_NOMEM);
        assert_int_equal(f.optimizer->n_layers, 1);
        assert_close(step(&f, 1), 1 - (double)n, 1e-12); /* still works; steps forbid adding */
        f.optimizer->steps = 0;
        memset(f.optimizer->parameters[0].slots[0]->data, 0, sizeof(real) * 2);
        memset(f.optimizer->parameters[0].slots[1]->data, 0, sizeof(real) * 2);
    }
    assert_int_equal(f.optimizer->n_layers, 2);
    genrep_layer_unref(other);
    end(&f);
    assert_int_equal(memory.blocks, 0);
}

/* A state that notes the names it is shown. */
static char names[1024];

static void note(genrepi_state *state, const char *name) {
    size_t used = strlen(names);
    snprintf(names + used, sizeof names - used, "%s%s ", state->prefix, name);
}
static int32_t note_tensor(genrepi_state *state, const char *name, genrep_tensor *tensor) {
    assert_non_null(tensor);
    note(state, name);
    return 0;
}
static int32_t note_integer(genrepi_state *state, const char *name, int64_t *value) {
    (void)value;
    note(state, name);
    return 0;
}
static int32_t note_number(genrepi_state *state, const char *name, double *value) {
    (void)value;
    note(state, name);
    return 0;
}

static void state_has_a_name_for_every_moment(void **unused) {
    (void)unused;
    fixture f = begin("adam");
    genrepi_state state = {
        .ctx = f.ctx, .tensor = note_tensor, .integer = note_integer, .number = note_number};
    names[0] = 0;
    assert_int_equal(genrepi_optimizer_visit(f.optimizer, &state), 0);
    assert_string_equal(names, "steps best scale waited m/0.weight m/0.bias v/0.weight v/0.bias ");
    genrep_layer *other;
    assert_ok(f.ctx, genrep_layer_new(f.ctx, "linear in=1 out=1", &other));
    assert_ok(f.ctx, genrep_optimizer_add(f.optimizer, other));
    names[0] = 0;
    assert_int_equal(genrepi_optimizer_visit(f.optimizer, &state), 0);
    assert_string_equal(names, "steps best scale waited m/0/0.weight m/0/0.bias m/1/0.weight "
                               "m/1/0.bias v/0/0.weight v/0/0.bias v/1/0.weight v/1/0.bias ");
    genrep_layer_unref(other);
    end(&f);

    f = begin("sgd lr=1");
    names[0] = 0;
    assert_int_equal(genrepi_optimizer_visit(f.optimizer, &state), 0);
    assert_string_equal(names, "steps best scale waited ");
    end(&f);
}

static void arguments_are_checked(void **state) {
    (void)state;
    fixture f = begin("adam");
    genrep_optimizer *none = NULL;
    double rate = 3;
    assert_int_equal(genrep_optimizer_new(NULL, "adam", &none), GENREP_E_INVALID);
    assert_error(f.ctx, genrep_optimizer_new(f.ctx, NULL, &none), GENREP_E_INVALID, "spec");
    assert_error(f.ctx, genrep_optimizer_new(f.ctx, "adam", NULL), GENREP_E_INVALID, "out");
    assert_error(f.ctx, genrep_optimizer_new(f.ctx, "adm", &none), GENREP_E_INVALID, "adam");
    assert_error(f.ctx, genrep_optimizer_new(f.ctx, "adam lr=-1", &none), GENREP_E_RANGE, "lr");
    assert_error(f.ctx, genrep_optimizer_new(f.ctx, "sgd beta1=0", &none), GENREP_E_INVALID,
                 "beta1");
    assert_null(none);
    assert_error(f.ctx, genrep_optimizer_add(f.optimizer, NULL), GENREP_E_INVALID, "layer");
    assert_int_equal(genrep_optimizer_add(NULL, f.layer), GENREP_E_INVALID);
    assert_int_equal(genrep_optimizer_step(NULL), GENREP_E_INVALID);
    assert_int_equal(genrep_optimizer_rate(NULL, &rate), GENREP_E_INVALID);
    assert_error(f.ctx, genrep_optimizer_rate(f.optimizer, NULL), GENREP_E_INVALID, "rate");
    assert_true(rate == 3);
    assert_int_equal(genrep_optimizer_observe(NULL, 1), GENREP_E_INVALID);
    assert_error(f.ctx, genrep_optimizer_observe(f.optimizer, NAN), GENREP_E_INVALID, "finite");
    assert_null(genrep_optimizer_ref(NULL));
    genrep_optimizer_unref(NULL);
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_steps),
        cmocka_unit_test(follows_the_formulas),
        cmocka_unit_test(clipping_brings_the_norm_of_all_gradients_down),
        cmocka_unit_test(gradients_that_are_not_finite_stop_the_step),
        cmocka_unit_test(threads_do_not_change_the_bits),
        cmocka_unit_test(a_step_allocates_nothing),
        cmocka_unit_test(layers_are_added_before_the_first_step),
        cmocka_unit_test(adding_fails_cleanly_without_memory),
        cmocka_unit_test(state_has_a_name_for_every_moment),
        cmocka_unit_test(arguments_are_checked),
    };
    return cmocka_run_group_tests_name("optimizer", tests, NULL, NULL);
}
