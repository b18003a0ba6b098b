/* Layers that only change or check shapes. */
#include "forward.h"
#include "gradient.h"

#include <string.h>

static void the_elements_stay_in_their_order(void **state) {
    (void)state;
    const struct {
        const char *spec, *shape;
    } rows[] = {{"flatten", "3x24"},
                {"reshape shape='4 -1'", "3x4x6"},
                {"reshape shape='24'", "3x24"},
                {"reshape shape='1x4,6'", "3x1x4x6"},
                {"input shape='2 3 -1'", "3x2x3x4"}};
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        forward_result f = forward_open(rows[k].spec, "3x2x3x4", 0);
        char text[GENREPI_SHAPE_BYTES];
        assert_string_equal(genrepi_shape_text(&f.y->shape, text), rows[k].shape);
        assert_memory_equal(f.y->data, f.x->data, 72 * sizeof(real));
        forward_close(&f);
    }
}

int main(void) {
    const struct CMUnitTest own[] = {cmocka_unit_test(the_elements_stay_in_their_order)};
    return gradient_main("test_shape", own, 1);
}
