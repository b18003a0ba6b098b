/* JPEG by libjpeg: grey stays grey, everything else becomes RGB.  Errors come back by longjmp, so
 * nothing that is made after setjmp is local.  Data that are damaged, which libjpeg only warns of,
 * are an error here: grey areas are no picture to learn from. */
#include <config.h>
#include <io/image.h>

#ifdef GENREPI_HAVE_JPEG
#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

typedef struct source {
    struct jpeg_error_mgr errors; /* first: libjpeg hands out a pointer to it */
    jmp_buf back;
    genrep_ctx *ctx;
    const char *name;
    struct jpeg_decompress_struct jpeg;
    genrepi_image image;
    int32_t status;
} source;

static void fail(j_common_ptr jpeg) {
    source *s = (source *)jpeg->err;
    char text[JMSG_LENGTH_MAX];
    if (s->status == 0) {
        jpeg->err->format_message(jpeg, text);
        s->status = genrepi_fail(s->ctx, GENREP_E_FORMAT, "'%s': JPEG: %s", s->name, text);
    }
    longjmp(s->back, 1);
}

static void warn(j_common_ptr jpeg, int level) {
    if (level < 0) fail(jpeg);
}

/* Inverted CMYK, as programs for print write it. */
static void to_rgb(source *s) {
    const int64_t pixels = s->image.width * s->image.height;
    for (int64_t i = 0; i < pixels; i++) {
        const uint8_t *from = s->image.pixels + 4 * i;
        const int ink[] = {from[0], from[1], from[2]}, black = from[3];
        for (int c = 0; c < 3; c++)
            s->image.pixels[3 * i + c] = (uint8_t)((ink[c] * black + 127) / 255);
    }
    s->image.channels = 3;
}

static void decode(source *s, const uint8_t *bytes, size_t size) {
    struct jpeg_decompress_struct *jpeg = &s->jpeg;
    jpeg_create_decompress(jpeg);
    jpeg_mem_src(jpeg, bytes, (unsigned long)size);
    jpeg_read_header(jpeg, TRUE);
    jpeg->out_color_space = jpeg->jpeg_color_space == JCS_GRAYSCALE ? JCS_GRAYSCALE
                            : jpeg->num_components == 4             ? JCS_CMYK
                                                                    : JCS_RGB;
    jpeg->dct_method = JDCT_ISLOW;
    jpeg_calc_output_dimensions(jpeg);
    s->status = genrepi_image_new(s->ctx, s->name, jpeg->output_width, jpeg->output_height,
                                  jpeg->out_color_components, &s->image);
    if (s->status != 0) longjmp(s->back, 1);
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row =
            s->image.pixels + (int64_t)jpeg->output_scanline * s->image.width * s->image.channels;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
    if (s->image.channels == 4) to_rgb(s);
}

int32_t genrepi_jpeg_parse(genrep_ctx *ctx, const char *name, const uint8_t *bytes, size_t size,
                           genrepi_image *out) {
    source *s = genrepi_alloc(ctx, 1, sizeof *s);
    if (s == NULL) return GENREP_E_NOMEM;
    s->ctx = ctx;
    s->name = name;
    s->jpeg.err = jpeg_std_error(&s->errors);
    s->errors.error_exit = fail;
    s->errors.emit_message = warn;
    if (setjmp(s->back) == 0) decode(s, bytes, size);
    jpeg_destroy_decompress(&s->jpeg);
    const int32_t status = s->status;
    if (status != 0)
        genrepi_free(ctx, s->image.pixels);
    else
        *out = s->image;
    genrepi_free(ctx, s);
    return status;
}

#else

int32_t genrepi_jpeg_parse(genrep_ctx *ctx, const char *name, const uint8_t *bytes, size_t size,
                           genrepi_image *out) {
    (void)bytes, (void)size, (void)out;
    return genrepi_fail(ctx, GENREP_E_UNSUPPORTED,
                        "'%s' is JPEG: this library was built without libjpeg", name);
}

#endif
