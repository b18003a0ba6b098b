/*
 * Makes a data set of drawn characters from the text fonts of this machine, for trying out
 * generative models where no data set is at hand: each picture is one character (the digits, unless
 * told otherwise) of one font, slightly turned, slanted and stretched, white on black and
 * normalised the way MNIST is (a box of 20 of 28 pixels, centre of mass in the middle). The result
 * is the four IDX files of MNIST under MNIST's names; the test pictures come from families of fonts
 * that the training pictures do not use. Everything about picture i is a pure function of (seed, i,
 * the fonts), so equal arguments on equal fonts give equal bytes.
 *
 *     glyphs --out data && cgan --data "idx images='data/train-images-idx3-ubyte' ..."
 */
#define _GNU_SOURCE
#include "glyphs.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_CHARS = 256, /* labels are single bytes */
    MAX_ROOTS = 64,
    SAMPLE_ROWS = 24, /* rows of --preview */
    FAMILY_CAP = 4    /* a family counts as at most so many faces */
};

/* Separate streams of random numbers, so that no draw of one depends on how many another takes. */
enum purpose { FOR_LABELS = 1, FOR_TRAINING = 2, FOR_TEST = 3 };

struct options {
    const char *out, *preview, *specimen;
    const char *roots[MAX_ROOTS];
    size_t n_roots;
    int64_t size, count, test;
    uint64_t seed;
    double jitter;
    uint32_t chars[MAX_CHARS];
    size_t n_chars;
    bool list, quiet, json;
};

static volatile sig_atomic_t stop_signal;

static void on_signal(int number) {
    stop_signal = number;
}

/* ---- random numbers ---- */

static uint64_t mix(uint64_t x) { /* the finaliser of splitmix64 */
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

struct stream {
    uint64_t key, draw;
};

static struct stream stream_for(uint64_t seed, enum purpose purpose, uint64_t index) {
    const uint64_t gamma = 0x9e3779b97f4a7c15u; /* odd, 2^64 over the golden ratio */
    uint64_t key = mix(seed + gamma);
    key = mix(key ^ (uint64_t)purpose * gamma);
    return (struct stream){mix(key + index * gamma), 0};
}

static uint64_t next_bits(struct stream *stream) {
    return mix(stream->key + ++stream->draw * 0x9e3779b97f4a7c15u);
}

/* The bias of the remainder is below n / 2^64. */
static size_t next_below(struct stream *stream, size_t n) {
    return (size_t)(next_bits(stream) % n);
}

/* Even over -1..1. */
static double next_even(struct stream *stream) {
    return (double)(int64_t)(next_bits(stream) >> 11) * 0x1p-52 - 1.0;
}

/* ---- which font ---- */

/*
 * Fonts of one side (training or test), by family. Faces alone would let a family of 40 weights
 * drown the others, families alone would make every tenth picture a brush script: a family has as
 * many tickets as faces, up to FAMILY_CAP.
 */
struct pool {
    const struct glyph_face **faces; /* sorted by family */
    size_t n_faces, n_families;
    size_t *start;   /* first face of a family; one more than families */
    size_t *tickets; /* tickets before a family; one more than families */
};

static int compare_faces(const void *a, const void *b) {
    const struct glyph_face *x = *(const struct glyph_face *const *)a;
    const struct glyph_face *y = *(const struct glyph_face *const *)b;
    int order = strcmp(x->key, y->key);
    return order ? order : x < y ? -1 : x > y; /* within a family, the order of paths */
}

static void pool_free(struct pool *pool) {
    free(pool->faces);
    free(pool->start);
    free(pool->tickets);
}

static bool pool_fill(struct pool *pool, const struct glyph_fonts *fonts, bool held_out) {
    size_t n = fonts->n_faces;
    memset(pool, 0, sizeof *pool);
    pool->faces = calloc(n + 1, sizeof *pool->faces);
    pool->start = calloc(n + 1, sizeof *pool->start);
    pool->tickets = calloc(n + 1, sizeof *pool->tickets);
    if (!pool->faces || !pool->start || !pool->tickets) return glyph_complain("out of memory");
    for (size_t i = 0; i < n; i++) {
        const struct glyph_face *face = &fonts->faces[i];
        if (!face->rejected && face->held_out == held_out) pool->faces[pool->n_faces++] = face;
    }
    qsort(pool->faces, pool->n_faces, sizeof *pool->faces, compare_faces);
    for (size_t i = 0; i < pool->n_faces;) {
        size_t first = i, f = pool->n_families++;
        while (i < pool->n_faces && strcmp(pool->faces[i]->key, pool->faces[first]->key) == 0) i++;
        pool->start[f + 1] = i;
        pool->tickets[f + 1] = pool->tickets[f] + (i - first < FAMILY_CAP ? i - first : FAMILY_CAP);
    }
    return true;
}

static const struct glyph_face *pool_draw(const struct pool *pool, struct stream *stream) {
    size_t ticket = next_below(stream, pool->tickets[pool->n_families]), f = 0;
    while (pool->tickets[f + 1] <= ticket) f++;
    return pool->faces[pool->start[f] + next_below(stream, pool->start[f + 1] - pool->start[f])];
}

/* ---- one picture ---- */

/* Each run of n_chars pictures holds each character once, in an order of its own: exact balance. */
static unsigned char label_of(const struct options *options, enum purpose side, uint64_t index) {
    unsigned char order[MAX_CHARS];
    size_t n = options->n_chars;
    struct stream stream = stream_for(options->seed ^ (uint64_t)side, FOR_LABELS, index / n);
    for (size_t i = 0; i < n; i++) order[i] = (unsigned char)i;
    for (size_t i = n; i > 1; i--) {
        size_t j = next_below(&stream, i);
        unsigned char swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
    return order[index % n];
}

static bool draw_picture(const struct options *options, const struct glyph_fonts *fonts,
                         const struct pool *pool, enum purpose side, uint64_t index,
                         unsigned char *label, unsigned char *pixels) {
    struct stream stream = stream_for(options->seed, side, index);
    double jitter = options->jitter;
    const struct glyph_face *face = pool_draw(pool, &stream);
    struct glyph_pose pose;
    pose.angle = jitter * 0.14 * next_even(&stream); /* 8 degrees */
    pose.shear = jitter * 0.14 * next_even(&stream);
    pose.stretch = jitter * 0.16 * next_even(&stream);
    pose.grow = jitter * 0.06 * next_even(&stream);
    pose.dx = jitter * 0.5 * next_even(&stream) * (double)options->size / 28.0;
    pose.dy = jitter * 0.5 * next_even(&stream) * (double)options->size / 28.0;
    *label = label_of(options, side, index);
    if (glyph_draw(fonts->library, &face->outlines[*label], &pose, (int)options->size, pixels)) {
        return true;
    }
    return glyph_complain("FreeType cannot draw character %d of %s; leave that font out",
                          (int)*label, face->path);
}

/* ---- progress ---- */

struct progress {
    bool shown;
    int64_t done, total;
    double started, last;
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void progress_step(struct progress *progress) {
    progress->done++;
    if (!progress->shown || progress->done % 256) return;
    double t = now(), spent = t - progress->started;
    if (t - progress->last < 0.2 || spent <= 0.0) return;
    progress->last = t;
    double rate = (double)progress->done / spent;
    fprintf(stderr, "\r\033[Kglyphs: %" PRId64 "/%" PRId64 " pictures, %.0f/s, %.0f s left",
            progress->done, progress->total, rate,
            (double)(progress->total - progress->done) / rate);
    fflush(stderr);
}

static void progress_clear(const struct progress *progress) {
    if (progress->shown) fputs("\r\033[K", stderr);
}

/* ---- the files ---- */

static void put_be32(FILE *file, int64_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) fputc((int)(value >> shift & 255), file);
}

static bool write_side(const struct options *options, const struct glyph_fonts *fonts,
                       const struct pool *pool, enum purpose side, struct glyph_outputs *outputs,
                       struct progress *progress) {
    bool train = side == FOR_TRAINING;
    int64_t count = train ? options->count : options->test;
    size_t area = (size_t)(options->size * options->size);
    FILE *images = glyph_output_open(outputs, options->out,
                                     train ? "train-images-idx3-ubyte" : "t10k-images-idx3-ubyte");
    FILE *labels =
        images ? glyph_output_open(outputs, options->out,
                                   train ? "train-labels-idx1-ubyte" : "t10k-labels-idx1-ubyte")
               : NULL;
    unsigned char *pixels = labels ? malloc(area) : NULL;
    if (labels && !pixels) glyph_complain("out of memory");
    if (!pixels) return false;
    put_be32(images, 0x803); /* unsigned bytes, three dimensions */
    put_be32(images, count);
    put_be32(images, options->size);
    put_be32(images, options->size);
    put_be32(labels, 0x801);
    put_be32(labels, count);
    bool good = true;
    for (int64_t i = 0; good && i < count && !stop_signal; i++) {
        unsigned char label;
        good = draw_picture(options, fonts, pool, side, (uint64_t)i, &label, pixels);
        if (good && (fwrite(pixels, 1, area, images) != area || fputc(label, labels) == EOF)) {
            good = glyph_output_error("write", outputs->items[outputs->n - 2].path);
        }
        progress_step(progress);
    }
    free(pixels);
    return good;
}

/* Tiles of pictures, one column a character, on grey so that the edges of the pictures show. */
static bool write_sheet(const char *path, const unsigned char *tiles, size_t rows, size_t columns,
                        size_t size, struct glyph_outputs *outputs) {
    FILE *file = glyph_output_open(outputs, "", path);
    if (!file) return false;
    size_t pitch = size + 2, width = columns * pitch + 2;
    fprintf(file, "P5\n%zu %zu\n255\n", width, rows * pitch + 2);
    for (size_t y = 0; y < rows * pitch + 2; y++) {
        for (size_t x = 0; x < width; x++) {
            bool inside = x % pitch >= 2 && y % pitch >= 2;
            size_t tile = y / pitch * columns + x / pitch;
            size_t pixel = inside ? (y % pitch - 2) * size + x % pitch - 2 : 0;
            fputc(inside ? tiles[tile * size * size + pixel] : 64, file);
        }
    }
    return true; /* a failed write is found by glyph_outputs_commit */
}

/* The first training pictures, each character in its column; or each font once, unbent. */
static bool write_sheets(const struct options *options, const struct glyph_fonts *fonts,
                         const struct pool *pool, struct glyph_outputs *outputs) {
    size_t size = (size_t)options->size, area = size * size, n = options->n_chars;
    size_t rows = fonts->n_used > SAMPLE_ROWS ? fonts->n_used : SAMPLE_ROWS;
    unsigned char *tiles = malloc(rows * n * area), *pixels = malloc(area);
    bool good = tiles && pixels;
    if (!good) glyph_complain("out of memory");
    for (size_t i = 0; good && options->preview && i < SAMPLE_ROWS * n; i++) {
        unsigned char label;
        good = draw_picture(options, fonts, pool, FOR_TRAINING, i, &label, pixels);
        if (good) memcpy(tiles + (i / n * n + label) * area, pixels, area);
    }
    if (good && options->preview) {
        good = write_sheet(options->preview, tiles, SAMPLE_ROWS, n, size, outputs);
    }
    size_t row = 0;
    for (size_t i = 0; good && options->specimen && i < fonts->n_faces; i++) {
        const struct glyph_face *face = &fonts->faces[i];
        const struct glyph_pose upright = {0};
        for (size_t c = 0; !face->rejected && c < n; c++) {
            glyph_draw(fonts->library, &face->outlines[c], &upright, (int)size,
                       tiles + (row * n + c) * area);
        }
        row += !face->rejected;
    }
    if (good && options->specimen) {
        good = write_sheet(options->specimen, tiles, row, n, size, outputs);
    }
    free(tiles);
    free(pixels);
    return good;
}

/* ---- the report ---- */

static void print_list(const struct glyph_fonts *fonts) {
    for (size_t i = 0; i < fonts->n_faces; i++) {
        const struct glyph_face *face = &fonts->faces[i];
        printf("%s\t%s\t%s\t%s%s%s\n",
               face->rejected   ? "skipped"
               : face->held_out ? "test"
                                : "train",
               face->family, face->style, face->path, face->rejected ? "\t" : "",
               face->rejected ? face->rejected : "");
    }
}

static void print_json_string(const char *s) {
    putchar('"');
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\') putchar('\\');
        if (c < 32)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void print_json(const struct options *options, const struct glyph_fonts *fonts,
                       const struct pool *train, const struct pool *test, double seconds) {
    fputs("{\"example\":\"glyphs\",\"out\":", stdout);
    if (options->out)
        print_json_string(options->out);
    else
        fputs("null", stdout);
    printf(",\"seed\":%" PRIu64 ",\"size\":%" PRId64 ",\"characters\":%zu", options->seed,
           options->size, options->n_chars);
    printf(",\"train\":%" PRId64 ",\"test\":%" PRId64, options->out ? options->count : 0,
           options->out ? options->test : 0);
    printf(",\"fonts\":%zu,\"fonts_skipped\":%zu,\"fonts_test\":%zu", fonts->n_used,
           fonts->n_faces - fonts->n_used, test->n_faces);
    printf(",\"families_train\":%zu,\"families_test\":%zu,\"seconds\":%.3f}\n", train->n_families,
           test->n_families, seconds);
}

/* ---- the command line ---- */

static void print_help(void) {
    fputs("Usage: glyphs --out DIR [option]...\n"
          "Draws the digits of all installed text fonts into IDX files named like MNIST's.\n"
          "\n"
          "  --out DIR        write train-images-idx3-ubyte, train-labels-idx1-ubyte and the same\n"
          "                   under t10k- for the test set, from fonts that are not trained on\n"
          "  --count N        training pictures (20000)\n"
          "  --test N         test pictures (2000); 0: none, and every font is used for training\n"
          "  --size N         width and height in pixels, 8 to 512 (28)\n"
          "  --chars STRING   characters to draw, in UTF-8; the label is the place in the string\n"
          "                   (0123456789)\n"
          "  --seed N         same seed, same fonts, same bytes (1)\n"
          "  --jitter F       how much to turn, slant, stretch and move, 0 to 3: 0 not at all,\n"
          "                   1 up to 8 degrees (1)\n"
          "  --fonts DIR      look for fonts here, not in the system's folders; may be repeated\n"
          "  --preview FILE   write the first training pictures as a PGM picture, one column a\n"
          "                   character\n"
          "  --specimen FILE  write all fonts, one a row and without jitter, as a PGM picture\n"
          "  --list           print each font with what it is used for or why it is skipped\n"
          "  --json           print the result as one line of JSON, last on standard output\n"
          "  --quiet          no progress and no summary\n"
          "  --help           this text\n"
          "\n"
          "At least one of --out, --preview, --specimen and --list is needed.\n"
          "Exit status: 0 done, 1 failed, 2 wrong usage, 128 + signal if interrupted.\n",
          stdout);
}

static bool parse_integer(const char *option, const char *text, int64_t low, int64_t high,
                          int64_t *value) {
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (end == text || *end || errno || v < low || v > high) {
        return glyph_complain("%s '%s' is not a whole number in %" PRId64 "..%" PRId64, option,
                              text, low, high);
    }
    *value = v;
    return true;
}

static bool parse_seed(const char *text, uint64_t *seed) {
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno) {
        return glyph_complain("--seed '%s' is not a whole number in 0..18446744073709551615", text);
    }
    *seed = v;
    return true;
}

static bool parse_jitter(const char *text, double *jitter) {
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end || !(v >= 0.0 && v <= 3.0)) {
        return glyph_complain("--jitter '%s' is not a number in 0..3%s", text,
                              strchr(text, ',') ? " (write 0.5, not 0,5)" : "");
    }
    *jitter = v;
    return true;
}

/* Strict UTF-8 into code points, each once. */
static bool parse_chars(const char *text, struct options *options) {
    options->n_chars = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        int more = *p < 0x80                 ? 0
                   : *p >= 0xc2 && *p < 0xe0 ? 1
                   : *p >= 0xe0 && *p < 0xf0 ? 2
                   : *p >= 0xf0 && *p < 0xf5 ? 3
                                             : -1;
        uint32_t code = more <= 0 ? *p : *p & (0x3fu >> more);
        p++;
        for (int i = 0; i < more; i++, p++) {
            if ((*p & 0xc0) != 0x80) return glyph_complain("--chars is not valid UTF-8");
            code = code << 6 | (*p & 0x3fu);
        }
        static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        if (more < 0 || code < least[more] || code > 0x10ffff ||
            (code >= 0xd800 && code < 0xe000)) {
            return glyph_complain("--chars is not valid UTF-8");
        }
        if (code <= 32 || code == 127) {
            return glyph_complain("--chars has a blank or control character, which has no picture");
        }
        for (size_t i = 0; i < options->n_chars; i++) {
            if (options->chars[i] == code) {
                return glyph_complain("--chars has U+%04" PRIX32 " twice; a label must be unique",
                                      code);
            }
        }
        if (options->n_chars == MAX_CHARS) {
            return glyph_complain("--chars has more than %d characters", (int)MAX_CHARS);
        }
        options->chars[options->n_chars++] = code;
    }
    return options->n_chars > 0 || glyph_complain("--chars is empty");
}

enum { GO_ON = -1 };

/* GO_ON, or the exit status. */
static int parse_options(int argc, char **argv, struct options *options) {
    enum { OUT = 256, COUNT, TEST, SIZE, CHARS, SEED, JITTER, FONTS, PREVIEW, SPECIMEN };
    static const struct option table[] = {{"out", required_argument, NULL, OUT},
                                          {"count", required_argument, NULL, COUNT},
                                          {"test", required_argument, NULL, TEST},
                                          {"size", required_argument, NULL, SIZE},
                                          {"chars", required_argument, NULL, CHARS},
                                          {"seed", required_argument, NULL, SEED},
                                          {"jitter", required_argument, NULL, JITTER},
                                          {"fonts", required_argument, NULL, FONTS},
                                          {"preview", required_argument, NULL, PREVIEW},
                                          {"specimen", required_argument, NULL, SPECIMEN},
                                          {"list", no_argument, NULL, 'l'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"quiet", no_argument, NULL, 'q'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    *options = (struct options){.size = 28, .count = 20000, .test = 2000, .seed = 1, .jitter = 1.0};
    bool good = parse_chars("0123456789", options);
    int c;
    while (good && (c = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        switch (c) {
        case OUT:
            options->out = optarg;
            break;
        case PREVIEW:
            options->preview = optarg;
            break;
        case SPECIMEN:
            options->specimen = optarg;
            break;
        case COUNT:
            good = parse_integer("--count", optarg, 1, 100000000, &options->count);
            break;
        case TEST:
            good = parse_integer("--test", optarg, 0, 100000000, &options->test);
            break;
        case SIZE:
            good = parse_integer("--size", optarg, 8, 512, &options->size);
            break;
        case SEED:
            good = parse_seed(optarg, &options->seed);
            break;
        case JITTER:
            good = parse_jitter(optarg, &options->jitter);
            break;
        case CHARS:
            good = parse_chars(optarg, options);
            break;
        case FONTS:
            if (options->n_roots == MAX_ROOTS) {
                good = glyph_complain("--fonts may be given %d times", (int)MAX_ROOTS);
            } else {
                options->roots[options->n_roots++] = optarg;
            }
            break;
        case 'l':
            options->list = true;
            break;
        case 'j':
            options->json = true;
            break;
        case 'q':
            options->quiet = true;
            break;
        case 'h':
            print_help();
            return 0;
        default:
            good = false; /* getopt_long has said why */
        }
    }
    if (good && optind < argc) {
        good = glyph_complain("'%s' is not an option; everything is given as --name value",
                              argv[optind]);
    }
    if (good && !options->out && !options->preview && !options->specimen && !options->list) {
        good = glyph_complain("nothing to do; say where to write with --out DIR");
    }
    if (good && ((options->out && !*options->out) || (options->preview && !*options->preview) ||
                 (options->specimen && !*options->specimen))) {
        good = glyph_complain("an empty name cannot be written to");
    }
    if (good) return GO_ON;
    fputs("Try 'glyphs --help'.\n", stderr);
    return 2;
}

/* The folders of the command line, or else those of the system. */
static bool scan(const struct options *options, struct glyph_fonts *fonts) {
    static const char *const below_home[] = {"/.local/share/fonts", "/.fonts"};
    const char *roots[4] = {"/usr/share/fonts", "/usr/local/share/fonts"};
    char *owned[2] = {NULL, NULL};
    const char *home = getenv("HOME");
    size_t n = 2;
    if (options->n_roots > 0) {
        return glyph_fonts_scan(fonts, options->roots, options->n_roots, true, options->chars,
                                options->n_chars, &stop_signal);
    }
    for (size_t i = 0; home && *home && i < 2; i++) {
        size_t room = strlen(home) + strlen(below_home[i]) + 1;
        owned[i] = malloc(room);
        if (!owned[i]) continue;
        snprintf(owned[i], room, "%s%s", home, below_home[i]);
        roots[n++] = owned[i];
    }
    bool good =
        glyph_fonts_scan(fonts, roots, n, false, options->chars, options->n_chars, &stop_signal);
    free(owned[0]);
    free(owned[1]);
    return good;
}

/* The exit status. */
static int make(const struct options *options, struct glyph_fonts *fonts,
                struct glyph_outputs *outputs) {
    struct pool train = {0}, test = {0};
    struct progress progress = {.shown = !options->quiet && isatty(STDERR_FILENO),
                                .total = options->count + options->test,
                                .started = now()};
    bool good = scan(options, fonts);
    if (!good || stop_signal) return good ? 128 + stop_signal : 1;
    if (options->test > 0) glyph_fonts_hold_out(fonts);
    if (options->list) print_list(fonts);
    if (fonts->n_used == 0) {
        glyph_complain(
            "no usable text font among %zu found%s; install some (Debian: apt-get install "
            "fonts-dejavu-core fonts-liberation2) or name a folder with --fonts DIR",
            fonts->n_faces, options->list || fonts->n_faces == 0 ? "" : " (--list says why)");
        return 1;
    }
    good = pool_fill(&train, fonts, false) && pool_fill(&test, fonts, true);
    bool shared = good && train.n_faces == 0;
    if (shared) {
        /* One face in all: it has to serve both sides. */
        pool_free(&train);
        good = pool_fill(&train, fonts, true);
        glyph_complain("warning: only one usable font, so that the test set is of the same font");
    }
    double started = now();
    if (good && options->out) {
        progress.started = started;
        good =
            glyph_make_folder(options->out) &&
            write_side(options, fonts, &train, FOR_TRAINING, outputs, &progress) &&
            (options->test == 0 || write_side(options, fonts, &test, FOR_TEST, outputs, &progress));
    }
    if (good && !stop_signal && (options->preview || options->specimen)) {
        good = write_sheets(options, fonts, &train, outputs);
    }
    /* A signal from here on comes too late to undo anything. */
    int status = !good ? 1 : stop_signal ? 128 + stop_signal : !glyph_outputs_commit(outputs);
    progress_clear(&progress);
    double seconds = now() - started;
    if (status == 0 && !options->quiet) {
        printf("glyphs: %zu fonts used, %zu of them for the test set only, %zu skipped",
               fonts->n_used, shared ? 0 : test.n_faces, fonts->n_faces - fonts->n_used);
        if (options->out) {
            printf("; %" PRId64 " training and %" PRId64 " test pictures in %s, %.1f s (%.0f/s)",
                   options->count, options->test, options->out, seconds,
                   (double)progress.done / (seconds > 0.0 ? seconds : 1.0));
        }
        putchar('\n');
    }
    if (status == 0 && options->json) print_json(options, fonts, &train, &test, seconds);
    pool_free(&train);
    pool_free(&test);
    return status;
}

int main(int argc, char **argv) {
    struct options options;
    struct glyph_fonts fonts = {0};
    struct glyph_outputs outputs = {.n = 0};
    int status = parse_options(argc, argv, &options);
    if (status == GO_ON) {
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        sigaction(SIGHUP, &action, NULL);
        signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write like any other */
        status = make(&options, &fonts, &outputs);
        if (status > 128) glyph_complain("interrupted, nothing written");
    }
    glyph_outputs_abandon(&outputs);
    glyph_fonts_free(&fonts);
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == 0) {
        glyph_output_error("write", "standard output");
        status = 1;
    }
    return status;
}
