/* Drawing for the example word-map: smooth dots and lines by their distance to each pixel, letters
 * by FreeType.  The font is found by what glyphs has for that. */
#include "word-map.h"
#include "glyphs.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The plainest of the fonts that have all letters: sans, upright, of normal weight and width. */
static int plainness(const struct glyph_face *face) {
    static const char *const unwanted[] = {"Mono", "Serif", "Condensed", "Narrow", "Math"};
    int score = strstr(face->family, "Sans") != NULL;
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
        score -= strstr(face->family, unwanted[i]) != NULL || strstr(face->style, unwanted[i]);
    return 2 * score + (strcmp(face->style, "Book") == 0 || strcmp(face->style, "Regular") == 0);
}

static char *find_font(void) {
    static const char *const folders[] = {"/usr/share/fonts", "/usr/local/share/fonts"};
    static const volatile sig_atomic_t go_on = 0;
    uint32_t letters[26];
    struct glyph_fonts fonts;
    const struct glyph_face *best = NULL;
    char *path = NULL;
    for (uint32_t i = 0; i < 26; i++) letters[i] = 'a' + i;
    if (glyph_fonts_scan(&fonts, folders, 2, false, letters, 26, &go_on)) {
        for (size_t i = 0; i < fonts.n_faces; i++) {
            const struct glyph_face *face = &fonts.faces[i];
            if (face->rejected == NULL && (best == NULL || plainness(face) > plainness(best)))
                best = face;
        }
        if (best != NULL)
            path = strdup(best->path);
        else
            glyph_complain("no text font is installed: give one with -font FILE");
    }
    glyph_fonts_free(&fonts);
    return path;
}

int canvas_open(canvas *c, int width, int height, const char *font, int font_pixels) {
    char *found = font == NULL ? find_font() : strdup(font);
    *c = (canvas){.width = width, .height = height};
    if (found == NULL) return 0;
    c->rgb = malloc((size_t)width * (size_t)height * 3);
    if (c->rgb != NULL) memset(c->rgb, 255, (size_t)width * (size_t)height * 3);
    int good = c->rgb != NULL && FT_Init_FreeType(&c->library) == 0;
    if (good && (FT_New_Face(c->library, found, 0, &c->face) != 0 ||
                 FT_Set_Pixel_Sizes(c->face, 0, (FT_UInt)font_pixels) != 0)) {
        glyph_complain("'%s' is no font that FreeType can scale", found);
        good = 0;
    }
    if (good) {
        const FT_Size_Metrics *m = &c->face->size->metrics;
        c->text_height = (int)((m->ascender - m->descender + 63) / 64);
    } else {
        canvas_close(c);
    }
    free(found);
    return good;
}

void canvas_close(canvas *c) {
    if (c->face != NULL) FT_Done_Face(c->face);
    if (c->library != NULL) FT_Done_FreeType(c->library);
    free(c->rgb);
    *c = (canvas){0};
}

static void blend(canvas *c, int x, int y, double cover, const uint8_t colour[3]) {
    if (x < 0 || y < 0 || x >= c->width || y >= c->height || cover <= 0) return;
    if (cover > 1) cover = 1;
    const size_t plane = (size_t)c->width * (size_t)c->height;
    uint8_t *at = c->rgb + (size_t)y * (size_t)c->width + (size_t)x;
    for (int i = 0; i < 3; i++, at += plane)
        *at = (uint8_t)lrint((double)*at + cover * ((double)colour[i] - (double)*at));
}

/* The pixels within half a pixel of the border of radius are half covered. */
void canvas_dot(canvas *c, double x, double y, double radius, const uint8_t colour[3]) {
    for (int row = (int)(y - radius - 1); row <= (int)(y + radius + 1); row++)
        for (int column = (int)(x - radius - 1); column <= (int)(x + radius + 1); column++)
            blend(c, column, row, radius + 0.5 - hypot(column + 0.5 - x, row + 0.5 - y), colour);
}

void canvas_line(canvas *c, double x0, double y0, double x1, double y1, const uint8_t colour[3]) {
    const double dx = x1 - x0, dy = y1 - y0, squares = dx * dx + dy * dy;
    const int left = (int)fmin(x0, x1) - 1, right = (int)fmax(x0, x1) + 1;
    const int top = (int)fmin(y0, y1) - 1, bottom = (int)fmax(y0, y1) + 1;
    for (int row = top; row <= bottom; row++)
        for (int column = left; column <= right; column++) {
            const double px = column + 0.5 - x0, py = row + 0.5 - y0;
            double along = squares > 0 ? (px * dx + py * dy) / squares : 0;
            along = along < 0 ? 0 : along > 1 ? 1 : along;
            blend(c, column, row, 1 - hypot(px - along * dx, py - along * dy), colour);
        }
}

/* The next character of UTF-8; a byte that is none is itself. */
static uint32_t next_character(const char **text) {
    const unsigned char *s = (const unsigned char *)*text;
    const int n = s[0] >= 0xF0 ? 3 : s[0] >= 0xE0 ? 2 : s[0] >= 0xC0 ? 1 : 0;
    uint32_t character = n == 0 ? s[0] : s[0] & (0x3Fu >> n);
    for (int i = 1; i <= n; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            *text += 1;
            return s[0];
        }
        character = character << 6 | (s[i] & 0x3Fu);
    }
    *text += n + 1;
    return character;
}

static int load_character(canvas *c, const char **text, FT_Int32 flags) {
    const FT_UInt glyph = FT_Get_Char_Index(c->face, next_character(text));
    return FT_Load_Glyph(c->face, glyph, flags | FT_LOAD_TARGET_LIGHT) == 0;
}

double canvas_text_width(canvas *c, const char *text) {
    double width = 0;
    while (*text != 0)
        if (load_character(c, &text, 0)) width += (double)c->face->glyph->advance.x / 64;
    return width;
}

void canvas_text(canvas *c, double x, double y, const char *text, const uint8_t colour[3]) {
    const int baseline = (int)lrint(y + (double)c->face->size->metrics.ascender / 64);
    while (*text != 0) {
        if (!load_character(c, &text, FT_LOAD_RENDER)) continue;
        const FT_GlyphSlot slot = c->face->glyph;
        const FT_Bitmap *bitmap = &slot->bitmap;
        for (unsigned row = 0; row < bitmap->rows && bitmap->pixel_mode == FT_PIXEL_MODE_GRAY;
             row++)
            for (unsigned column = 0; column < bitmap->width; column++)
                blend(c, (int)lrint(x) + slot->bitmap_left + (int)column,
                      baseline - slot->bitmap_top + (int)row,
                      bitmap->buffer[(int)row * bitmap->pitch + (int)column] / 255.0, colour);
        x += (double)slot->advance.x / 64;
    }
}
