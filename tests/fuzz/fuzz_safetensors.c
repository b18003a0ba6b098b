/* The header of safetensors, and every tensor it promises. */
#include "fuzz.h"

#include <io/safetensors.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    genrep_ctx *ctx = fuzz_ctx();
    genrepi_safetensors *file;
    int32_t status = genrepi_safetensors_parse(ctx, "fuzz", bytes, (int64_t)size, &file);
    fuzz_check_status(status);
    if (status != 0) return 0;
    int64_t total = 0;
    for (int64_t i = 0; i < genrepi_safetensors_count(file); i++) {
        int64_t n;
        const uint8_t *data = genrepi_safetensors_data(file, i, &n);
        FUZZ_CHECK(data >= bytes && n >= 0 && data + n <= bytes + size);
        FUZZ_CHECK(genrepi_safetensors_find(file, genrepi_safetensors_name(file, i)) == i);
        genrep_tensor *tensor;
        status = genrepi_safetensors_tensor(ctx, file, i, &tensor);
        fuzz_check_status(status);
        if (status == 0) {
            FUZZ_CHECK(memcmp(tensor->data, data, (size_t)n) == 0);
            genrep_tensor_unref(tensor);
        }
        total += n;
    }
    FUZZ_CHECK(total < (int64_t)size);
    genrepi_safetensors_metadata(file, "crc32");
    genrepi_safetensors_close(file);
    return 0;
}
