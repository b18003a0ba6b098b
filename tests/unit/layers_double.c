/* Writes what layer_values() gives in double precision to standard output, for test_layers.c: for
 * each tensor the number of elements, then the elements. */
#include "layer_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <tensor/tensor.h>

static void write_tensor(void *user, const char *name, const genrep_tensor *tensor) {
    (void)user, (void)name;
    size_t n = (size_t)tensor->count;
    if (fwrite(&tensor->count, sizeof tensor->count, 1, stdout) != 1 ||
        fwrite(tensor->data, sizeof(double), n, stdout) != n) {
        exit(1);
    }
}

int main(void) {
    genrep_ctx *ctx = support_ctx("seed=5");
    for (int32_t i = 0; layer_case(i) != NULL; i++)
        layer_values(ctx, layer_case(i), write_tensor, NULL);
    genrep_ctx_unref(ctx);
    return 0;
}
