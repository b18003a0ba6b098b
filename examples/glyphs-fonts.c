/*
 * Font handling for the `glyphs` example. Folders are walked without fontconfig, in the order of
 * the bytes of the names, so that the list of fonts depends only on what is installed and not on
 * how a file system stores it. Each face is opened with FreeType, judged once (a text font with an
 * outline for each wanted character, not a duplicate, not a barcode) and its outlines are copied in
 * font units, so that no file is open and nothing is hinted when pictures are drawn.
 */
#define _GNU_SOURCE /* strcasestr */
#include "glyphs.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include FT_BBOX_H
#include FT_MULTIPLE_MASTERS_H
#include FT_SFNT_NAMES_H

/* Deeper than any sane font folder: ends a loop of symbolic links. */
#define MAX_DEPTH 16

/* A digit of more points than this is a scratch or splatter effect, not a letter form. */
#define MAX_POINTS 1500

struct path_list {
    char **items;
    size_t n, capacity;
};

bool glyph_complain(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", program_invocation_short_name); /* of glyphs, or of word-map */
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return false;
}

static bool out_of_memory(void) {
    return glyph_complain("out of memory");
}

/* ---- finding files ---- */

static bool path_list_add(struct path_list *list, const char *path) {
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 64;
        char **items = realloc(list->items, capacity * sizeof *items);
        if (!items) return out_of_memory();
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->n] = strdup(path);
    if (!list->items[list->n]) return out_of_memory();
    list->n++;
    return true;
}

static void path_list_free(struct path_list *list) {
    for (size_t i = 0; i < list->n; i++) free(list->items[i]);
    free(list->items);
}

static int compare_paths(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_font_name(const char *name) {
    static const char *const endings[] = {".ttf", ".otf",  ".ttc",   ".otc", ".pfb",
                                          ".pfa", ".woff", ".woff2", ".t1"};
    const char *dot = strrchr(name, '.');
    if (!dot) return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (strcasecmp(dot, endings[i]) == 0) return true;
    }
    return false;
}

/* Adds the fonts under `path`. A folder or file that cannot be read is passed over, except a root.
 */
static bool walk(struct path_list *list, const char *path, int depth) {
    DIR *dir = opendir(path);
    if (!dir) {
        if (depth == 0) {
            return glyph_complain("cannot read the folder %s: %s", path, strerror(errno));
        }
        return true;
    }
    bool good = true;
    struct dirent *entry;
    while (good && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        size_t room = strlen(path) + strlen(entry->d_name) + 2;
        char *full = malloc(room);
        if (!full) {
            good = out_of_memory();
            break;
        }
        snprintf(full, room, "%s/%s", path, entry->d_name);
        struct stat st;
        if (stat(full, &st) == 0) {
            if (S_ISDIR(st.st_mode) && depth < MAX_DEPTH) {
                good = walk(list, full, depth + 1);
            } else if (S_ISREG(st.st_mode) && is_font_name(entry->d_name)) {
                good = path_list_add(list, full);
            }
        }
        free(full);
    }
    closedir(dir);
    return good;
}

static bool find_files(struct path_list *list, const char *const *roots, size_t n, bool strict) {
    for (size_t i = 0; i < n; i++) {
        struct stat st;
        if (stat(roots[i], &st) != 0) {
            if (!strict) continue;
            return glyph_complain("no fonts at %s: %s; give an existing folder with --fonts DIR",
                                  roots[i], strerror(errno));
        }
        if (S_ISDIR(st.st_mode) ? !walk(list, roots[i], 0) : !path_list_add(list, roots[i])) {
            return false;
        }
    }
    if (list->n) qsort(list->items, list->n, sizeof *list->items, compare_paths);
    return true;
}

/* ---- names ---- */

/*
 * The family without its words for weight, width, spacing and numbers ("DejaVu Sans Mono", "DejaVu
 * Sans Condensed" -> "dejavu sans"): such cuts share their digits, and a digit must not be in the
 * training set in one cut and in the test set in another.
 */
static char *family_key(const char *family) {
    static const char *const cuts[] = {
        "black",          "bold",    "book",      "caps",       "condensed",  "cond",
        "demi",           "display", "extra",     "fixed",      "hairline",   "heavy",
        "italic",         "light",   "medium",    "mono",       "monospace",  "narrow",
        "normal",         "oblique", "regular",   "sc",         "semi",       "semibold",
        "semicondensed",  "slab",    "slanted",   "smallcaps",  "text",       "thin",
        "ultra",          "wide",    "extrabold", "extralight", "ultralight", "demibold",
        "extracondensed", "vf",      "variable"};
    char *key = strdup(family);
    if (!key) return NULL;
    size_t used = 0;
    bool first = true;
    for (char *word = key, *next; *word; word = next) {
        size_t length = strcspn(word, " -_");
        next = word + length + strspn(word + length, " -_");
        bool drop = !first && strspn(word, "0123456789") == length;
        for (size_t i = 0; !first && !drop && i < sizeof cuts / sizeof *cuts; i++) {
            drop = strlen(cuts[i]) == length && strncasecmp(word, cuts[i], length) == 0;
        }
        if (drop || length == 0) continue;
        if (!first) key[used++] = ' ';
        first = false;
        for (size_t i = 0; i < length; i++) {
            char c = word[i];
            key[used++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
    }
    key[used] = '\0';
    return key;
}

/* Fonts whose characters do not look like characters, although their charmap says so. */
static bool name_says_symbols(const char *family) {
    static const char *const words[] = {"awesome", "barcode", "braille", "chess",
                                        "dingbat", "emoji",   "icons",   "lastresort",
                                        "music",   "symbol",  "webding", "wingding"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasestr(family, words[i])) return true;
    }
    return false;
}

/* The style of a named instance of a variable font; FreeType 2.12 still reports the default's. */
static char *instance_style(FT_Face face, FT_Long index) {
    FT_MM_Var *var;
    FT_UInt instance = (FT_UInt)(index >> 16);
    if (instance == 0 || FT_Get_MM_Var(face, &var)) return NULL;
    char *style = NULL;
    FT_UInt wanted = instance <= var->num_namedstyles ? var->namedstyle[instance - 1].strid : 0;
    FT_UInt count = FT_Get_Sfnt_Name_Count(face);
    for (FT_UInt i = 0; !style && i < count; i++) {
        FT_SfntName name;
        if (FT_Get_Sfnt_Name(face, i, &name) || name.name_id != wanted) continue;
        /* Mac names are bytes, Windows names UTF-16BE: of ASCII, the odd bytes. Others are left. */
        FT_UInt step = name.platform_id == 3 ? 2 : name.platform_id == 1 ? 1 : 0;
        if (step == 0 || name.string_len == 0) continue;
        style = calloc(name.string_len / step + 1, 1);
        for (FT_UInt j = 0; style && j < name.string_len / step; j++) {
            FT_Byte c = name.string[j * step + step - 1];
            style[j] = (char)(c >= 32 && c < 127 ? c : '?');
        }
    }
    FT_Done_MM_Var(face->glyph->library, var);
    return style;
}

/* ---- judging faces ---- */

static uint64_t hash_bytes(uint64_t h, const void *data, size_t n) {
    const unsigned char *p = data;
    for (size_t i = 0; i < n; i++) h = (h ^ p[i]) * 0x100000001b3u; /* FNV-1a */
    return h;
}

#define HASH_START 0xcbf29ce484222325u

static uint64_t outline_print(const FT_Outline *outline) {
    uint64_t h = HASH_START;
    for (int i = 0; i < outline->n_points; i++) {
        int64_t xy[2] = {outline->points[i].x, outline->points[i].y};
        h = hash_bytes(h, xy, sizeof xy);
    }
    return hash_bytes(h, outline->tags, (size_t)outline->n_points);
}

/* Every contour as tall as the whole glyph, and at least three of them: bars. */
static bool is_bars(const FT_Outline *outline) {
    FT_BBox box;
    FT_Outline_Get_CBox(outline, &box);
    if (outline->n_contours < 3) return false;
    for (int i = 0, point = 0; i < outline->n_contours; i++) {
        FT_Pos low = box.yMax, high = box.yMin;
        for (; point <= outline->contours[i]; point++) {
            FT_Pos y = outline->points[point].y;
            low = y < low ? y : low;
            high = y > high ? y : high;
        }
        if (low != box.yMin || high != box.yMax) return false;
    }
    return true;
}

/* A look at the outlines as pictures, whatever the names say. NULL if they are fit for training. */
static const char *judge_outlines(const struct glyph_fonts *fonts, struct glyph_face *face,
                                  double em) {
    enum { SIZE = 28 };
    unsigned char pixels[SIZE * SIZE];
    const struct glyph_pose upright = {0};
    size_t n = fonts->n_chars, distinct = 0, bars = 0;
    double peaks = 0.0, cover = 0.0;
    face->print = HASH_START;
    for (size_t i = 0; i < n; i++) {
        const FT_Outline *outline = &face->outlines[i];
        FT_BBox box;
        if (outline->n_points <= 0) return "a wanted character is blank";
        if (outline->n_points > MAX_POINTS) return "absurd outline (too many points)";
        if (FT_Outline_Get_BBox(&face->outlines[i], &box)) return "broken outline";
        double width = (double)(box.xMax - box.xMin), height = (double)(box.yMax - box.yMin);
        double side = width > height ? width : height;
        if (!(side > 0.02 * em && side < 4.0 * em)) return "absurd outline (size)";

        uint64_t print = outline_print(outline);
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++) seen = outline_print(&face->outlines[j]) == print;
        distinct += !seen;
        face->print = hash_bytes(face->print, &print, sizeof print);
        bars += is_bars(outline);

        if (!glyph_draw(fonts->library, outline, &upright, SIZE, pixels)) return "broken outline";
        double peak = 0.0, ink = 0.0;
        for (int j = 0; j < SIZE * SIZE; j++) {
            ink += pixels[j];
            peak = pixels[j] > peak ? pixels[j] : peak;
        }
        peaks += peak;
        cover += ink * side * side / (255.0 * 400.0 * width * height + 1e-9);
    }
    if (n > 1 && 2 * distinct <= n) return "different characters have the same outline";
    if (2 * bars > n) return "looks like a barcode";
    if (peaks < 170.0 * (double)n) return "strokes too thin to be seen at 28 pixels";
    if (n > 1 && cover > 0.85 * (double)n) return "characters are filled boxes";
    return NULL;
}

static void free_outlines(struct glyph_fonts *fonts, struct glyph_face *face) {
    for (size_t i = 0; face->outlines && i < fonts->n_chars; i++) {
        if (face->outlines[i].n_points > 0) FT_Outline_Done(fonts->library, &face->outlines[i]);
    }
    free(face->outlines);
    face->outlines = NULL;
}

/* Sets face->rejected, or fills face->outlines. False only when memory is out. */
static bool read_outlines(struct glyph_fonts *fonts, FT_Face ft, struct glyph_face *face) {
    if (name_says_symbols(face->family)) {
        face->rejected = "symbols, by its name";
    } else if (!FT_IS_SCALABLE(ft)) {
        face->rejected = "no outlines (bitmaps or colour only)";
    } else if (FT_IS_TRICKY(ft)) {
        face->rejected = "needs its own hinting to be drawn";
    } else if (FT_Select_Charmap(ft, FT_ENCODING_UNICODE)) {
        face->rejected = "no Unicode charmap (a symbol font)";
    }
    if (face->rejected) return true;

    face->outlines = calloc(fonts->n_chars, sizeof *face->outlines);
    if (!face->outlines) return out_of_memory();
    for (size_t i = 0; i < fonts->n_chars && !face->rejected; i++) {
        FT_UInt glyph = FT_Get_Char_Index(ft, fonts->chars[i]);
        FT_GlyphSlot slot = ft->glyph;
        if (glyph == 0) {
            face->rejected = "lacks a wanted character";
        } else if (FT_Load_Glyph(ft, glyph, FT_LOAD_NO_SCALE | FT_LOAD_NO_BITMAP)) {
            face->rejected = "a wanted character cannot be loaded";
        } else if (slot->format != FT_GLYPH_FORMAT_OUTLINE) {
            face->rejected = "no outlines (bitmaps or colour only)";
        } else if (slot->outline.n_points <= 0) {
            face->rejected = "a wanted character is blank";
        } else if (FT_Outline_New(fonts->library, (FT_UInt)slot->outline.n_points,
                                  slot->outline.n_contours, &face->outlines[i])) {
            return out_of_memory();
        } else {
            FT_Outline_Copy(&slot->outline, &face->outlines[i]);
            face->outlines[i].flags = slot->outline.flags | FT_OUTLINE_OWNER;
        }
    }
    if (!face->rejected) face->rejected = judge_outlines(fonts, face, ft->units_per_EM);
    for (size_t i = 0; i < fonts->n_faces && !face->rejected; i++) {
        const struct glyph_face *other = &fonts->faces[i];
        if (other->rejected) continue;
        if (strcmp(other->family, face->family) == 0 && strcmp(other->style, face->style) == 0) {
            face->rejected = "duplicate (family and style already seen)";
        } else if (other->print == face->print) {
            face->rejected = "duplicate (same outlines already seen)";
        }
    }
    if (face->rejected) free_outlines(fonts, face);
    return true;
}

static void free_face(struct glyph_fonts *fonts, struct glyph_face *face) {
    free_outlines(fonts, face);
    free(face->path);
    free(face->family);
    free(face->style);
    free(face->key);
}

/* Adds one face, used or rejected. ft is NULL if the file could not be opened. */
static bool add_face(struct glyph_fonts *fonts, const char *path, FT_Face ft, FT_Long index) {
    if (fonts->n_faces == fonts->capacity) {
        size_t capacity = fonts->capacity ? 2 * fonts->capacity : 128;
        struct glyph_face *faces = realloc(fonts->faces, capacity * sizeof *faces);
        if (!faces) return out_of_memory();
        fonts->faces = faces;
        fonts->capacity = capacity;
    }
    struct glyph_face face = {.path = strdup(path)};
    face.family = strdup(ft && ft->family_name ? ft->family_name : "?");
    face.style = ft ? instance_style(ft, index) : NULL;
    if (!face.style) face.style = strdup(ft && ft->style_name ? ft->style_name : "?");
    face.key = face.family ? family_key(face.family) : NULL;
    bool good = face.path && face.family && face.style && face.key;
    if (!good) {
        out_of_memory();
    } else if (!ft) {
        face.rejected = "FreeType cannot open it (damaged, or a format it was built without)";
    } else {
        good = read_outlines(fonts, ft, &face);
    }
    if (!good) {
        free_face(fonts, &face);
        return false;
    }
    fonts->faces[fonts->n_faces++] = face;
    fonts->n_used += !face.rejected;
    return true;
}

/* All faces of a collection and all named instances of a variable font. */
static bool add_file(struct glyph_fonts *fonts, const char *path,
                     const volatile sig_atomic_t *stop) {
    FT_Long n_faces = 1;
    for (FT_Long i = 0; i < n_faces; i++) {
        FT_Long n_instances = 0;
        for (FT_Long instance = 0; instance <= n_instances; instance++) {
            FT_Face ft = NULL;
            FT_Long index = i | instance << 16;
            if (*stop) return true;
            if (FT_New_Face(fonts->library, path, index, &ft)) {
                if (index == 0 && !add_face(fonts, path, NULL, index)) return false;
                continue;
            }
            n_faces = ft->num_faces;
            n_instances = ft->style_flags >> 16;
            bool good = add_face(fonts, path, ft, index);
            FT_Done_Face(ft);
            if (!good) return false;
        }
    }
    return true;
}

/* ---- judging faces by one another ---- */

enum { COARSE = 7, CELLS = COARSE * COARSE };

/* The character as 7*7 means, of mean 0 and length 1: alike for any weight and small shift. */
static bool coarse_look(const struct glyph_fonts *fonts, const FT_Outline *outline,
                        double look[CELLS]) {
    enum { STEP = 4, SIZE = STEP * COARSE };
    unsigned char pixels[SIZE * SIZE];
    const struct glyph_pose upright = {0};
    double mean = 0.0, square = 0.0;
    if (!glyph_draw(fonts->library, outline, &upright, SIZE, pixels)) return false;
    memset(look, 0, CELLS * sizeof *look);
    for (int i = 0; i < SIZE * SIZE; i++) {
        look[i / SIZE / STEP * COARSE + i % SIZE / STEP] += pixels[i];
        mean += pixels[i] / (double)CELLS;
    }
    for (int i = 0; i < CELLS; i++) {
        look[i] -= mean;
        square += look[i] * look[i];
    }
    for (int i = 0; i < CELLS; i++) look[i] /= sqrt(square) + 1e-9;
    return true;
}

/* The correlation of one look with the mean look of its character, both less the mean of all. */
static double likeness(const double look[CELLS], const double mean[CELLS],
                       const double all[CELLS]) {
    double dot = 0.0, left = 1e-9, right = 1e-9;
    for (int i = 0; i < CELLS; i++) {
        double x = look[i] - all[i], y = mean[i] - all[i];
        dot += x * y;
        left += x * x;
        right += y * y;
    }
    return dot / sqrt(left * right);
}

/*
 * Some fonts of mathematics, dingbats and key caps have other things than digits where Unicode has
 * the digits. No table tells, but the other fonts do: a face is left out if its characters do not
 * correlate with the means over all faces. With few faces there is no mean worth asking.
 */
static bool reject_strangers(struct glyph_fonts *fonts) {
    enum { FEWEST = 12 };
    const double least = 0.2; /* text fonts have 0.3 to 0.95, symbols -0.15 to 0.15 */
    size_t n = fonts->n_chars, strangers = 0;
    double look[CELLS], all[CELLS] = {0};
    if (fonts->n_used < FEWEST || n < 2) return true;
    double(*means)[CELLS] = calloc(n, sizeof *means);
    if (!means) return out_of_memory();
    for (size_t i = 0; i < fonts->n_faces; i++) {
        const struct glyph_face *face = &fonts->faces[i];
        for (size_t c = 0; !face->rejected && c < n; c++) {
            if (!coarse_look(fonts, &face->outlines[c], look)) continue;
            for (int j = 0; j < CELLS; j++) {
                means[c][j] += look[j] / (double)fonts->n_used;
                all[j] += look[j] / (double)(fonts->n_used * n);
            }
        }
    }
    for (size_t i = 0; i < fonts->n_faces; i++) {
        struct glyph_face *face = &fonts->faces[i];
        double sum = 0.0;
        if (face->rejected) continue;
        for (size_t c = 0; c < n; c++) {
            if (coarse_look(fonts, &face->outlines[c], look)) sum += likeness(look, means[c], all);
        }
        if (sum < least * (double)n) {
            face->rejected = "does not look like these characters in other fonts";
            free_outlines(fonts, face);
            strangers++;
        }
    }
    free(means);
    fonts->n_used -= strangers;
    return true;
}

bool glyph_fonts_scan(struct glyph_fonts *fonts, const char *const *roots, size_t n, bool strict,
                      const uint32_t *chars, size_t n_chars, const volatile sig_atomic_t *stop) {
    memset(fonts, 0, sizeof *fonts);
    fonts->chars = chars;
    fonts->n_chars = n_chars;
    if (FT_Init_FreeType(&fonts->library)) return glyph_complain("FreeType does not start");
    struct path_list list = {0};
    bool good = find_files(&list, roots, n, strict);
    for (size_t i = 0; good && !*stop && i < list.n; i++) {
        if (i && strcmp(list.items[i], list.items[i - 1]) == 0) continue; /* roots that overlap */
        good = add_file(fonts, list.items[i], stop);
    }
    path_list_free(&list);
    return good && (*stop || reject_strangers(fonts));
}

/* ---- what is held out ---- */

/* The name's own hash decides, so that installing another font moves no family to the other side.
 */
static uint64_t held_out_rank(const char *name) {
    uint64_t h = hash_bytes(HASH_START, name, strlen(name));
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdu;
    return h ^ h >> 33;
}

void glyph_fonts_hold_out(struct glyph_fonts *fonts) {
    /* Families if there are two or more, otherwise styles of the one family. */
    struct glyph_face *first = NULL, *lowest = NULL;
    bool several = false, any = false;
    for (size_t i = 0; i < fonts->n_faces; i++) {
        struct glyph_face *face = &fonts->faces[i];
        if (face->rejected) continue;
        if (!first) first = face;
        several = several || strcmp(face->key, first->key) != 0;
    }
    for (size_t i = 0; i < fonts->n_faces; i++) {
        struct glyph_face *face = &fonts->faces[i];
        if (face->rejected) continue;
        uint64_t rank = held_out_rank(several ? face->key : face->style);
        face->held_out = rank % 8 == 0;
        any = any || face->held_out;
        if (!lowest || rank < held_out_rank(several ? lowest->key : lowest->style)) lowest = face;
    }
    /* Few fonts: make sure that there is something on each side, if there are two of anything. */
    size_t held = 0;
    for (size_t i = 0; i < fonts->n_faces; i++) {
        struct glyph_face *face = &fonts->faces[i];
        if (face->rejected) continue;
        if (!any) face->held_out = several ? strcmp(face->key, lowest->key) == 0 : face == lowest;
        held += face->held_out;
    }
    if (held == fonts->n_used) {
        for (size_t i = 0; i < fonts->n_faces; i++) {
            struct glyph_face *face = &fonts->faces[i];
            if (face->rejected) continue;
            face->held_out = several ? strcmp(face->key, lowest->key) == 0 : face == lowest;
        }
    }
}

void glyph_fonts_free(struct glyph_fonts *fonts) {
    for (size_t i = 0; i < fonts->n_faces; i++) free_face(fonts, &fonts->faces[i]);
    free(fonts->faces);
    if (fonts->library) FT_Done_FreeType(fonts->library);
    memset(fonts, 0, sizeof *fonts);
}
