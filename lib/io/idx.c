/* IDX, the format of MNIST (http://yann.lecun.com/exdb/mnist/): two zero bytes, element type,
 * number of axes, the sizes as 32 bits each, then the elements, all big-endian. */
#include <io/formats.h>

#include <io/bytes.h>

static int32_t dtype_of(uint8_t code) {
    switch (code) {
    case 0x08:
        return GENREP_U8;
    case 0x0C:
        return GENREP_I32;
    case 0x0D:
        return GENREP_F32;
    case 0x0E:
        return GENREP_F64;
    default:
        return 0;
    }
}

/* From big-endian, in place. */
static void swap_bytes(genrep_tensor *tensor) {
    size_t each = genrepi_dtype_bytes(tensor->dtype);
    uint8_t *p = tensor->data;
    for (int64_t i = 0; i < tensor->count; i++, p += each)
        for (size_t k = 0; k < each / 2; k++) {
            uint8_t byte = p[k];
            p[k] = p[each - 1 - k];
            p[each - 1 - k] = byte;
        }
}

int32_t genrepi_idx_parse(genrep_ctx *ctx, genrepi_reader *reader, genrep_tensor **out) {
    const char *name = genrepi_reader_name(reader);
    uint8_t magic[4], size[4];
    int32_t status = genrepi_reader_need(reader, magic, sizeof magic);
    if (status) return status;
    if (magic[0] != 0 || magic[1] != 0 || magic[2] < 0x08 || magic[2] > 0x0E || magic[3] == 0)
        return genrepi_fail(ctx, GENREP_E_FORMAT, "'%s' is no IDX file", name);
    int32_t dtype = dtype_of(magic[2]);
    if (!dtype)
        return genrepi_fail(ctx, GENREP_E_UNSUPPORTED,
                            "'%s' has elements of IDX type 0x%02x; 0x08 (u8), 0x0c (i32), 0x0d "
                            "(f32) and 0x0e (f64) are read",
                            name, (unsigned)magic[2]);
    genrepi_shape shape = {.rank = magic[3]};
    if (shape.rank > GENREP_MAX_RANK)
        return genrepi_fail(ctx, GENREP_E_UNSUPPORTED, "'%s' has %d axes, more than %d", name,
                            (int)shape.rank, GENREP_MAX_RANK);
    for (int32_t i = 0; i < shape.rank; i++) {
        status = genrepi_reader_need(reader, size, sizeof size);
        if (status) return status;
        shape.size[i] = genrepi_get_big32(size);
    }
    genrep_tensor *tensor;
    status = genrepi_reader_tensor(reader, dtype, &shape, &tensor);
    if (status) return status;
    swap_bytes(tensor);
    *out = tensor;
    return 0;
}

int32_t genrepi_idx_read(genrep_ctx *ctx, const char *path, genrep_tensor **out) {
    genrepi_reader *reader;
    int32_t status = genrepi_reader_open(ctx, path, &reader);
    if (status) return status;
    status = genrepi_idx_parse(ctx, reader, out);
    genrepi_reader_close(reader);
    return status;
}
