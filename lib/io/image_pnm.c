/* Binary PNM, P5 (grey) and P6 (RGB): "P6 width height maximum", each followed by white space, then
 * the rows; maxima above 255 are two bytes, the high one first (netpbm's pgm(5), ppm(5)). */
#include <io/image.h>

typedef struct header {
    const uint8_t *bytes;
    size_t size, at;
} header;

static int is_blank(uint8_t c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* A number after white space and comments; -1: there is none, or it is large. */
static int64_t number(header *h) {
    while (h->at < h->size && (is_blank(h->bytes[h->at]) || h->bytes[h->at] == '#')) {
        if (h->bytes[h->at] == '#')
            while (h->at < h->size && h->bytes[h->at] != '\n') h->at++;
        else
            h->at++;
    }
    int64_t value = 0, digits = 0;
    for (; h->at < h->size && h->bytes[h->at] >= '0' && h->bytes[h->at] <= '9'; h->at++, digits++)
        if (value < 100000000) value = 10 * value + (h->bytes[h->at] - '0');
    return digits > 0 ? value : -1;
}

int32_t genrepi_pnm_parse(genrep_ctx *ctx, const char *name, const uint8_t *bytes, size_t size,
                          genrepi_image *out) {
    header h = {bytes, size, 2};
    const int32_t channels = bytes[1] == '6' ? 3 : 1;
    const int64_t width = number(&h), height = number(&h), maximum = number(&h);
    if (width < 0 || height < 0 || maximum < 1 || maximum > 65535 || h.at >= size ||
        !is_blank(bytes[h.at]))
        return genrepi_fail(ctx, GENREP_E_FORMAT, "'%s' has a damaged PNM header", name);
    h.at++;
    const int64_t each = maximum > 255 ? 2 : 1;
    genrepi_image image = {0, 0, 0, NULL};
    if (width > 0 && height > 0 && width <= GENREPI_IMAGE_SIDE && height <= GENREPI_IMAGE_SIDE &&
        (int64_t)(size - h.at) < width * height * channels * each)
        return genrepi_fail(ctx, GENREP_E_FORMAT, "'%s' ends before its last pixel", name);
    int32_t status = genrepi_image_new(ctx, name, width, height, channels, &image);
    if (status != 0) return status;
    const uint8_t *from = bytes + h.at;
    for (int64_t i = 0; i < width * height * channels; i++, from += each) {
        const int64_t value = each == 2 ? from[0] << 8 | from[1] : from[0];
        image.pixels[i] = (uint8_t)(value >= maximum ? 255 : (value * 255 + maximum / 2) / maximum);
    }
    *out = image;
    return 0;
}
