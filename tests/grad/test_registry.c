/* Every kind of layer has a gradient test, and every row of the table is one that runs. */
#include "cases.h"
#include "tangent.h"

#include <api/kinds.h>
#include <nn/layer.h>
#include <stdio.h>
#include <string.h>
#include <support.h>

static int has_row(const char *kind) {
    for (int32_t i = 0; i < gradient_cases_count; i++) {
        if (strcmp(gradient_cases[i].kind, kind) == 0) return 1;
    }
    return 0;
}

static void every_kind_of_layer_has_a_gradient_test(void **state) {
    (void)state;
    int kinds = 0, missing = 0;
    for (const genrepi_kind *const *kind = genrepi_kinds; *kind != NULL; kind++) {
        if (strcmp((*kind)->family, "layer") != 0) continue;
        kinds++;
        if (has_row((*kind)->name)) continue;
        print_error("layer '%s' has no row in tests/grad/cases.c\n", (*kind)->name);
        missing++;
    }
    assert_true(kinds > 0);
    assert_int_equal(missing, 0);
}

static int is_layer(const char *name) {
    for (const genrepi_kind *const *kind = genrepi_kinds; *kind != NULL; kind++) {
        if (strcmp((*kind)->family, "layer") == 0 && strcmp((*kind)->name, name) == 0) return 1;
    }
    return 0;
}

static void every_row_is_of_a_kind_and_run_by_a_test(void **state) {
    (void)state;
    for (int32_t i = 0; i < gradient_cases_count; i++) {
        const gradient_case *c = &gradient_cases[i];
        char word[64];
        snprintf(word, sizeof word, " %s ", c->test);
        if (strstr(GRADIENT_TESTS, word) != NULL && is_layer(c->kind) &&
            strstr(c->spec, c->kind) != NULL) {
            continue;
        }
        print_error(
            "row %d: '%s' is no test of tests/grad/meson.build, '%s' no layer, or it is not "
            "in \"%s\"\n",
            (int)i, c->test, c->kind, c->spec);
        fail();
    }
}

/* A leaf has both functions of the pair, or is in the list of those that have none. */
static void every_kind_of_layer_has_tangents_or_a_reason(void **state) {
    (void)state;
    int wrong = 0, listed = 0;
    for (const genrepi_kind *const *kind = genrepi_kinds; *kind != NULL; kind++) {
        if (strcmp((*kind)->family, "layer") != 0) continue;
        const genrepi_layer_ops *ops = (*kind)->implementation;
        int missing = tangent_missing((*kind)->name) != NULL;
        int has = ops->tangent != NULL && ops->tangent_backward != NULL;
        int none = ops->tangent == NULL && ops->tangent_backward == NULL;
        listed += missing;
        if (ops->forward == NULL ? none && !missing : missing ? none : has) continue;
        print_error("layer '%s' needs a tangent pair, or a place in no_tangents (cases.c)\n",
                    (*kind)->name);
        wrong++;
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(listed, no_tangents_count);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_layer_has_a_gradient_test),
        cmocka_unit_test(every_row_is_of_a_kind_and_run_by_a_test),
        cmocka_unit_test(every_kind_of_layer_has_tangents_or_a_reason)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
