/* PNG by libpng: every colour type, depth and interlace becomes 8 bits of grey or RGB, with alpha
 * where the file has it.  Errors come back by longjmp, so nothing that is made after setjmp is
 * local. */
#include <config.h>
#include <io/image.h>

#ifdef GENREPI_HAVE_LIBPNG
#include <png.h>
#include <string.h>

typedef struct source {
    genrep_ctx *ctx;
    const char *name;
    const uint8_t *bytes;
    size_t size, at;
    genrepi_image image;
    png_bytep *rows;
    int32_t status; /* of what failed before the longjmp; 0: libpng's own error */
} source;

static void give(png_structp png, png_bytep to, png_size_t size) {
    source *s = png_get_io_ptr(png);
    if (size > s->size - s->at) png_error(png, "the file ends too early");
    memcpy(to, s->bytes + s->at, size);
    s->at += size;
}

static void fail(png_structp png, png_const_charp message) {
    source *s = png_get_error_ptr(png);
    if (s->status == 0)
        s->status = genrepi_fail(s->ctx, GENREP_E_FORMAT, "'%s': PNG: %s", s->name, message);
    png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp message) {
    (void)png, (void)message;
}

static png_voidp get_memory(png_structp png, png_alloc_size_t size) {
    source *s = png_get_mem_ptr(png);
    void *memory = genrepi_alloc_raw(s->ctx, 1, size);
    if (memory == NULL) s->status = GENREP_E_NOMEM;
    return memory;
}

static void free_memory(png_structp png, png_voidp memory) {
    genrepi_free(((source *)png_get_mem_ptr(png))->ctx, memory);
}

static void to_eight_bits(png_structp png, png_infop info) {
    if (png_get_bit_depth(png, info) == 16) png_set_scale_16(png);
    png_set_expand(png); /* palettes, small greys, transparent colours */
    if (png_get_interlace_type(png, info) != PNG_INTERLACE_NONE) png_set_interlace_handling(png);
    png_read_update_info(png, info);
}

static void decode(png_structp png, png_infop info, source *s) {
    png_set_read_fn(png, s, give);
    png_set_user_limits(png, GENREPI_IMAGE_SIDE, GENREPI_IMAGE_SIDE);
    png_set_chunk_malloc_max(png, 1 << 24);
    png_read_info(png, info);
    to_eight_bits(png, info);
    const int64_t height = png_get_image_height(png, info);
    s->status = genrepi_image_new(s->ctx, s->name, png_get_image_width(png, info), height,
                                  png_get_channels(png, info), &s->image);
    if (s->status == 0) {
        s->rows = genrepi_alloc_raw(s->ctx, height, sizeof *s->rows);
        if (s->rows == NULL) s->status = GENREP_E_NOMEM;
    }
    if (s->status != 0) png_longjmp(png, 1);
    for (int64_t y = 0; y < height; y++)
        s->rows[y] = s->image.pixels + y * s->image.width * s->image.channels;
    png_read_image(png, s->rows);
    png_read_end(png, NULL);
}

int32_t genrepi_png_parse(genrep_ctx *ctx, const char *name, const uint8_t *bytes, size_t size,
                          genrepi_image *out) {
    source s = {.ctx = ctx, .name = name, .bytes = bytes, .size = size};
    png_structp png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &s, fail, ignore, &s,
                                               get_memory, free_memory);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
    int32_t status = GENREP_E_NOMEM;
    if (info != NULL) {
        if (setjmp(png_jmpbuf(png)) == 0) decode(png, info, &s);
        status = s.status;
    } else if (s.status == 0) {
        status = genrepi_fail(ctx, GENREP_E_UNSUPPORTED,
                              "libpng is another version than the one this was built with");
    }
    if (png != NULL) png_destroy_read_struct(&png, &info, NULL);
    genrepi_free(ctx, s.rows);
    if (status != 0) {
        genrepi_free(ctx, s.image.pixels);
        return status;
    }
    *out = s.image;
    return 0;
}

#else

int32_t genrepi_png_parse(genrep_ctx *ctx, const char *name, const uint8_t *bytes, size_t size,
                          genrepi_image *out) {
    (void)bytes, (void)size, (void)out;
    return genrepi_fail(ctx, GENREP_E_UNSUPPORTED,
                        "'%s' is PNG: this library was built without libpng", name);
}

#endif
