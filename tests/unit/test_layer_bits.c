/* The same seed gives the same bits for any number of threads, and on AVX2 and AVX-512. */
#include "layer_values.h"

#include <base/random.h>
#include <string.h>
#include <tensor/tensor.h>

typedef struct hashes {
    int32_t n;
    uint64_t of[160];
    char name[160][64];
} hashes;

static void take(void *user, const char *name, const genrep_tensor *tensor) {
    hashes *h = user;
    assert_in_range(h->n, 0, 159);
    strncpy(h->name[h->n], name, sizeof h->name[0] - 1);
    h->of[h->n++] = genrepi_hash(tensor->data, (uint64_t)tensor->count * sizeof(real));
}

static int same(const char *spec, const char *reference) {
    genrep_ctx *a = support_ctx(spec), *b = support_ctx(reference);
    int different = 0;
    for (int32_t i = 0; layer_case(i) != NULL; i++) {
        hashes one = {0}, other = {0};
        layer_values(a, layer_case(i), take, &one);
        layer_values(b, layer_case(i), take, &other);
        assert_int_equal(one.n, other.n);
        for (int32_t j = 0; j < one.n; j++) {
            if (one.of[j] == other.of[j]) continue;
            print_error("%s and %s differ in %s of %s\n", spec, reference, one.name[j],
                        layer_case(i)->spec);
            different++;
        }
    }
    genrep_ctx_unref(a);
    genrep_ctx_unref(b);
    return different == 0;
}

static void bits_do_not_depend_on_threads(void **state) {
    (void)state;
    assert_true(same("seed=5 matmul=own threads=2", "seed=5 matmul=own threads=1"));
    assert_true(same("seed=5 matmul=own threads=4", "seed=5 matmul=own threads=1"));
}

static void bits_do_not_depend_on_the_vector_width(void **state) {
    (void)state;
    if (!genrep_has("isa.avx512")) skip();
    assert_true(same("seed=5 matmul=own isa=avx512", "seed=5 matmul=own isa=avx2"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(bits_do_not_depend_on_threads),
                                       cmocka_unit_test(bits_do_not_depend_on_the_vector_width)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
