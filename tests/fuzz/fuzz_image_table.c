/* Tables about images, CSV and CelebA's, and what is asked of them. */
#include "fuzz.h"

#include <data/image_table.h>
#include <string.h>

/* A question may name what the table does not have. */
static void check_answer(int32_t status) {
    if (status != GENREP_E_INVALID) fuzz_check_status(status);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static char first[] = "pictures/a.png", second[] = "b.png";
    static char *paths[] = {first, second};
    genrep_ctx *ctx = fuzz_ctx();
    genrepi_image_set set = {.ctx = ctx, .paths = paths, .n = 2};
    genrepi_image_table *table;
    char *text = genrepi_alloc_raw(ctx, (int64_t)size + 1, 1);
    FUZZ_CHECK(text != NULL);
    if (size > 0) memcpy(text, bytes, size);
    text[size] = '\0';
    int32_t status = genrepi_image_table_parse(ctx, "input", text, (int64_t)size, &table);
    fuzz_check_status(status);
    if (status != 0) return 0;
    float *attributes = NULL;
    int32_t *labels = NULL, n = 0;
    status = genrepi_image_table_attributes(table, "one two:3", &set, &attributes, &n);
    check_answer(status);
    for (int32_t i = 0; i < 2 * n && status == 0; i++)
        FUZZ_CHECK(attributes[i] >= -1 && attributes[i] <= 1);
    status = genrepi_image_table_labels(table, "one", &set, &labels);
    check_answer(status);
    FUZZ_CHECK(status != 0 || (labels[0] >= 0 && labels[1] >= 0));
    genrepi_free(ctx, attributes);
    genrepi_free(ctx, labels);
    genrepi_image_table_close(table);
    return 0;
}
