/* Many images in one picture: a grid, row by row, with a margin around each. */
#include <io/formats.h>

#include <base/spec.h>
#include <string.h>

typedef struct grid_options {
    int64_t columns, pad, side;
    double low, high;
    int64_t background, scale;
} grid_options;

static const genrepi_option rows[] = {
    GENREPI_OPTION_INT(grid_options, columns, "0", 0, 65536,
                       "images in a row; 0: as square as can be"),
    GENREPI_OPTION_INT(grid_options, pad, "2", 0, 1024, "pixels between images and around them"),
    GENREPI_OPTION_INT(grid_options, side, "0", 0, 65536,
                       "width and height of images given as rows of numbers; 0: the root of their "
                       "number"),
    GENREPI_OPTION_NUMBER(grid_options, low, "-1", -1e30, 1e30,
                          "what becomes black; bytes are written as they are"),
    GENREPI_OPTION_NUMBER(grid_options, high, "1", -1e30, 1e30, "what becomes white"),
    GENREPI_OPTION_INT(grid_options, background, "255", 0, 255, "grey value of the margins"),
    GENREPI_OPTION_INT(grid_options, scale, "1", 1, 16, "pixels a side for each pixel"),
};

const genrepi_kind genrepi_kind_image_grid = {
    .family = "options",
    .name = "image_grid",
    .help = "images as one PNG",
    .options = rows,
    .n_options = GENREPI_COUNT(rows),
    .options_size = sizeof(grid_options),
};

/* Images and picture, in pixels. */
typedef struct grid {
    int64_t n, channels, height, width;
    int64_t columns, lines, picture_width, picture_height;
} grid;

static int64_t root_of(int64_t n) {
    int64_t root = (int64_t)sqrt((double)n);
    return root * root == n ? root : 0;
}

/* N numbers an image: side * side grey ones or 3 * side * side of RGB. */
static int64_t side_of(int64_t numbers, int64_t side) {
    if (side == 0) side = root_of(numbers);
    if (side == 0 && numbers % 3 == 0) side = root_of(numbers / 3);
    return side > 0 && (numbers == side * side || numbers == 3 * side * side) ? side : 0;
}

static int32_t measure(const genrep_tensor *images, const grid_options *options, grid *g) {
    const genrepi_shape *shape = &images->shape;
    char text[GENREPI_SHAPE_BYTES];
    *g = (grid){.channels = 1};
    if (shape->rank >= 2) g->n = shape->size[0];
    if (shape->rank == 2) {
        g->height = g->width = side_of(shape->size[1], options->side);
        if (g->width > 0 && shape->size[1] != g->width * g->width) g->channels = 3;
    } else if (shape->rank == 3) {
        g->height = shape->size[1];
        g->width = shape->size[2];
    } else if (shape->rank == 4) {
        g->channels = shape->size[1];
        g->height = shape->size[2];
        g->width = shape->size[3];
    }
    if (g->n < 1 || g->height < 1 || g->width < 1 || (g->channels != 1 && g->channels != 3))
        return genrepi_fail(
            images->ctx, GENREP_E_INVALID,
            "image_grid: a tensor of shape %s is no images: give N C H W with C 1 or "
            "3, N H W, or N rows of side * side numbers with side=",
            genrepi_shape_text(shape, text));
    g->columns = options->columns;
    if (g->columns == 0)
        while (g->columns * g->columns < g->n) g->columns++;
    if (g->columns > g->n) g->columns = g->n;
    g->lines = (g->n + g->columns - 1) / g->columns;
    /* Each factor is below 2^31, so that the products fit. */
    int64_t cell_width = g->width + options->pad, cell_height = g->height + options->pad;
    const int64_t limit = INT32_MAX / 48;
    if (cell_width > limit || cell_height > limit || g->columns > limit / cell_width ||
        g->lines > limit / cell_height)
        return genrepi_fail(images->ctx, GENREP_E_INVALID,
                            "image_grid: the picture would be too large: give fewer images, or "
                            "another number of columns");
    g->picture_width = options->scale * (g->columns * cell_width + options->pad);
    g->picture_height = options->scale * (g->lines * cell_height + options->pad);
    return 0;
}

static uint8_t brightness(double value, const grid_options *options) {
    double x = (value - options->low) / (options->high - options->low) * 255;
    uint8_t byte;
    genrepi_convert(1, GENREP_F64, &x, GENREP_U8, &byte);
    return byte;
}

/* One image, each pixel as a square. */
static void draw(const genrep_tensor *images, const grid_options *options, const grid *g,
                 int64_t index, uint8_t *picture) {
    int64_t scale = options->scale, plane = g->height * g->width;
    int64_t left = options->pad + index % g->columns * (g->width + options->pad);
    int64_t top = options->pad + index / g->columns * (g->height + options->pad);
    size_t each = genrepi_dtype_bytes(images->dtype);
    for (int64_t i = 0; i < g->channels * plane; i++) {
        const char *from =
            (const char *)images->data + (size_t)(index * g->channels * plane + i) * each;
        double value;
        genrepi_convert(1, images->dtype, from, GENREP_F64, &value);
        uint8_t byte = images->dtype == GENREP_U8 ? (uint8_t)value : brightness(value, options);
        int64_t channel = i / plane, y = i % plane / g->width, x = i % g->width;
        for (int64_t k = 0; k < scale * scale; k++) {
            int64_t row = (top + y) * scale + k / scale, column = (left + x) * scale + k % scale;
            picture[(row * g->picture_width + column) * g->channels + channel] = byte;
        }
    }
}

int32_t genrepi_image_grid(const genrep_tensor *images, const char *spec, const char *path) {
    genrep_ctx *ctx = images->ctx;
    void *parsed;
    grid g;
    uint8_t *picture = NULL;
    int32_t status = genrepi_options_parse(ctx, &genrepi_kind_image_grid, spec, &parsed);
    if (status) return status;
    const grid_options *options = parsed;
    if (options->low == options->high)
        status = genrepi_fail(ctx, GENREP_E_INVALID, "image_grid: low and high are the same");
    if (!status) status = measure(images, options, &g);
    if (!status) {
        int64_t bytes = g.picture_width * g.picture_height * g.channels;
        picture = genrepi_alloc_raw(ctx, bytes, 1);
        if (picture)
            memset(picture, (int)options->background, (size_t)bytes);
        else
            status = GENREP_E_NOMEM;
    }
    if (!status) {
        for (int64_t i = 0; i < g.n; i++) draw(images, options, &g, i, picture);
        status = genrepi_png_write(ctx, path, g.picture_width, g.picture_height,
                                   (int32_t)g.channels, picture);
    }
    genrepi_free(ctx, picture);
    genrepi_options_free(ctx, &genrepi_kind_image_grid, parsed);
    return status;
}
