/* Pieces of long arrays: each element once, and the same sums for every number of threads. */
#include "arrays.h"
#include <kernel/elementwise.h>

#define MOST (300 * GENREPI_PIECE + 7)

typedef struct state_of_test {
    real *x;
} state_of_test;

static double sum_piece(const genrepi_kernels *k, const void *state, int64_t begin, int64_t end) {
    const state_of_test *s = state;
    return (double)k->sum(end - begin, s->x + begin);
}

static void add_one(const genrepi_kernels *k, const void *state, int64_t begin, int64_t end) {
    const state_of_test *s = state;
    k->scale_shift(end - begin, 1, 1, s->x + begin, s->x + begin);
}

static const int64_t sizes[] = {0,
                                1,
                                GENREPI_PIECE - 1,
                                GENREPI_PIECE,
                                GENREPI_PIECE + 1,
                                256 * GENREPI_PIECE,
                                256 * GENREPI_PIECE + 1,
                                MOST};

static void every_element_is_mapped_once(void **state) {
    (void)state;
    state_of_test s = {malloc((MOST + 1) * sizeof(real))};
    assert_non_null(s.x);
    for (int32_t threads = 1; threads <= 4; threads++) {
        genrep_ctx *ctx = new_ctx(reference(), threads);
        for (int i = 0; i < GENREPI_COUNT(sizes); i++) {
            reference()->fill(MOST + 1, 1, s.x);
            genrepi_map_pieces(ctx, sizes[i], add_one, &s);
            for (int64_t e = 0; e < MOST + 1; e++) assert_true(s.x[e] == (e < sizes[i] ? 2 : 1));
        }
        genrepi_ctx_unref(ctx);
    }
    free(s.x);
}

static void sums_do_not_depend_on_threads(void **state) {
    (void)state;
    state_of_test s = {malloc(MOST * sizeof(real))};
    assert_non_null(s.x);
    reference()->random_normal(MOST, 1, 1, 0, 0, 1, s.x);
    for (int i = 0; i < GENREPI_COUNT(sizes); i++) {
        double want = 0, one = 0;
        for (int64_t e = 0; e < sizes[i]; e++) want += (double)s.x[e];
        for (int32_t threads = 1; threads <= 4; threads++) {
            genrep_ctx *ctx = new_ctx(reference(), threads);
            const double sum = genrepi_sum_pieces(ctx, sizes[i], sum_piece, &s);
            if (threads == 1) one = sum;
            assert_memory_equal(&sum, &one, sizeof sum);
            assert_true(fabs(sum - want) < 0.01);
            genrepi_ctx_unref(ctx);
        }
    }
    free(s.x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_element_is_mapped_once),
        cmocka_unit_test(sums_do_not_depend_on_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
