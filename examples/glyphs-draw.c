/*
 * Drawing for the `glyphs` example: an outline in font units becomes a picture normalised as MNIST
 * is. It is bent first and measured after, so that whatever the pose, the longer side of the
 * character's box fills 20 of 28 pixels and its centre of mass is in the middle.
 */
#include "glyphs.h"

#include <math.h>
#include <string.h>

#include FT_BBOX_H

static FT_Fixed to_fixed(double x) {
    return (FT_Fixed)lrint(x * 65536.0);
}

static double clamp(double x, double low, double high) {
    return x < low ? low : x > high ? high : x;
}

/* Copies the outline through matrix m, brings its box to 0,0 and gives the box's sides. */
static bool transform(FT_Library library, const FT_Outline *outline, const double m[4],
                      FT_Outline *to, double *width, double *height) {
    if (FT_Outline_New(library, (FT_UInt)outline->n_points, outline->n_contours, to)) return false;
    FT_Matrix matrix = {to_fixed(m[0]), to_fixed(m[1]), to_fixed(m[2]), to_fixed(m[3])};
    FT_BBox box;
    if (FT_Outline_Copy(outline, to)) goto fail;
    to->flags = outline->flags | FT_OUTLINE_OWNER;
    FT_Outline_Transform(to, &matrix);
    if (FT_Outline_Get_BBox(to, &box)) goto fail;
    FT_Outline_Translate(to, -box.xMin, -box.yMin);
    *width = (double)(box.xMax - box.xMin) / 64.0;
    *height = (double)(box.yMax - box.yMin) / 64.0;
    return true;
fail:
    FT_Outline_Done(library, to);
    return false;
}

static bool rasterise(FT_Library library, FT_Outline *outline, int size, unsigned char *pixels) {
    FT_Bitmap bitmap = {.rows = (unsigned)size,
                        .width = (unsigned)size,
                        .pitch = size, /* positive: rows go downwards, as in the files */
                        .buffer = pixels,
                        .num_grays = 256,
                        .pixel_mode = FT_PIXEL_MODE_GRAY};
    memset(pixels, 0, (size_t)size * (size_t)size);
    return FT_Outline_Get_Bitmap(library, outline, &bitmap) == 0;
}

bool glyph_draw(FT_Library library, const FT_Outline *outline, const struct glyph_pose *pose,
                int size, unsigned char *pixels) {
    /* rotation * shear * stretch, before any scale */
    double c = cos(pose->angle), s = sin(pose->angle), k = pose->shear;
    double ex = exp(0.5 * pose->stretch), ey = exp(-0.5 * pose->stretch);
    double m[4] = {c * ex, (c * k - s) * ey, s * ex, (s * k + c) * ey};

    /* Once as large as font units allow to learn the box, then again at the final size: the points
       are rounded to 1/64 pixel once, from the font's own units. */
    FT_Outline shape;
    double width, height, box = 20.0 * (double)size / 28.0;
    if (outline->n_points <= 0) return false;
    for (int i = 0; i < 4; i++) m[i] *= 64.0;
    if (!transform(library, outline, m, &shape, &width, &height)) return false;
    FT_Outline_Done(library, &shape);
    double side = width > height ? width : height;
    if (!(side > 0.0)) return false;
    double scale = clamp(box * exp(pose->grow), 1.0, (double)size - 2.0) / side;
    for (int i = 0; i < 4; i++) m[i] *= scale;
    if (!transform(library, outline, m, &shape, &width, &height)) return false;

    /* MNIST puts the centre of mass, not of the box, into the middle: draw, weigh, move, draw. A
       pixel of margin is kept, so that a long tail is not cut off. */
    double at_x = 0.5 * ((double)size - width), at_y = 0.5 * ((double)size - height);
    FT_Pos x = (FT_Pos)lrint(64.0 * at_x), y = (FT_Pos)lrint(64.0 * at_y);
    FT_Outline_Translate(&shape, x, y);
    bool good = rasterise(library, &shape, size, pixels);
    double mass = 0.0, mean_x = 0.0, mean_y = 0.0;
    for (int i = 0; i < size * size; i++) {
        double ink = pixels[i];
        mass += ink;
        mean_x += ink * (i % size + 0.5);
        mean_y += ink * (i / size + 0.5);
    }
    if (good && mass > 0.0) {
        double right = (double)size - 1.0 - width, up = (double)size - 1.0 - height;
        double half = 0.5 * (double)size;
        double to_x = clamp(at_x + half - mean_x / mass + pose->dx, 1.0, right < 1.0 ? 1.0 : right);
        /* FreeType's y goes up, the rows and dy go down */
        double to_y = clamp(at_y - half + mean_y / mass - pose->dy, 1.0, up < 1.0 ? 1.0 : up);
        FT_Outline_Translate(&shape, (FT_Pos)lrint(64.0 * to_x) - x,
                             (FT_Pos)lrint(64.0 * to_y) - y);
        good = rasterise(library, &shape, size, pixels);
    }
    FT_Outline_Done(library, &shape);
    return good && mass > 0.0;
}
