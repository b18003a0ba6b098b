/* A picture that the example word-map draws on: dots, lines, labels in a font, PNG. */
#ifndef EXAMPLES_WORD_MAP_H
#define EXAMPLES_WORD_MAP_H

#include <stdint.h>
#include <ft2build.h>
#include FT_FREETYPE_H

typedef struct canvas {
    int width, height;
    uint8_t *rgb; /* three planes: red, green, blue */
    FT_Library library;
    FT_Face face;
    int text_height; /* pixels from the top of letters to the bottom of those that go below */
} canvas;

typedef struct box {
    double left, top, right, bottom;
} box;

/* White; `font` is a file, or NULL for a text font that is found on this machine.  0 with a message
 * on standard error. */
int canvas_open(canvas *c, int width, int height, const char *font, int font_pixels);
void canvas_close(canvas *c);

void canvas_dot(canvas *c, double x, double y, double radius, const uint8_t colour[3]);
void canvas_line(canvas *c, double x0, double y0, double x1, double y1, const uint8_t colour[3]);
/* UTF-8; x, y: the upper left corner. */
void canvas_text(canvas *c, double x, double y, const char *text, const uint8_t colour[3]);
double canvas_text_width(canvas *c, const char *text);

#endif
