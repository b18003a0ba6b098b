/* What the library tells of itself: version, features, kinds as JSON, checked specs. */
#include <support.h>
#include <api/kinds.h>
#include <base/real.h>

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- is it JSON? (RFC 8259) ------------------------------------------------------------------ */

static const char *json_blanks(const char *c) {
    return c + strspn(c, " \t\r\n");
}

static const char *json_string(const char *c) {
    if (*c++ != '"') return NULL;
    for (; *c != '"'; c++) {
        if ((unsigned char)*c < ' ') return NULL;
        if (*c == '\\' && strchr("\"\\/bfnrtu", *++c) == NULL) return NULL;
    }
    return c + 1;
}

static const char *json_number(const char *c) {
    c += *c == '-';
    if (!isdigit((unsigned char)*c)) return NULL;
    if (*c == '0' && isdigit((unsigned char)c[1])) return NULL;
    c += strspn(c, "0123456789");
    if (*c == '.') {
        if (!isdigit((unsigned char)*++c)) return NULL;
        c += strspn(c, "0123456789");
    }
    if (*c == 'e') {
        c += c[1] == '-' || c[1] == '+' ? 2 : 1;
        if (!isdigit((unsigned char)*c)) return NULL;
        c += strspn(c, "0123456789");
    }
    return c;
}

static const char *json_value(const char *c);

static const char *json_members(const char *c, char end, int named) {
    c = json_blanks(c + 1);
    if (*c == end) return c + 1;
    for (;;) {
        if (named) {
            c = json_string(json_blanks(c));
            if (c == NULL || *(c = json_blanks(c)) != ':') return NULL;
            c++;
        }
        c = json_value(c);
        if (c == NULL) return NULL;
        c = json_blanks(c);
        if (*c == end) return c + 1;
        if (*c++ != ',') return NULL;
    }
}

static const char *json_value(const char *c) {
    c = json_blanks(c);
    if (*c == '{') return json_members(c, '}', 1);
    if (*c == '[') return json_members(c, ']', 0);
    if (*c == '"') return json_string(c);
    static const char *const words[] = {"null", "true", "false"};
    for (int i = 0; i < 3; i++)
        if (strncmp(c, words[i], strlen(words[i])) == 0) return c + strlen(words[i]);
    return json_number(c);
}

static int is_json(const char *text) {
    const char *end = json_value(text);
    return end != NULL && *json_blanks(end) == 0;
}

static void the_judge_of_json_can_judge(void **unused) {
    (void)unused;
    assert_true(is_json("{\"a\": [1, -2.5e-05, null], \"b\": {}}"));
    static const char *const bad[] = {"{",       "{\"a\" 1}", "[1,]",  "[01]", "[.5]",
                                      "\"a\n\"", "[inf]",     "[1] x", ""};
    for (int i = 0; i < GENREPI_COUNT(bad); i++) assert_false(is_json(bad[i]));
}

/* ---- describe -------------------------------------------------------------------------------- */

static char *describe(const char *kind) {
    size_t needed = 0, again = 0;
    assert_int_equal(genrep_describe(kind, NULL, 0, &needed), GENREP_E_RANGE);
    char *json = malloc(needed);
    assert_int_equal(genrep_describe(kind, json, needed, &again), GENREP_OK);
    assert_int_equal(again, needed);
    assert_int_equal(strlen(json) + 1, needed);
    return json;
}

static void kinds_are_described_as_json(void **unused) {
    (void)unused;
    char *json = describe("context");
    assert_true(is_json(json));
    assert_non_null(
        strstr(json, "\"name\": \"threads\", \"type\": \"integer\", \"default\": 1, \"low\": 0, "
                     "\"high\": 256"));
    assert_non_null(strstr(json, "\"high\": 9223372036854775807"));
    assert_non_null(strstr(json, "\"words\": [\"auto\", \"own\", \"blas\"]"));
    free(json);
    json = describe(NULL);
    assert_true(is_json(json) && json[0] == '[');
    for (const genrepi_kind *const *kind = genrepi_kinds; *kind != NULL; kind++) {
        char name[100];
        snprintf(name, sizeof name, "{\"family\": \"%s\", \"name\": \"%s\"", (*kind)->family,
                 (*kind)->name);
        assert_non_null(strstr(json, name));
        snprintf(name, sizeof name, "%s.%s", (*kind)->family, (*kind)->name);
        char *one = describe(name);
        assert_true(is_json(one));
        assert_non_null(strstr(json, one));
        free(one);
        assert_int_equal(genrep_has(name), 1);
    }
    free(json);
}

static void describing_says_what_it_needs(void **unused) {
    (void)unused;
    char text[8] = "#######";
    size_t needed = 0;
    assert_int_equal(genrep_describe("context", text, 8, &needed), GENREP_E_RANGE);
    assert_string_equal(text, "");
    assert_true(needed > 100);
    assert_int_equal(genrep_describe("context", NULL, 0, NULL), GENREP_E_RANGE);
    needed = 77;
    strcpy(text, "kept");
    assert_int_equal(genrep_describe("contxt", text, 8, &needed), GENREP_E_INVALID);
    assert_int_equal(genrep_describe("context", NULL, 8, &needed), GENREP_E_INVALID);
    assert_string_equal(text, "kept");
    assert_int_equal(needed, 77);
}

/* ---- the table ------------------------------------------------------------------------------- */

static void good_name(const char *name) {
    assert_true(*name >= 'a' && *name <= 'z');
    assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(name));
}

static void rows_are_sound(void **unused) {
    (void)unused;
    for (const genrepi_kind *const *k = genrepi_kinds; *k != NULL; k++) {
        good_name((*k)->family);
        good_name((*k)->name);
        assert_true((*k)->help != NULL && *(*k)->help != 0);
        assert_true((*k)->min_blocks >= 0 && (*k)->max_blocks >= (*k)->min_blocks);
        for (const genrepi_kind *const *other = genrepi_kinds; other < k; other++) {
            int same_family = strcmp((*k)->family, (*other)->family) == 0;
            assert_false(same_family && strcmp((*k)->name, (*other)->name) == 0);
            /* one family is one piece of the table */
            assert_false(same_family && strcmp((*k)->family, k[-1]->family) != 0);
        }
        for (int32_t i = 0; i < (*k)->n_options; i++) {
            const genrepi_option *o = &(*k)->options[i];
            good_name(o->name);
            assert_true(o->help != NULL && *o->help != 0);
            assert_true(o->low <= o->high && isfinite(o->low) && isfinite(o->high));
            assert_true(o->offset < (*k)->options_size);
            assert_true((o->words != NULL) == (o->type == GENREPI_WORD));
            for (int32_t j = 0; j < i; j++) assert_string_not_equal(o->name, (*k)->options[j].name);
        }
    }
}

/* Every default is within its own bounds: an options struct is made from what must be given alone.
 */
static void defaults_are_taken(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    for (const genrepi_kind *const *k = genrepi_kinds; *k != NULL; k++) {
        genrepi_buffer text = {.ctx = ctx};
        void *options = NULL;
        genrepi_buffer_text(&text, " ");
        for (int32_t i = 0; i < (*k)->n_options; i++) {
            const genrepi_option *o = &(*k)->options[i];
            if (o->fallback != NULL || o->type == GENREPI_STRING) continue;
            genrepi_buffer_format(&text, "%s=", o->name);
            if (o->type == GENREPI_WORD)
                genrepi_buffer_add(&text, o->words, strcspn(o->words, "|"));
            else
                genrepi_buffer_real(&text, o->low);
            genrepi_buffer_text(&text, " ");
        }
        for (int32_t i = 0; i < (*k)->min_blocks; i++) genrepi_buffer_text(&text, "{}");
        assert_ok(ctx, genrepi_options_parse(ctx, *k, text.data, &options));
        genrepi_options_free(ctx, *k, options);
        genrepi_buffer_free(&text);
    }
    genrep_ctx_unref(ctx);
}

/* ---- versions and features ------------------------------------------------------------------- */

static void the_build_is_told(void **unused) {
    (void)unused;
    assert_int_equal(genrep_version(),
                     GENREP_VERSION_MAJOR << 16 | GENREP_VERSION_MINOR << 8 | GENREP_VERSION_PATCH);
    assert_true(is_json(genrep_build_info()));
    assert_ptr_equal(genrep_build_info(), genrep_build_info());
    char version[40];
    snprintf(version, sizeof version, "\"version\": \"%d.%d.%d\"", GENREP_VERSION_MAJOR,
             GENREP_VERSION_MINOR, GENREP_VERSION_PATCH);
    assert_non_null(strstr(genrep_build_info(), version));
}

static void features_are_told(void **unused) {
    (void)unused;
    assert_int_equal(genrep_has("isa.reference"), 1);
    assert_int_equal(genrep_has("options.context"), 1);
    assert_int_equal(genrep_has("blas.openblas") + genrep_has("blas.blis") +
                         genrep_has("blas.cblas") + genrep_has("blas.netlib"),
                     1);
    static const char *const none[] = {NULL,      "",         ".",
                                       "context", "options.", "options.contex",
                                       "isa",     "isa.none", "layer.context",
                                       "zlibx",   ".context", "blas."};
    for (int i = 0; i < GENREPI_COUNT(none); i++) assert_int_equal(genrep_has(none[i]), 0);
    assert_int_equal(genrep_has("zlib"), strstr(genrep_build_info(), "\"zlib\"") != NULL);
}

static void statuses_have_names(void **unused) {
    (void)unused;
    assert_string_equal(genrep_status_name(GENREP_OK), "GENREP_OK");
    assert_string_equal(genrep_status_name(GENREP_STOPPED), "GENREP_STOPPED");
    assert_string_equal(genrep_status_name(2), "unknown status");
    assert_string_equal(genrep_status_name(-11), "unknown status");
    assert_string_equal(genrep_status_name(INT32_MIN), "unknown status");
    for (int32_t s = -10; s < 0; s++) {
        assert_memory_equal(genrep_status_name(s), "GENREP_E_", 9);
        for (int32_t t = -10; t < s; t++)
            assert_string_not_equal(genrep_status_name(s), genrep_status_name(t));
    }
}

/* ---- checked specs --------------------------------------------------------------------------- */

static void checked(const char *family, const char *spec, int32_t status, const char *message) {
    char text[300] = "#";
    assert_int_equal(genrep_spec_check(family, spec, text, sizeof text), status);
    if (strstr(text, message) == NULL || (status == 0) != (text[0] == 0)) {
        print_error("'%s' gives: %s\n", spec == NULL ? "NULL" : spec, text);
        fail();
    }
    assert_int_equal(genrep_spec_check(family, spec, NULL, 0), status);
}

static void specs_are_checked(void **unused) {
    (void)unused;
    checked("context", NULL, GENREP_OK, "");
    checked("context", "threads=2\nseed=5", GENREP_OK, "");
    checked("context", "thread=2", GENREP_E_INVALID,
            "line 1, column 1: context: unknown option 'thread' (did you mean 'threads'?)");
    checked("context", "seed=-1", GENREP_E_RANGE,
            "context: seed=-1 is outside 0..9223372036854775807");
    checked("context", "threads=\x01", GENREP_E_INVALID, "threads=? is not a whole number");
    checked("contxt", "", GENREP_E_INVALID, "unknown family 'contxt' (did you mean 'context'?)");
    checked("options", "", GENREP_E_INVALID, "unknown family 'options'");
    checked(NULL, "", GENREP_E_INVALID, "the family is NULL");
    checked("tape", "mode=eval", GENREP_OK, "");
    checked("tape", "mode=evil", GENREP_E_INVALID, "(did you mean 'eval'?)");
    checked("layer", NULL, GENREP_E_INVALID, "the spec is NULL");
    checked("layer", "", GENREP_E_INVALID, "empty");
    checked("layer", "linear out=3; repeat 2 { tanh; residual { tanh } }", GENREP_OK, "");
    checked("layer", "linear out=3; repeat 2 { tanh; residual { tahn } }", GENREP_E_INVALID,
            "line 1, column 43: unknown layer 'tahn' (did you mean 'tanh'?)");
    char tiny[4] = "###";
    assert_int_equal(genrep_spec_check("layer", "tahn", tiny, 4), GENREP_E_INVALID);
    assert_string_equal(tiny, "lin");
    assert_int_equal(genrep_spec_check("layer", "tanh", NULL, 4), GENREP_E_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_judge_of_json_can_judge),
        cmocka_unit_test(kinds_are_described_as_json),
        cmocka_unit_test(describing_says_what_it_needs),
        cmocka_unit_test(rows_are_sound),
        cmocka_unit_test(defaults_are_taken),
        cmocka_unit_test(the_build_is_told),
        cmocka_unit_test(features_are_told),
        cmocka_unit_test(statuses_have_names),
        cmocka_unit_test(specs_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
