/* Every kind of layer has a gradient test, and every row of the table is one that runs. */
#include "cases.h"

#include <api/kinds.h>
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
        char path[512];
        snprintf(path, sizeof path, "%s/%s.c", GRADIENT_FOLDER, c->test);
        FILE *file = fopen(path, "r");
        if (file == NULL || !is_layer(c->kind) || strstr(c->spec, c->kind) == NULL) {
            print_error("row %d: no test %s, no layer '%s', or it is not in \"%s\"\n", (int)i, path,
                        c->kind, c->spec);
            fail();
        }
        fclose(file);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind_of_layer_has_a_gradient_test),
                                       cmocka_unit_test(every_row_is_of_a_kind_and_run_by_a_test)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
