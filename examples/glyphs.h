/*
 * What the parts of the `glyphs` example share: glyphs-fonts.c finds the text fonts of a system,
 * keeps the outlines of the wanted characters and draws one outline in one pose; glyphs-files.c
 * writes files that appear whole or not at all; glyphs.c decides what is drawn, in which order and
 * into which file.
 */
#ifndef GLYPHS_H
#define GLYPHS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

struct glyph_face {
    char *path;
    char *family;
    char *style;
    char *key; /* family without words of weight, width and cut: what is held out together */
    const char *rejected; /* why the face is not used; NULL if it is */
    FT_Outline *outlines; /* one per wanted character, in font units; NULL if rejected */
    uint64_t print;       /* hash of the outlines: finds one font under two names */
    bool held_out;
};

struct glyph_fonts {
    FT_Library library;
    const uint32_t *chars;
    size_t n_chars;
    struct glyph_face *faces; /* in order of path, then of index within the file */
    size_t n_faces, capacity;
    size_t n_used; /* faces not rejected */
};

/* How an outline is bent and where it is put; all zero means upright and centred. */
struct glyph_pose {
    double angle;   /* radians, anticlockwise */
    double shear;   /* x += shear * y */
    double stretch; /* log of width over height, relative to the font's own */
    double grow;    /* log of the size, relative to the box of 20/28 of the picture */
    double dx, dy;  /* pixels, to the right and downwards */
};

/*
 * Reads every font under the n folders (or files) of `roots`. A root that does not exist is an
 * error if `strict`, else passed over. Stops early, returning true, when *stop becomes non-zero. On
 * an error says what is wrong on standard error and returns false.
 */
bool glyph_fonts_scan(struct glyph_fonts *fonts, const char *const *roots, size_t n, bool strict,
                      const uint32_t *chars, size_t n_chars, const volatile sig_atomic_t *stop);

/* Marks about an eighth of the families, chosen by name alone, as held out for the test set. */
void glyph_fonts_hold_out(struct glyph_fonts *fonts);

void glyph_fonts_free(struct glyph_fonts *fonts);

/* Draws white on black into size*size bytes. False if FreeType refuses or nothing was drawn. */
bool glyph_draw(FT_Library library, const FT_Outline *outline, const struct glyph_pose *pose,
                int size, unsigned char *pixels);

/* Up to eight files, written under temporary names beside their final places. */
struct glyph_output {
    char *path, *temporary;
    FILE *file;
};

struct glyph_outputs {
    struct glyph_output items[8];
    size_t n;
};

/* Begins the file folder/name, or name if folder is empty. NULL after a message. */
FILE *glyph_output_open(struct glyph_outputs *outputs, const char *folder, const char *name);

/* Brings all of them to disk, then gives all their names, so that no old and new files mix. */
bool glyph_outputs_commit(struct glyph_outputs *outputs);

/* Closes everything and removes what was not committed. */
void glyph_outputs_abandon(struct glyph_outputs *outputs);

/* Says that `verb` ("write", "create") failed on `path` for the reason in errno. Returns false. */
bool glyph_output_error(const char *verb, const char *path);

/* mkdir -p */
bool glyph_make_folder(const char *path);

/* "glyphs: " and the message, to standard error. Returns false, so that it can be returned. */
bool glyph_complain(const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 1, 2)))
#endif
    ;

#endif
