/* The elements of a tensor from a stream whose header told type and shape. */
#include <io/reader.h>

/* Memory grows with what is really there, up to twice at a time. */
int32_t genrepi_reader_tensor(genrepi_reader *reader, int32_t dtype, const genrepi_shape *shape,
                              genrep_tensor **out) {
    genrep_ctx *ctx = reader->ctx;
    int64_t each = (int64_t)genrepi_dtype_bytes(dtype), count = genrepi_shape_count(shape);
    int64_t left = genrepi_reader_left(reader);
    char text[GENREPI_SHAPE_BYTES];
    genrepi_shape_text(shape, text);
    if (count < 0 || count > INT64_MAX / each)
        return genrepi_fail(ctx, GENREP_E_FORMAT, "'%s': the shape %s is too large", reader->name,
                            text);
    int64_t bytes = count * each;
    if (left >= 0 && left != bytes)
        return genrepi_fail(ctx, GENREP_E_FORMAT,
                            "'%s': %lld bytes follow the header, but %s elements of %s take %lld",
                            reader->name, (long long)left, text, genrepi_dtype_name(dtype),
                            (long long)bytes);
    int64_t capacity = left >= 0 || bytes < 1 << 20 ? bytes : 1 << 20, used = 0;
    if (capacity == 0) capacity = 1;
    int32_t status = GENREP_E_NOMEM;
    char *data = genrepi_alloc_raw(ctx, capacity, 1);
    if (!data) return status;
    for (;;) {
        int64_t end = capacity < bytes ? capacity : bytes;
        status = genrepi_reader_need(reader, data + used, (size_t)(end - used));
        used = end;
        if (status || used == bytes) break;
        capacity = capacity < bytes / 2 ? 2 * capacity : bytes;
        char *more = genrepi_realloc(ctx, data, capacity, 1);
        if (!more) {
            status = GENREP_E_NOMEM;
            break;
        }
        data = more;
    }
    if (!status) status = genrepi_reader_end(reader);
    if (!status) status = genrepi_tensor_adopt(ctx, dtype, shape, data, (size_t)capacity, out);
    if (status) genrepi_free(ctx, data);
    return status;
}
