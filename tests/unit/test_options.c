/* Kinds and options of specs, on a small table of kinds of its own. */
#include <support.h>
#include <base/real.h>
#include <base/spec.h>

#include <string.h>

/* ---- kinds -------------------------------------------------------------------------------------
 */

typedef struct linear_options {
    int64_t out;
    int32_t bias, init;
    double scale;
    char *label;
} linear_options;

static const genrepi_option linear_rows[] = {
    GENREPI_OPTION_INT(linear_options, out, NULL, 1, 16777216, "outputs"),
    GENREPI_OPTION_FLAG(linear_options, bias, "1", "adds a bias"),
    GENREPI_OPTION_WORD(linear_options, init, "xavier", "zeros|normal|xavier", "first weights"),
    GENREPI_OPTION_NUMBER(linear_options, scale, "0.5", 0, 10, "factor"),
    GENREPI_OPTION_STRING(linear_options, label, NULL, "a name"),
};

typedef struct repeat_options {
    int64_t times;
} repeat_options;

static const genrepi_option repeat_rows[] = {
    {"times", GENREPI_INT, 1, NULL, 1, 1000, NULL, "how often", offsetof(repeat_options, times)}};

typedef struct adam_options {
    double lr;
    int64_t seed;
} adam_options;

static const genrepi_option adam_rows[] = {
    GENREPI_OPTION_NUMBER(adam_options, lr, "1e-3", 0, 10, "rate"),
    GENREPI_OPTION_INT(adam_options, seed, "7", 0, 9223372036854775807.0, "seed"),
};

static const genrepi_kind linear = {"layer", "linear", "y = W x + b",          linear_rows, 5,
                                    0,       0,        sizeof(linear_options), NULL};
static const genrepi_kind relu = {"layer", "relu", "y = max(0, x)", NULL, 0, 0, 0, 0, NULL};
static const genrepi_kind repeat = {"layer", "repeat", "a chain, n times",     repeat_rows, 1,
                                    1,       1,        sizeof(repeat_options), NULL};
static const genrepi_kind both = {"layer", "both", "two chains", NULL, 0, 2, 3, 0, NULL};
static const genrepi_kind adam = {"optimizer",          "adam", "Adam", adam_rows, 2, 0, 0,
                                  sizeof(adam_options), NULL};
static const genrepi_kind *const kinds[] = {&linear, &relu, &repeat, &both, &adam, NULL};

static int setup(void **state) {
    genrep_ctx *ctx = NULL;
    assert_int_equal(genrepi_ctx_new(NULL, kinds, &ctx), 0);
    *state = ctx;
    return 0;
}

static int teardown(void **state) {
    genrepi_ctx_unref(*state);
    return 0;
}

static genrepi_spec *parse(genrep_ctx *ctx, const char *text) {
    genrepi_spec *spec = NULL;
    assert_ok(ctx, genrepi_spec_parse(ctx, text, &spec));
    return spec;
}

/* Parses, finds and binds all nodes of a chain, as a maker of layers does. */
static int32_t check_chain(const genrepi_spec *spec, const genrepi_spec_node *node) {
    for (; node != NULL; node = node->next) {
        const genrepi_kind *kind = NULL;
        void *options = NULL;
        int32_t status = genrepi_spec_kind(spec, node, "layer", &kind);
        if (status == 0) status = genrepi_spec_bind(spec, node, kind, &options);
        if (status == 0) genrepi_options_free(spec->ctx, kind, options);
        for (int32_t i = 0; i < node->n_blocks && status == 0; i++)
            status = check_chain(spec, node->blocks[i]);
        if (status != 0) return status;
    }
    return 0;
}

static int32_t check(genrep_ctx *ctx, const char *text) {
    genrepi_spec *spec = NULL;
    int32_t status = genrepi_spec_parse(ctx, text, &spec);
    if (status != 0) {
        assert_null(spec);
        return status;
    }
    status = check_chain(spec, spec->first);
    genrepi_spec_free(spec);
    return status;
}

/* The whole text of the error, so that its every word is looked at. */
static void refused(genrep_ctx *ctx, const char *text, int32_t status, const char *error) {
    assert_int_equal(check(ctx, text), status);
    assert_string_equal(genrep_ctx_error(ctx), error);
}

/* ---- kinds and options -------------------------------------------------------------------------
 */

static void kinds_are_found_by_family_and_name(void **state) {
    genrep_ctx *ctx = *state;
    assert_ptr_equal(genrepi_kind_find(ctx, "layer", "linear"), &linear);
    assert_ptr_equal(genrepi_kind_find(ctx, NULL, "linear"), &linear);
    assert_ptr_equal(genrepi_kind_find(ctx, NULL, "layer.linear"), &linear);
    assert_ptr_equal(genrepi_kind_find(ctx, "layer", "layer.linear"), &linear);
    assert_ptr_equal(genrepi_kind_find(ctx, NULL, "adam"), &adam);
    assert_null(genrepi_kind_find(ctx, "layer", "adam"));
    assert_null(genrepi_kind_find(ctx, NULL, "layer.adam"));
    assert_null(genrepi_kind_find(ctx, NULL, "layer."));
    assert_null(genrepi_kind_find(ctx, NULL, ".linear"));
    assert_null(genrepi_kind_find(ctx, NULL, ""));
}

static const genrepi_kind mine = {"layer", "mine", "the host's", NULL, -1, 0, 0, 0, NULL};

static const genrepi_kind *find_mine(const genrep_ctx *ctx, const char *name) {
    (void)ctx;
    return strcmp(name, "mine") == 0 ? &mine : NULL;
}

static void the_hosts_own_kinds_are_layers_with_any_options(void **state) {
    genrep_ctx *ctx = *state;
    ctx->find_custom = find_mine;
    assert_ptr_equal(genrepi_kind_find(ctx, "layer", "mine"), &mine);
    assert_ptr_equal(genrepi_kind_find(ctx, NULL, "layer.mine"), &mine);
    assert_null(genrepi_kind_find(ctx, "optimizer", "mine"));
    assert_ok(ctx, check(ctx, "mine alpha=2 beta 3"));
    refused(ctx, "mine {}", GENREP_E_INVALID, "line 1, column 1: mine: takes no { }");
    ctx->find_custom = NULL;
}

static void options_are_bound(void **state) {
    genrep_ctx *ctx = *state;
    genrepi_spec *spec = parse(
        ctx, "linear out=1e3 bias=no scale=.25 init=normal label='a b'; linear out=1; repeat 9 {}");
    linear_options *o = NULL;
    assert_ok(ctx, genrepi_spec_bind(spec, spec->first, &linear, (void **)&o));
    assert_int_equal(o->out, 1000);
    assert_int_equal(o->bias, 0);
    assert_int_equal(o->init, 1);
    assert_true(o->scale == 0.25);
    assert_string_equal(o->label, "a b");
    genrepi_options_free(ctx, &linear, o);
    assert_ok(ctx, genrepi_spec_bind(spec, spec->first->next, &linear, (void **)&o));
    assert_int_equal(o->out, 1);
    assert_int_equal(o->bias, 1);
    assert_int_equal(o->init, 2);
    assert_true(o->scale == 0.5);
    assert_null(o->label);
    genrepi_options_free(ctx, &linear, o);
    repeat_options *r = NULL;
    assert_ok(ctx, genrepi_spec_bind(spec, spec->first->next->next, &repeat, (void **)&r));
    assert_int_equal(r->times, 9);
    genrepi_options_free(ctx, &repeat, r);
    genrepi_spec_free(spec);
}

static void wrong_options_are_refused_with_the_reason(void **state) {
    static const struct {
        const char *text;
        int32_t status;
        const char *error;
    } cases[] = {
        {"relu; linaer out=2", GENREP_E_INVALID,
         "line 1, column 7: unknown layer 'linaer' (did you mean 'linear'?)"},
        {"blah", GENREP_E_INVALID, "line 1, column 1: unknown layer 'blah'"},
        {"adam", GENREP_E_INVALID,
         "line 1, column 1: 'adam' is of family optimizer; expected one of family layer"},
        {"linear out=2 sclae=2", GENREP_E_INVALID,
         "line 1, column 14: linear: unknown option 'sclae' (did you mean 'scale'?)"},
        {"linear out=2 OUT=2", GENREP_E_INVALID,
         "line 1, column 14: linear: unknown option 'OUT' (did you mean 'out'?)"},
        {"linear out=2 zzzzzz=2", GENREP_E_INVALID,
         "line 1, column 14: linear: unknown option 'zzzzzz'"},
        {"relu slope=2", GENREP_E_INVALID,
         "line 1, column 6: relu: unknown option 'slope'; it has none"},
        {"relu\nrelu; linear bias=1", GENREP_E_INVALID,
         "line 2, column 7: linear: option 'out' must be given (outputs)"},
        {"linear out=2 out=2", GENREP_E_INVALID,
         "line 1, column 14: linear: option 'out' is given twice"},
        {"repeat 2 times=3 {}", GENREP_E_INVALID,
         "line 1, column 10: repeat: option 'times' is given twice"},
        {"repeat 2 3 {}", GENREP_E_INVALID,
         "line 1, column 10: repeat: unexpected word '3': options are written key=value, and ';' "
         "or a "
         "newline ends them"},
        {"linear out=2 bias", GENREP_E_INVALID,
         "line 1, column 14: linear: option 'bias' has no value: write bias=..."},
        {"linear out=2 relu", GENREP_E_INVALID,
         "line 1, column 14: linear: unexpected word 'relu': options are written key=value, and "
         "';' or a "
         "newline ends them"},
        {"linear out=0", GENREP_E_RANGE, "line 1, column 8: linear: out=0 is outside 1..16777216"},
        {"linear out=16777217", GENREP_E_RANGE,
         "line 1, column 8: linear: out=16777217 is outside 1..16777216"},
        {"linear out=1e30", GENREP_E_RANGE,
         "line 1, column 8: linear: out=1e30 is outside 1..16777216"},
        {"linear out=1.5", GENREP_E_INVALID,
         "line 1, column 8: linear: out=1.5 is not a whole number"},
        {"linear out=x", GENREP_E_INVALID, "line 1, column 8: linear: out=x is not a whole number"},
        {"linear out=''", GENREP_E_INVALID, "line 1, column 8: linear: out= is not a whole number"},
        {"linear out=1 scale=0,1", GENREP_E_INVALID,
         "line 1, column 14: linear: scale=0,1 has a decimal comma: write 0.1"},
        {"linear out=1 scale=1,2,3", GENREP_E_INVALID,
         "line 1, column 14: linear: scale=1,2,3 is not a number"},
        {"linear out=1 scale=nan", GENREP_E_INVALID,
         "line 1, column 14: linear: scale=nan is not a number"},
        {"linear out=1 scale=1e999", GENREP_E_RANGE,
         "line 1, column 14: linear: scale=1e999 is outside 0..10"},
        {"linear out=1 scale=-1e-9", GENREP_E_RANGE,
         "line 1, column 14: linear: scale=-1e-9 is outside 0..10"},
        {"linear out=1 bias=2", GENREP_E_INVALID,
         "line 1, column 14: linear: bias=2 is neither 0 nor 1"},
        {"linear out=1 init=norml", GENREP_E_INVALID,
         "line 1, column 14: linear: init=norml is not one of zeros|normal|xavier (did you mean "
         "'normal'?)"},
        {"linear out=1 init=foo", GENREP_E_INVALID,
         "line 1, column 14: linear: init=foo is not one of zeros|normal|xavier"},
        {"linear out=1 init=zeros|normal", GENREP_E_INVALID,
         "line 1, column 14: linear: init=zeros|normal is not one of zeros|normal|xavier"},
        {"relu {}", GENREP_E_INVALID, "line 1, column 1: relu: takes no { }"},
        {"repeat 2", GENREP_E_INVALID, "line 1, column 1: repeat: has 0 { }, needs at least 1"},
        {"both {}", GENREP_E_INVALID, "line 1, column 1: both: has 1 { }, needs at least 2"},
        {"both {}{}{}{}", GENREP_E_INVALID, "line 1, column 1: both: has 4 { }, takes at most 3"},
        {"repeat 2 { relu\n both { linaer }{} }", GENREP_E_INVALID,
         "line 2, column 9: unknown layer 'linaer' (did you mean 'linear'?)"},
    };
    for (int i = 0; i < GENREPI_COUNT(cases); i++)
        refused(*state, cases[i].text, cases[i].status, cases[i].error);
}

static void texts_of_options_only_are_parsed(void **state) {
    genrep_ctx *ctx = *state;
    adam_options *o = NULL;
    static const char *const texts[] = {"lr=0.25\n seed=3", "lr=0.25 seed=3",
                                        " seed=3 # c\n\tlr='0.25' "};
    for (int i = 0; i < GENREPI_COUNT(texts); i++) {
        assert_ok(ctx, genrepi_options_parse(ctx, &adam, texts[i], (void **)&o));
        assert_true(o->lr == 0.25 && o->seed == 3);
        genrepi_options_free(ctx, &adam, o);
    }
    assert_ok(ctx, genrepi_options_parse(ctx, &adam, NULL, (void **)&o));
    assert_true(o->lr == 0.001 && o->seed == 7);
    genrepi_options_free(ctx, &adam, o);
    o = NULL;
    assert_error(ctx, genrepi_options_parse(ctx, &adam, "lr=1; seed=1", (void **)&o),
                 GENREP_E_INVALID, "line 1, column 5: adam: ';' does not belong among its options");
    assert_error(ctx, genrepi_options_parse(ctx, &adam, "lr=1 }", (void **)&o), GENREP_E_INVALID,
                 "adam: '}' does not belong among its options");
    assert_error(ctx, genrepi_options_parse(ctx, &adam, "{ relu; }", (void **)&o), GENREP_E_INVALID,
                 "adam: takes no { }");
    assert_error(ctx, genrepi_options_parse(ctx, &adam, "adam", (void **)&o), GENREP_E_INVALID,
                 "unexpected word 'adam'");
    assert_null(o);
}

static void single_nodes_are_made(void **state) {
    genrep_ctx *ctx = *state;
    const genrepi_kind *kind = NULL;
    adam_options *o = NULL;
    assert_ok(ctx, genrepi_spec_make(ctx, "optimizer", "adam lr=0.5", &kind, (void **)&o));
    assert_ptr_equal(kind, &adam);
    assert_true(o->lr == 0.5);
    genrepi_options_free(ctx, kind, o);
    kind = NULL, o = NULL;
    assert_error(ctx, genrepi_spec_make(ctx, "optimizer", " ", &kind, (void **)&o),
                 GENREP_E_INVALID, "the spec of the optimizer is empty");
    assert_error(ctx, genrepi_spec_make(ctx, "optimizer", "adam; adam", &kind, (void **)&o),
                 GENREP_E_INVALID, "line 1, column 7: a second optimizer");
    assert_error(ctx, genrepi_spec_make(ctx, "optimizer", "relu", &kind, (void **)&o),
                 GENREP_E_INVALID, "'relu' is of family layer; expected one of family optimizer");
    assert_error(ctx, genrepi_spec_make(ctx, "optimizer", "adam lr=11", &kind, (void **)&o),
                 GENREP_E_RANGE, "adam: lr=11 is outside 0..10");
    assert_null(kind);
    assert_null(o);
}

static void the_nearest_word_is_found(void **state) {
    (void)state;
    static const char *const words[] = {"kernel", "stride", "pad", "pad_mode", "in", "out"};
    assert_string_equal(genrepi_nearest_word("kernal", words, 6), "kernel");
    assert_string_equal(genrepi_nearest_word("Kernel", words, 6), "kernel");
    assert_string_equal(genrepi_nearest_word("strdie", words, 6), "stride");
    assert_string_equal(genrepi_nearest_word("padmode", words, 6), "pad_mode");
    assert_string_equal(genrepi_nearest_word("padd", words, 6), "pad");
    assert_string_equal(genrepi_nearest_word("int", words, 6), "in");
    assert_null(genrepi_nearest_word("xyz", words, 6));
    assert_null(genrepi_nearest_word("", words, 6));
    assert_null(genrepi_nearest_word("k", words, 6));
    char large[200];
    memset(large, 'k', sizeof large);
    large[199] = 0;
    assert_null(genrepi_nearest_word(large, words, 6));
}

/* ---- hostile input, no memory ------------------------------------------------------------------
 */

static void any_bytes_are_survived(void **state) {
    static const char *const pieces[] = {
        "linear", "repeat", "relu", " ",  "{",    "}",    ";", "\n",   "=",         "out=2",
        "'",      "\"",     "#",    "\\", "\\\n", "\xC3", "9", "both", "scale=0,5", "\x01"};
    uint32_t random = 1;
    char text[512];
    for (int i = 0; i < 30000; i++) {
        text[0] = 0;
        for (int n = 0; n < 12; n++) {
            random = random * 1664525 + 1013904223;
            strcat(text, pieces[(random >> 16) % (uint32_t)GENREPI_COUNT(pieces)]);
            if (random >> 30 == 0) strcat(text, " ");
        }
        if (check(*state, text) != 0) assert_string_not_equal(genrep_ctx_error(*state), "");
    }
}

static void without_memory_nothing_leaks(void **state) {
    (void)state;
    support_memory memory = {0};
    genrep_allocator allocator = support_allocator(&memory);
    genrep_ctx *ctx = NULL;
    assert_int_equal(genrepi_ctx_new(&allocator, kinds, &ctx), 0);
    int64_t blocks = memory.blocks;
    char text[3000] = "linear out=3 label=a";
    for (int i = 0; i < 100; i++) strcat(text, "; linear out=3 label='b'");
    int32_t status = GENREP_E_NOMEM;
    int n = 1;
    for (; status != 0; n++) {
        memory.fail_at = memory.allocations + n;
        status = check(ctx, text);
        if (status != 0) {
            assert_int_equal(status, GENREP_E_NOMEM);
            assert_non_null(strstr(genrep_ctx_error(ctx), "out of memory"));
        }
        assert_int_equal(memory.blocks, blocks);
    }
    assert_true(n > 200);
    genrepi_ctx_unref(ctx);
    assert_int_equal(memory.blocks, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_found_by_family_and_name),
        cmocka_unit_test(the_hosts_own_kinds_are_layers_with_any_options),
        cmocka_unit_test(options_are_bound),
        cmocka_unit_test(wrong_options_are_refused_with_the_reason),
        cmocka_unit_test(texts_of_options_only_are_parsed),
        cmocka_unit_test(single_nodes_are_made),
        cmocka_unit_test(the_nearest_word_is_found),
        cmocka_unit_test(any_bytes_are_survived),
        cmocka_unit_test(without_memory_nothing_leaks),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
