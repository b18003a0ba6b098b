/* See image.h: which format a file is of. */
#include <io/image.h>
#include <io/file.h>
#include <string.h>

#define MOST_BYTES (1LL << 30) /* of a file */

int32_t genrepi_image_new(genrep_ctx *ctx, const char *name, int64_t width, int64_t height,
                          int32_t channels, genrepi_image *out) {
    if (width < 1 || height < 1)
        return genrepi_fail(ctx, GENREP_E_FORMAT, "'%s' is an empty image", name);
    if (width > GENREPI_IMAGE_SIDE || height > GENREPI_IMAGE_SIDE ||
        width > GENREPI_IMAGE_PIXELS / height)
        return genrepi_fail(ctx, GENREP_E_FORMAT,
                            "'%s' has %lld x %lld pixels: images of up to %d a side and %lld in "
                            "all are read",
                            name, (long long)width, (long long)height, GENREPI_IMAGE_SIDE,
                            GENREPI_IMAGE_PIXELS);
    *out = (genrepi_image){width, height, channels, NULL};
    out->pixels = genrepi_alloc_raw(ctx, width * height, (size_t)channels);
    return out->pixels == NULL ? GENREP_E_NOMEM : 0;
}

int32_t genrepi_image_parse(genrep_ctx *ctx, const char *name, const uint8_t *bytes, size_t size,
                            genrepi_image *out) {
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    if (size >= sizeof png && memcmp(bytes, png, sizeof png) == 0)
        return genrepi_png_parse(ctx, name, bytes, size, out);
    if (size >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF)
        return genrepi_jpeg_parse(ctx, name, bytes, size, out);
    if (size >= 2 && bytes[0] == 'P' && (bytes[1] == '5' || bytes[1] == '6'))
        return genrepi_pnm_parse(ctx, name, bytes, size, out);
    return genrepi_fail(ctx, GENREP_E_FORMAT, "'%s' is no PNG, JPEG or binary PNM image", name);
}

int32_t genrepi_image_read(genrep_ctx *ctx, const char *path, genrepi_image *out) {
    char *bytes = NULL;
    int64_t size = 0;
    int32_t status = genrepi_file_read(ctx, path, MOST_BYTES, &bytes, &size);
    if (status != 0) return status;
    status = genrepi_image_parse(ctx, path, (const uint8_t *)bytes, (size_t)size, out);
    genrepi_free(ctx, bytes);
    return status;
}

int32_t genrepi_image_load(genrep_ctx *ctx, const char *path, genrep_tensor **out) {
    genrepi_image image = {0, 0, 0, NULL};
    int32_t status = genrepi_image_read(ctx, path, &image);
    if (status != 0) return status;
    const genrepi_shape shape = {3, {image.channels, image.height, image.width}};
    const int64_t pixels = image.width * image.height;
    status = genrepi_tensor_new(ctx, GENREP_U8, &shape, 0, out);
    for (int32_t c = 0; c < image.channels && status == 0; c++) {
        uint8_t *plane = (uint8_t *)(*out)->data + c * pixels;
        for (int64_t i = 0; i < pixels; i++) plane[i] = image.pixels[i * image.channels + c];
    }
    genrepi_free(ctx, image.pixels);
    return status;
}

/* The locale has no say in what an ending is. */
static int ends_as(const char *text, const char *ending) {
    for (; *ending != '\0'; text++, ending++)
        if ((*text >= 'A' && *text <= 'Z' ? *text - 'A' + 'a' : *text) != *ending) return 0;
    return *text == '\0';
}

int genrepi_image_named(const char *name) {
    static const char *const endings[] = {"png", "jpg", "jpeg", "pgm", "ppm", "pnm"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof endings[0]; i++)
        if (ends_as(dot + 1, endings[i])) return 1;
    return 0;
}
