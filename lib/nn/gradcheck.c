/* Gradients against central differences.  Differences are formed between numbers of type real but
 * summed in double; what the rounding of the outputs alone explains is not counted as an error, and
 * an element near a kink (a rectifier's 0) gets a second, smaller step. */
#include <base/number.h>
#include <base/random.h>
#include <nn/gradcheck.h>
#include <nn/projection.h>
#include <stdio.h>
#include <string.h>

typedef struct gradcheck_options {
    double step, tolerance;
    int64_t samples;
} gradcheck_options;

#ifdef GENREPI_DOUBLE
#define STEP "1e-4"
#define TOLERANCE "1e-6"
#else
#define STEP "1e-2"
#define TOLERANCE "1e-2"
#endif

static const genrepi_option options[] = {
    GENREPI_OPTION_NUMBER(gradcheck_options, step, STEP, 1e-8, 1,
                          "step of the differences, relative to the size of the element"),
    GENREPI_OPTION_NUMBER(gradcheck_options, tolerance, TOLERANCE, 0, 1,
                          "largest error allowed, relative to the tensor's largest gradient"),
    GENREPI_OPTION_INT(gradcheck_options, samples, "0", 0, 1e15,
                       "how many elements of each tensor, chosen at random; 0: all")};
const genrepi_kind genrepi_kind_gradcheck = {
    "options", "gradcheck", "what genrep_gradcheck() takes", options, GENREPI_COUNT(options),
    0,         0,           sizeof(gradcheck_options),       NULL};

/* What is checked: an input, or a trained parameter. */
typedef struct subject {
    genrep_tensor *value, *gradient; /* gradient: what backward gave */
    int32_t input;                   /* which input, or -1 */
    int64_t parameter;               /* which parameter, or -1 */
} subject;

typedef struct gradcheck {
    genrep_ctx *ctx;
    genrep_layer *layer;
    const gradcheck_options *options;
    genrepi_projection objective;
    genrep_tensor **in; /* copies, since the caller's may be read-only */
    int32_t n_in, n_subjects;
    subject *subjects;
    genrep_tensor **values, **gradients; /* of all parameters, as they were */
    double negligible;                   /* gradients below it are not told from 0 */
    double worst;
    int32_t not_added;
    int64_t worst_element;
    const subject *worst_subject;
    double worst_backward, worst_difference;
} gradcheck;

static int32_t copy_of(gradcheck *c, const genrep_tensor *tensor, genrep_tensor **out) {
    genrep_tensor *copy = NULL;
    int32_t status = genrepi_tensor_new(c->ctx, tensor->dtype, &tensor->shape, 0, &copy);
    if (status == 0) status = genrepi_tensor_copy(copy, tensor);
    if (status != 0) {
        genrepi_tensor_unref(copy);
        return status;
    }
    *out = copy;
    return 0;
}

static void restore(const gradcheck *c, int gradients) {
    const genrepi_parameter_list *list = c->layer->list;
    for (int64_t i = 0; i < list->n; i++) {
        const genrepi_parameter_entry *e = &list->entries[i];
        if (c->values[i] != NULL) genrepi_tensor_copy(e->value, c->values[i]);
        if (gradients && c->gradients[i] != NULL) genrepi_tensor_copy(e->gradient, c->gradients[i]);
    }
}

static int32_t prepare(gradcheck *c, genrep_tensor *const *inputs) {
    const genrepi_parameter_list *list = c->layer->list;
    c->in = genrepi_alloc(c->ctx, c->n_in, sizeof *c->in);
    c->subjects = genrepi_alloc(c->ctx, c->n_in + list->n, sizeof *c->subjects);
    c->values = genrepi_alloc(c->ctx, list->n + 1, sizeof *c->values);
    c->gradients = genrepi_alloc(c->ctx, list->n + 1, sizeof *c->gradients);
    if (c->in == NULL || c->subjects == NULL || c->values == NULL || c->gradients == NULL) {
        return GENREP_E_NOMEM;
    }
    c->objective.in = c->in;
    int32_t status = genrepi_tape_new(c->ctx, 1, &c->objective.tape);
    for (int32_t i = 0; i < c->n_in && status == 0; i++) {
        status = copy_of(c, inputs[i], &c->in[i]);
        if (status == 0 && inputs[i]->dtype == GENREPI_REAL) {
            c->subjects[c->n_subjects++] = (subject){c->in[i], NULL, i, -1};
        }
    }
    for (int64_t i = 0; i < list->n && status == 0; i++) {
        const genrepi_parameter_entry *e = &list->entries[i];
        status = copy_of(c, e->value, &c->values[i]);
        if (status != 0 || e->gradient == NULL) continue;
        status = copy_of(c, e->gradient, &c->gradients[i]);
        c->subjects[c->n_subjects++] = (subject){e->value, NULL, -1, i};
    }
    if (status == 0 && c->n_subjects == 0) {
        status = genrepi_fail(c->ctx, GENREP_E_INVALID,
                              "gradcheck: there is nothing to check, neither a real input nor a "
                              "trained parameter");
    }
    return status;
}

static void unref_all(genrep_tensor **tensors, int64_t n) {
    for (int64_t i = 0; i < n; i++) genrepi_tensor_unref(tensors[i]);
}

/* Forward and back; statistics that it moved are put back. */
static int32_t go_back(gradcheck *c) {
    int32_t status = genrepi_projection_backward(&c->objective);
    restore(c, 0);
    return status;
}

static int32_t keep_gradients(gradcheck *c) {
    for (int32_t i = 0; i < c->n_subjects; i++) {
        subject *s = &c->subjects[i];
        genrep_tensor *gradient = NULL;
        int32_t status = 0;
        if (s->input >= 0) {
            status = genrepi_tape_grad(c->objective.tape, s->value, &gradient);
        } else {
            gradient = genrepi_tensor_ref(c->layer->list->entries[s->parameter].gradient);
        }
        if (status == 0) status = copy_of(c, gradient, &s->gradient);
        genrepi_tensor_unref(gradient);
        if (status != 0) return status;
    }
    return 0;
}

static double largest(const genrep_tensor *tensor) {
    double most = 0;
    for (int64_t i = 0; i < tensor->count; i++) {
        double size = fabs((double)genrepi_real_read(tensor)[i]);
        if (!(size <= most)) most = size;
    }
    return most;
}

static const char *subject_name(const gradcheck *c, const subject *s, char text[32]) {
    if (s->parameter >= 0) return c->layer->list->entries[s->parameter].name;
    snprintf(text, 32, "input %d", (int)s->input);
    return text;
}

/* Going back a second time must add: the gradients are then twice what they were. */
static int32_t check_adding(gradcheck *c) {
    for (int32_t i = 0; i < c->n_subjects; i++) {
        const subject *s = &c->subjects[i];
        if (s->parameter < 0) continue;
        const real *now = genrepi_real_read(c->layer->list->entries[s->parameter].gradient);
        const real *once = genrepi_real_read(s->gradient);
        double allowed = 1e4 * GENREPI_REAL_EPSILON * largest(s->gradient);
        for (int64_t j = 0; j < s->gradient->count; j++) {
            if (fabs((double)now[j] - 2 * (double)once[j]) <= allowed) continue;
            char first[GENREPI_NUMBER_BYTES], second[GENREPI_NUMBER_BYTES], name[32];
            c->not_added = 1;
            c->worst = INFINITY;
            genrepi_format_real(first, (double)once[j], 1);
            genrepi_format_real(second, (double)now[j], 1);
            return genrepi_fail(c->ctx, GENREP_E_INVALID,
                                "gradcheck: %s, element %lld: the gradient is %s after going back "
                                "once and %s after twice: it must be added to what is there",
                                subject_name(c, s, name), (long long)j, first, second);
        }
    }
    return 0;
}

static int32_t check_element(gradcheck *c, const subject *s, int64_t j, double scale, double most) {
    real *x = genrepi_real(s->value) + j;
    double backward = (double)genrepi_real_read(s->gradient)[j], error = 0, slope = 0;
    double size = fabs((double)*x) > scale ? fabs((double)*x) : scale;
    for (int32_t attempt = 0; attempt < 2; attempt++) {
        double step = c->options->step * size * (attempt == 0 ? 1 : 0.1), this_slope, rounding;
        int32_t status =
            genrepi_projection_difference(&c->objective, x, step, &this_slope, &rounding);
        if (status != 0) return status;
        double off = fabs(backward - this_slope), against = fabs(this_slope);
        if (against < most) against = most;
        if (against < c->negligible) against = c->negligible;
        double this_error = off <= rounding ? 0 : (off - rounding) / against;
        if (!(off < INFINITY)) this_error = INFINITY;
        if (attempt == 0 || this_error < error) error = this_error, slope = this_slope;
        if (error <= c->options->tolerance) break;
    }
    if (error > c->worst || c->worst_subject == NULL) {
        c->worst = error;
        c->worst_element = j;
        c->worst_subject = s;
        c->worst_backward = backward;
        c->worst_difference = slope;
    }
    return 0;
}

static int32_t check_subject(gradcheck *c, const subject *s, uint64_t stream) {
    int64_t n = s->value->count, samples = c->options->samples;
    if (n == 0) return 0;
    const real *x = genrepi_real_read(s->value);
    double squares = 0, most = largest(s->gradient);
    for (int64_t i = 0; i < n; i++) squares += (double)x[i] * (double)x[i];
    double scale = squares > 0 ? sqrt(squares / (double)n) : 1;
    if (samples == 0 || samples > n) samples = n;
    for (int64_t i = 0; i < samples; i++) {
        int64_t j = samples < n ? (int64_t)genrepi_permute(0, stream, (uint64_t)n, (uint64_t)i) : i;
        int32_t status = check_element(c, s, j, scale, most);
        if (status != 0) return status;
    }
    return 0;
}

static int32_t verdict(const gradcheck *c) {
    if (c->worst_subject == NULL || c->worst <= c->options->tolerance) return 0;
    char backward[GENREPI_NUMBER_BYTES], slope[GENREPI_NUMBER_BYTES], error[GENREPI_NUMBER_BYTES];
    char tolerance[GENREPI_NUMBER_BYTES], name[32];
    genrepi_format_real(backward, c->worst_backward, 1);
    genrepi_format_real(slope, c->worst_difference, 1);
    genrepi_format_real(error, c->worst, 1);
    genrepi_format_real(tolerance, c->options->tolerance, 1);
    return genrepi_fail(
        c->ctx, GENREP_E_INVALID,
        "gradcheck: %s, element %lld: backward gives %s, the difference quotient %s "
        "(relative error %s, tolerance %s)",
        subject_name(c, c->worst_subject, name), (long long)c->worst_element, backward, slope,
        error, tolerance);
}

static int32_t check(gradcheck *c) {
    genrepi_layer_zero_grad(c->layer);
    int32_t status = go_back(c);
    if (status == 0) status = keep_gradients(c);
    if (status == 0) status = go_back(c);
    if (status == 0) status = check_adding(c);
    for (int32_t i = 0; i < c->n_subjects && status == 0; i++) {
        double some = c->options->tolerance * largest(c->subjects[i].gradient);
        if (some > c->negligible) c->negligible = some;
    }
    for (int32_t i = 0; i < c->n_subjects && status == 0; i++) {
        status = check_subject(c, &c->subjects[i], genrepi_stream(GENREPI_FOR_CHECK, 1, i));
    }
    return status;
}

static void release(gradcheck *c) {
    int64_t n = c->layer->list->n;
    for (int32_t i = 0; i < c->n_subjects; i++) genrepi_tensor_unref(c->subjects[i].gradient);
    if (c->in != NULL) unref_all(c->in, c->n_in);
    if (c->values != NULL) unref_all(c->values, n);
    if (c->gradients != NULL) unref_all(c->gradients, n);
    genrepi_projection_free(&c->objective);
    genrepi_free(c->ctx, c->in);
    genrepi_free(c->ctx, c->subjects);
    genrepi_free(c->ctx, c->values);
    genrepi_free(c->ctx, c->gradients);
}

int32_t genrepi_gradcheck(genrep_layer *layer, genrep_tensor *const *inputs, int32_t n_inputs,
                          const char *spec, double *worst) {
    gradcheck c = {.ctx = layer->ctx, .layer = layer, .n_in = n_inputs};
    c.objective = (genrepi_projection){.layer = layer, .n_in = n_inputs};
    c.objective.n_out = genrepi_layer_outputs(layer);
    void *bound = NULL;
    int32_t status = genrepi_options_parse(c.ctx, &genrepi_kind_gradcheck, spec, &bound);
    if (status != 0) return status;
    c.options = bound;
    status = prepare(&c, inputs);
    if (status == 0) {
        status = check(&c);
        restore(&c, 1);
        if ((status == 0 || c.not_added) && worst != NULL) *worst = c.worst;
        if (status == 0) status = verdict(&c);
    }
    release(&c);
    genrepi_options_free(layer->ctx, &genrepi_kind_gradcheck, bound);
    return status;
}
