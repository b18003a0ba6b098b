/* IDX files, plain and gzipped. */
#include "fuzz.h"

#include <io/formats.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    genrep_ctx *ctx = fuzz_ctx();
    genrepi_reader *reader;
    int32_t status = genrepi_reader_memory(ctx, bytes, size, &reader);
    fuzz_check_status(status);
    if (status != 0) return 0;
    genrep_tensor *tensor;
    status = genrepi_idx_parse(ctx, reader, &tensor);
    fuzz_check_status(status);
    if (status == 0) {
        FUZZ_CHECK(tensor->count == genrepi_shape_count(&tensor->shape));
        genrep_tensor_unref(tensor);
    }
    genrepi_reader_close(reader);
    return 0;
}
