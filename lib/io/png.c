/* Writing PNG (https://www.w3.org/TR/png-3/): signature, IHDR, the rows in IDAT chunks, IEND. */
#include <io/png.h>

#include <io/bytes.h>

void genrepi_png_chunk(genrepi_png *png, const char type[4], const void *data, uint32_t size) {
    uint8_t number[4];
    genrepi_put_big32(number, size);
    genrepi_writer_add(&png->writer, number, 4);
    genrepi_writer_add(&png->writer, type, 4);
    genrepi_writer_add(&png->writer, data, size);
    uint32_t crc = genrepi_crc32_add(&png->crc, 0, type, 4);
    genrepi_put_big32(number, genrepi_crc32_add(&png->crc, crc, data, size));
    genrepi_writer_add(&png->writer, number, 4);
}

int32_t genrepi_png_write(genrep_ctx *ctx, const char *path, int64_t width, int64_t height,
                          int32_t channels, const uint8_t *pixels) {
    if (channels != 1 && channels != 3)
        return genrepi_fail(ctx, GENREP_E_INVALID, "a PNG has 1 or 3 channels here, not %d",
                            (int)channels);
    if (width < 1 || height < 1 || width > (INT32_MAX - 1) / channels || height > INT32_MAX)
        return genrepi_fail(ctx, GENREP_E_INVALID, "a PNG cannot be %lld x %lld pixels",
                            (long long)width, (long long)height);
    genrepi_png png = {
        .ctx = ctx, .height = height, .row_bytes = width * channels, .pixels = pixels};
    genrepi_crc32_init(&png.crc);
    int32_t status = genrepi_writer_open(ctx, path, &png.writer);
    if (status) return status;
    uint8_t header[13] = {[8] = 8, [9] = channels == 3 ? 2 : 0}; /* 8 bits; RGB or grey */
    genrepi_put_big32(header, (uint32_t)width);
    genrepi_put_big32(header + 4, (uint32_t)height);
    genrepi_writer_add(&png.writer, "\x89PNG\r\n\x1A\n", 8);
    genrepi_png_chunk(&png, "IHDR", header, sizeof header);
    status = genrepi_png_rows(&png);
    if (status) {
        genrepi_writer_abandon(&png.writer);
        return status;
    }
    genrepi_png_chunk(&png, "IEND", NULL, 0);
    return genrepi_writer_commit(&png.writer);
}
