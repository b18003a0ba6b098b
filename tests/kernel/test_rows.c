/* Products and updates of rows by pointers do what kernel.h says. */
#include "arrays.h"

enum { MOST = 13, SIZES = 7, LONGEST = 320 };
static const int64_t sizes[SIZES] = {16, 112, 1, 7, 300, 89, LONGEST};

typedef struct tables {
    real x[MOST][LONGEST], y[MOST][LONGEST], g[MOST * MOST];
} tables;

static void set_tables(tables *t, genrepi_rng *rng) {
    for (int i = 0; i < MOST; i++)
        for (int e = 0; e < LONGEST; e++) {
            t->x[i][e] = normal_value(rng);
            t->y[i][e] = normal_value(rng);
        }
    for (int k = 0; k < MOST * MOST; k++) t->g[k] = normal_value(rng);
}

/* dot has no fused multiply-add, so only columns without it share its bits. */
static void products_are_near_dot_and_equal_among_fused_columns(void **state) {
    (void)state;
    static tables t;
    genrepi_rng rng = genrepi_rng_at(1, 2, 0);
    set_tables(&t, &rng);
    const genrepi_kernels *columns[3] = {reference()};
    const int n_columns = 1 + other_columns(columns + 1);
    for (int64_t m = 0; m <= MOST; m++)
        for (int64_t n = 0; n <= MOST; n++)
            for (int c = 0; c < n_columns; c++) {
                const int64_t d = sizes[(m + n) % SIZES];
                const real *x[MOST], *y[MOST];
                real s[MOST * MOST + 1], first[MOST * MOST];
                for (int64_t i = 0; i < m; i++) x[i] = t.x[i * i % MOST];
                for (int64_t j = 0; j < n; j++) y[j] = t.y[j * j % MOST];
                s[m * n] = 123;
                columns[c]->dot_rows(m, x, n, y, d, s);
                if (c > 1) columns[1]->dot_rows(m, x, n, y, d, first);
                for (int64_t i = 0; i < m; i++)
                    for (int64_t j = 0; j < n; j++) {
                        const real dot = reference()->dot(d, x[i], y[j]);
                        assert_true(fabs((double)(s[i * n + j] - dot)) <
                                    200 * (double)GENREPI_REAL_EPSILON);
                        if (c > 1) assert_true(same(s[i * n + j], first[i * n + j]));
                    }
                assert_true(s[m * n] == 123);
            }
}

/* Rows that are there twice get both steps, each from the old values of the other side. */
static void updates_use_old_values_and_add(void **state) {
    (void)state;
    static tables t, found, first;
    static double dx[MOST][LONGEST], dy[MOST][LONGEST];
    genrepi_rng rng = genrepi_rng_at(1, 3, 0);
    set_tables(&t, &rng);
    const genrepi_kernels *columns[3] = {reference()};
    const int n_columns = 1 + other_columns(columns + 1);
    for (int64_t m = 0; m <= MOST; m++)
        for (int64_t n = 0; n <= MOST; n++)
            for (int c = 0; c < n_columns; c++) {
                const int64_t d = sizes[(m + n) % SIZES];
                real *x[MOST], *y[MOST], work[32 * MOST];
                found = t;
                memset(dx, 0, sizeof dx);
                memset(dy, 0, sizeof dy);
                for (int64_t i = 0; i < m; i++) x[i] = found.x[i * i % MOST];
                for (int64_t j = 0; j < n; j++) y[j] = found.y[j * j % MOST];
                for (int64_t i = 0; i < m; i++)
                    for (int64_t j = 0; j < n; j++)
                        for (int64_t e = 0; e < d; e++) {
                            const double g = (double)t.g[i * n + j];
                            dx[i * i % MOST][e] += g * (double)t.y[j * j % MOST][e];
                            dy[j * j % MOST][e] += g * (double)t.x[i * i % MOST][e];
                        }
                columns[c]->update_rows(m, x, n, y, d, t.g, work);
                if (c == 1) first = found;
                if (c > 1) assert_memory_equal(&found, &first, sizeof first);
                for (int64_t i = 0; i < MOST; i++)
                    for (int64_t e = 0; e < LONGEST; e++) {
                        const double x_error = (double)found.x[i][e] - (double)t.x[i][e] - dx[i][e];
                        const double y_error = (double)found.y[i][e] - (double)t.y[i][e] - dy[i][e];
                        assert_true(fabs(x_error) < 200 * (double)GENREPI_REAL_EPSILON);
                        assert_true(fabs(y_error) < 200 * (double)GENREPI_REAL_EPSILON);
                    }
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_near_dot_and_equal_among_fused_columns),
        cmocka_unit_test(updates_use_old_values_and_add),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
