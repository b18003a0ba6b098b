/* From a node's arguments to the kind's options struct: names, types and bounds are checked here.
 */
#include <base/spec.h>

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_OPTIONS 64

/* One value on its way into the struct. */
typedef struct binding {
    const genrepi_spec *spec;
    const genrepi_kind *kind;
    const genrepi_option *option;
    const char *value;
    size_t at;
    char *field;
} binding;

/* Puts "linear: out=0" before what is wrong with it. */
static int32_t fail(const binding *b, int32_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int32_t fail(const binding *b, int32_t status, const char *format, ...) {
    char wrong[GENREPI_ERROR_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(wrong, sizeof wrong, format, arguments);
    va_end(arguments);
    return genrepi_spec_fail(b->spec, b->at, status, "%s: %s=%.60s %s", b->kind->name,
                             b->option->name, b->value, wrong);
}

/* ---- numbers --------------------------------------------------------------------------------- */

void genrepi_format_bound(char text[GENREPI_NUMBER_BYTES], const genrepi_option *option,
                          double bound) {
    if (option->type != GENREPI_INT) {
        genrepi_format_real(text, bound, 0);
        return;
    }
    int64_t whole = bound >= 9223372036854775807.0 ? INT64_MAX : (int64_t)bound;
    snprintf(text, GENREPI_NUMBER_BYTES, "%" PRId64, whole);
}

static int32_t fail_bounds(const binding *b) {
    char low[GENREPI_NUMBER_BYTES], high[GENREPI_NUMBER_BYTES];
    genrepi_format_bound(low, b->option, b->option->low);
    genrepi_format_bound(high, b->option, b->option->high);
    return fail(b, GENREP_E_RANGE, "is outside %s..%s", low, high);
}

/* Not a number as it stands: is it one with a decimal comma? */
static int32_t fail_number(const binding *b) {
    char point[64];
    const char *comma = strchr(b->value, ',');
    size_t bytes = strlen(b->value);
    double ignored;
    if (b->option->type == GENREPI_INT) return fail(b, GENREP_E_INVALID, "is not a whole number");
    if (comma != NULL && bytes < sizeof point) {
        memcpy(point, b->value, bytes + 1);
        point[comma - b->value] = '.';
        if (genrepi_parse_real(point, bytes, &ignored))
            return fail(b, GENREP_E_INVALID, "has a decimal comma: write %s", point);
    }
    return fail(b, GENREP_E_INVALID, "is not a number");
}

static int32_t bind_number(const binding *b) {
    double value;
    if (!genrepi_parse_real(b->value, strlen(b->value), &value)) return fail_number(b);
    if (value < b->option->low || value > b->option->high) return fail_bounds(b);
    memcpy(b->field, &value, sizeof value);
    return 0;
}

static int32_t bind_int(const binding *b) {
    int64_t value;
    if (!genrepi_parse_int(b->value, strlen(b->value), &value)) {
        double real;
        int too_large = genrepi_parse_real(b->value, strlen(b->value), &real) &&
                        fabs(real) >= 9223372036854775807.0;
        return too_large ? fail_bounds(b) : fail_number(b);
    }
    if ((double)value < b->option->low || (double)value > b->option->high) return fail_bounds(b);
    memcpy(b->field, &value, sizeof value);
    return 0;
}

/* ---- words ----------------------------------------------------------------------------------- */

static int32_t index_of(const char *words, const char *value) {
    int32_t index = 0;
    for (const char *w = words;; index++) {
        size_t bytes = strcspn(w, "|");
        if (strlen(value) == bytes && memcmp(w, value, bytes) == 0) return index;
        if (w[bytes] == 0) return -1;
        w += bytes + 1;
    }
}

static int32_t bind_word(const binding *b) {
    int flag = b->option->type == GENREPI_FLAG;
    const char *words = flag ? "0|1|no|yes|false|true|off|on" : b->option->words;
    int32_t index = index_of(words, b->value);
    if (index < 0) {
        genrepi_nearest nearest = {.word = b->value};
        for (const char *w = words; *w != 0 && !flag; w += strspn(w, "|")) {
            genrepi_nearest_try(&nearest, w, strcspn(w, "|"));
            w += strcspn(w, "|");
        }
        if (flag) return fail(b, GENREP_E_INVALID, "is neither 0 nor 1");
        if (nearest.best == NULL) return fail(b, GENREP_E_INVALID, "is not one of %s", words);
        return fail(b, GENREP_E_INVALID, "is not one of %s (did you mean '%.*s'?)", words,
                    (int)nearest.best_bytes, nearest.best);
    }
    if (flag) index %= 2;
    memcpy(b->field, &index, sizeof index);
    return 0;
}

static int32_t bind_string(const binding *b) {
    char *copy = genrepi_strdup(b->spec->ctx, b->value);
    if (copy == NULL) return GENREP_E_NOMEM;
    memcpy(b->field, &copy, sizeof copy);
    return 0;
}

static int32_t bind_value(const binding *b) {
    switch (b->option->type) {
    case GENREPI_INT:
        return bind_int(b);
    case GENREPI_NUMBER:
        return bind_number(b);
    case GENREPI_STRING:
        return bind_string(b);
    default:
        return bind_word(b);
    }
}

/* ---- arguments ------------------------------------------------------------------------------- */

static int32_t fail_key(const genrepi_spec *spec, const genrepi_spec_argument *argument,
                        const genrepi_kind *kind) {
    genrepi_nearest nearest = {.word = argument->key};
    for (int32_t i = 0; i < kind->n_options; i++)
        genrepi_nearest_try(&nearest, kind->options[i].name, strlen(kind->options[i].name));
    if (nearest.best != NULL)
        return genrepi_spec_fail(spec, argument->at, GENREP_E_INVALID,
                                 "%s: unknown option '%.60s' (did you mean '%s'?)", kind->name,
                                 argument->key, nearest.best);
    return genrepi_spec_fail(spec, argument->at, GENREP_E_INVALID,
                             kind->n_options > 0 ? "%s: unknown option '%.60s'"
                                                 : "%s: unknown option '%.60s'; it has none",
                             kind->name, argument->key);
}

static int32_t fail_bare(const genrepi_spec *spec, const genrepi_spec_argument *argument,
                         const genrepi_kind *kind) {
    for (int32_t i = 0; i < kind->n_options; i++)
        if (strcmp(kind->options[i].name, argument->value) == 0)
            return genrepi_spec_fail(spec, argument->at, GENREP_E_INVALID,
                                     "%s: option '%s' has no value: write %s=...", kind->name,
                                     argument->value, argument->value);
    return genrepi_spec_fail(
        spec, argument->at, GENREP_E_INVALID,
        "%s: unexpected word '%.60s': options are written key=value, and ';' or "
        "a newline ends them",
        kind->name, argument->value);
}

/* The option an argument is for: by its name, or the next positional one that is not given yet. */
static const genrepi_option *option_of(const genrepi_kind *kind,
                                       const genrepi_spec_argument *argument, const size_t *given) {
    for (int32_t i = 0; i < kind->n_options; i++) {
        const genrepi_option *option = &kind->options[i];
        if (argument->key != NULL ? strcmp(option->name, argument->key) == 0
                                  : option->positional && given[i] == SIZE_MAX)
            return option;
    }
    return NULL;
}

static int32_t bind_arguments(const genrepi_spec *spec, const genrepi_spec_node *node,
                              const genrepi_kind *kind, char *options, size_t *given) {
    for (int32_t i = 0; i < node->n_arguments; i++) {
        const genrepi_spec_argument *argument = &node->arguments[i];
        const genrepi_option *option = option_of(kind, argument, given);
        if (option == NULL)
            return argument->key != NULL ? fail_key(spec, argument, kind)
                                         : fail_bare(spec, argument, kind);
        if (given[option - kind->options] != SIZE_MAX)
            return genrepi_spec_fail(spec, argument->at, GENREP_E_INVALID,
                                     "%s: option '%s' is given twice", kind->name, option->name);
        given[option - kind->options] = argument->at;
        binding b = {spec, kind, option, argument->value, argument->at, options + option->offset};
        int32_t status = bind_value(&b);
        if (status != 0) return status;
    }
    return 0;
}

static int32_t bind_fallbacks(const genrepi_spec *spec, const genrepi_spec_node *node,
                              const genrepi_kind *kind, char *options, const size_t *given) {
    for (int32_t i = 0; i < kind->n_options; i++) {
        const genrepi_option *option = &kind->options[i];
        if (given[i] != SIZE_MAX) continue;
        if (option->fallback != NULL) {
            binding b = {spec, kind, option, option->fallback, node->at, options + option->offset};
            int32_t status = bind_value(&b);
            if (status != 0) return status;
        } else if (option->type != GENREPI_STRING) {
            return genrepi_spec_fail(spec, node->at, GENREP_E_INVALID,
                                     "%s: option '%s' must be given (%s)", kind->name, option->name,
                                     option->help);
        }
    }
    return 0;
}

static int32_t check_blocks(const genrepi_spec *spec, const genrepi_spec_node *node,
                            const genrepi_kind *kind) {
    if (node->n_blocks >= kind->min_blocks && node->n_blocks <= kind->max_blocks) return 0;
    if (kind->max_blocks == 0)
        return genrepi_spec_fail(spec, node->at, GENREP_E_INVALID, "%s: takes no { }", kind->name);
    if (node->n_blocks < kind->min_blocks)
        return genrepi_spec_fail(spec, node->at, GENREP_E_INVALID,
                                 "%s: has %" PRId32 " { }, needs at least %" PRId32, kind->name,
                                 node->n_blocks, kind->min_blocks);
    return genrepi_spec_fail(spec, node->at, GENREP_E_INVALID,
                             "%s: has %" PRId32 " { }, takes at most %" PRId32, kind->name,
                             node->n_blocks, kind->max_blocks);
}

int32_t genrepi_spec_bind(const genrepi_spec *spec, const genrepi_spec_node *node,
                          const genrepi_kind *kind, void **options) {
    size_t given[MAX_OPTIONS]; /* where in the text; SIZE_MAX: not given */
    if (kind->n_options > MAX_OPTIONS)
        return genrepi_fail(spec->ctx, GENREP_E_INVALID, "%s: more than %d options", kind->name,
                            MAX_OPTIONS);
    for (int32_t i = 0; i < MAX_OPTIONS; i++) given[i] = SIZE_MAX;
    char *filled = genrepi_alloc(spec->ctx, (int64_t)kind->options_size, 1);
    if (filled == NULL) return GENREP_E_NOMEM;
    int32_t status = 0;
    if (kind->n_options >= 0) status = bind_arguments(spec, node, kind, filled, given);
    if (status == 0) status = bind_fallbacks(spec, node, kind, filled, given);
    if (status == 0) status = check_blocks(spec, node, kind);
    if (status == 0)
        *options = filled;
    else
        genrepi_options_free(spec->ctx, kind, filled);
    return status;
}

void genrepi_options_free(genrep_ctx *ctx, const genrepi_kind *kind, void *options) {
    if (options == NULL) return;
    for (int32_t i = 0; i < kind->n_options; i++) {
        if (kind->options[i].type != GENREPI_STRING) continue;
        char *text;
        memcpy(&text, (char *)options + kind->options[i].offset, sizeof text);
        genrepi_free(ctx, text);
    }
    genrepi_free(ctx, options);
}

/* ---- whole texts ----------------------------------------------------------------------------- */

int32_t genrepi_options_parse(genrep_ctx *ctx, const genrepi_kind *kind, const char *text,
                              void **options) {
    genrepi_spec *spec = NULL;
    int32_t status = genrepi_spec_parse_options(ctx, kind->name, text, &spec);
    if (status != 0) return status;
    status = genrepi_spec_bind(spec, spec->first, kind, options);
    genrepi_spec_free(spec);
    return status;
}

int32_t genrepi_spec_make(genrep_ctx *ctx, const char *family, const char *text,
                          const genrepi_kind **kind, void **options) {
    genrepi_spec *spec = NULL;
    const genrepi_kind *found = NULL;
    int32_t status = genrepi_spec_parse(ctx, text, &spec);
    if (status != 0) return status;
    if (spec->first == NULL)
        status = genrepi_fail(ctx, GENREP_E_INVALID, "the spec of the %s is empty", family);
    else if (spec->first->next != NULL)
        status = genrepi_spec_fail(spec, spec->first->next->at, GENREP_E_INVALID,
                                   "a second %s: a spec has one; options go on the kind's line, or "
                                   "end the line before with a backslash",
                                   family);
    else
        status = genrepi_spec_kind(spec, spec->first, family, &found);
    if (status == 0) status = genrepi_spec_bind(spec, spec->first, found, options);
    if (status == 0) *kind = found;
    genrepi_spec_free(spec);
    return status;
}
