/* Images: PNG, JPEG, PNM. */
#include "fuzz.h"

#include <io/image.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    genrep_ctx *ctx = fuzz_ctx();
    genrepi_image image;
    int32_t status = genrepi_image_parse(ctx, "input", bytes, size, &image);
    fuzz_check_status(status);
    if (status != 0) return 0;
    FUZZ_CHECK(image.width > 0 && image.height > 0 && image.channels >= 1 && image.channels <= 4);
    const int64_t n = image.width * image.height * image.channels;
    unsigned sum = image.pixels[0];
    for (int64_t i = 1; i < n; i++) sum += image.pixels[i]; /* all of it is there */
    FUZZ_CHECK(sum <= 255u * (unsigned long long)n);
    genrepi_free(ctx, image.pixels);
    return 0;
}
