/* A picture of word vectors: words in the plane by t-SNE or principal components, as PNG.  Labels
 * are moved until none covers another; a thin line leads from a label that had to go far to its
 * point.  Colours are classes of the same vectors by k-means, which the map knows nothing of. */
#include "cli.h"
#include "word-map.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct point {
    const char *word;
    double x, y;
    box label;
    int placed;
    int32_t class;
} point;

typedef struct map {
    genrep_ctx *ctx;
    genrep_vectors *vectors;
    canvas canvas;
    point *points;
    int64_t *indices, n, size, font_pixels, classes;
    const char *spec, *out, *font;
    double score;
} map;

enum { MARGIN = 24, DOT = 3 };
#define CIRCLE 6.283185307179586

/* ---- which words ---- */

static void allocate(map *m, int64_t n) {
    m->points = calloc((size_t)n, sizeof *m->points);
    m->indices = calloc((size_t)n, sizeof *m->indices);
    if (m->points == NULL || m->indices == NULL) cli_wrong("out of memory");
}

/* The first n words, the most frequent ones; "</s>" is none. */
static void take_first(map *m, int64_t n) {
    const int64_t size = genrep_vectors_size(m->vectors);
    allocate(m, n < size ? n : size);
    for (int64_t i = 0; i < size && m->n < n; i++)
        if (strcmp(genrep_vectors_word(m->vectors, i), "</s>") != 0) m->indices[m->n++] = i;
}

static void take_named(map *m, int argc, char **argv) {
    allocate(m, argc);
    for (int i = 0; i < argc; i++) {
        const int64_t index = genrep_vectors_find(m->vectors, argv[i], (size_t)-1);
        if (index < 0) fprintf(stderr, "'%s' is not in the vocabulary\n", argv[i]);
        if (index >= 0) m->indices[m->n++] = index;
    }
    if (m->n == 0) cli_wrong("none of the words is there");
}

/* ---- where they are ---- */

/* The map at the same scale in both directions, in the middle of the picture. */
static void place_points(map *m) {
    float *at = malloc((size_t)m->n * 2 * sizeof *at);
    if (at == NULL) cli_wrong("out of memory");
    if (genrep_vectors_map(m->vectors, m->spec, m->indices, m->n, at, &m->score) != 0)
        cli_die(m->ctx, "-map");
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (int64_t i = 0; i < 2 * m->n; i++) {
        low[i % 2] = fmin(low[i % 2], (double)at[i]);
        high[i % 2] = fmax(high[i % 2], (double)at[i]);
    }
    const double span = fmax(fmax(high[0] - low[0], high[1] - low[1]), 1e-30);
    const double room = (double)m->size - 4 * MARGIN, half = (double)m->size / 2;
    for (int64_t i = 0; i < m->n; i++) {
        point *p = &m->points[i];
        p->word = genrep_vectors_word(m->vectors, m->indices[i]);
        p->x = half + ((double)at[2 * i] - (low[0] + high[0]) / 2) / span * room;
        p->y = half - ((double)at[2 * i + 1] - (low[1] + high[1]) / 2) / span * room;
    }
    free(at);
}

static void choose_colours(map *m) {
    char spec[64];
    int32_t *classes = malloc((size_t)genrep_vectors_size(m->vectors) * sizeof *classes);
    if (classes == NULL) cli_wrong("out of memory");
    snprintf(spec, sizeof spec, "classes=%lld iterations=30", (long long)m->classes);
    if (genrep_vectors_classes(m->vectors, spec, classes) != 0) cli_die(m->ctx, "-classes");
    for (int64_t i = 0; i < m->n; i++) m->points[i].class = classes[m->indices[i]];
    free(classes);
}

/* ---- labels ---- */

static int overlap(const box *a, const box *b) {
    return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

/* 1 if a label there is within the picture and covers no point and no label before it. */
static int is_free(const map *m, const box *label) {
    if (label->left < MARGIN || label->top < MARGIN) return 0;
    if (label->right > (double)m->size - MARGIN || label->bottom > (double)m->size - 2 * MARGIN)
        return 0;
    for (int64_t i = 0; i < m->n; i++) {
        const point *p = &m->points[i];
        const box dot = {p->x - DOT, p->y - DOT, p->x + DOT, p->y + DOT};
        if (overlap(label, &dot) || (p->placed && overlap(label, &p->label))) return 0;
    }
    return 1;
}

/* Around the point in growing circles, to the right first: the nearest place that is free. */
static int place_label(map *m, point *p) {
    static const double turns[] = {0,    0.5,  0.25, 0.75, 0.125, 0.875, 0.375, 0.625,
                                   .062, .938, .438, .562, .188,  .812,  .312,  .688};
    const double w = canvas_text_width(&m->canvas, p->word) / 2 + 1;
    const double h = (double)m->canvas.text_height / 2 - 1;
    for (double away = DOT + 1; away < 160; away += 4)
        for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
            const double c = cos(CIRCLE * turns[i]), s = sin(CIRCLE * turns[i]);
            const double x = p->x + c * (w + away), y = p->y + s * (h + away);
            p->label = (box){x - w, y - h, x + w, y + h};
            if (is_free(m, &p->label)) return 1;
        }
    return 0;
}

/* ---- the picture ---- */

static const uint8_t *colour_of(const point *p) {
    static const uint8_t colours[][3] = {{0, 90, 160},  {200, 60, 0}, {0, 120, 70},  {150, 30, 110},
                                         {120, 90, 0},  {60, 60, 60}, {0, 130, 150}, {160, 20, 40},
                                         {90, 60, 180}, {80, 120, 20}};
    return colours[p->class % (int32_t)(sizeof colours / sizeof *colours)];
}

static void draw_leader(map *m, const point *p) {
    static const uint8_t grey[3] = {185, 185, 185};
    const box *b = &p->label;
    const double x = fmin(fmax(p->x, b->left), b->right), y = fmin(fmax(p->y, b->top), b->bottom);
    if (hypot(x - p->x, y - p->y) > 3 * DOT) canvas_line(&m->canvas, p->x, p->y, x, y, grey);
}

static int64_t draw(map *m) {
    static const uint8_t black[3] = {0, 0, 0};
    int64_t left_out = 0;
    char caption[256];
    for (int64_t i = 0; i < m->n; i++) {
        m->points[i].placed = place_label(m, &m->points[i]);
        left_out += !m->points[i].placed;
    }
    for (int64_t i = 0; i < m->n; i++)
        if (m->points[i].placed) draw_leader(m, &m->points[i]);
    for (int64_t i = 0; i < m->n; i++)
        canvas_dot(&m->canvas, m->points[i].x, m->points[i].y, DOT - 0.5, colour_of(&m->points[i]));
    for (int64_t i = 0; i < m->n; i++) {
        const point *p = &m->points[i];
        if (p->placed)
            canvas_text(&m->canvas, p->label.left + 1, p->label.top - 1, p->word, colour_of(p));
    }
    if (strncmp(m->spec, "pca", 3) == 0)
        snprintf(caption, sizeof caption, "%lld words: %s, %.1f %% of the variance",
                 (long long)m->n, m->spec, 100 * m->score);
    else
        snprintf(caption, sizeof caption, "%lld words: %s, divergence %.3f nats", (long long)m->n,
                 m->spec, m->score);
    canvas_text(&m->canvas, MARGIN, (double)(m->size - MARGIN - m->canvas.text_height), caption,
                black);
    return left_out;
}

static void save(map *m) {
    const int64_t size[4] = {1, 3, m->size, m->size};
    genrep_tensor *picture = NULL;
    if (genrep_tensor_borrow(m->ctx, GENREP_U8, 4, size, m->canvas.rgb, 0, NULL, NULL, &picture) !=
            0 ||
        genrep_image_grid(picture, "columns=1 pad=0", m->out) != 0)
        cli_die(m->ctx, m->out);
    genrep_tensor_unref(picture);
}

int main(int argc, char **argv) {
    map m = {.size = 1600, .font_pixels = 16, .classes = 10, .spec = "tsne", .out = "words.png"};
    int64_t words = 300, seed = 1;
    int json = 0;
    const cli_option options[] = {
        {"map", CLI_TEXT, &m.spec, "SPEC",
         "\"tsne perplexity=30 iterations=1000\" or \"pca\" (tsne)"},
        {"words", CLI_INT, &words, "N", "how many of the most frequent words, without WORDs (300)"},
        {"out", CLI_TEXT, &m.out, "FILE", "where the picture goes (words.png)"},
        {"size", CLI_INT, &m.size, "N", "pixels it is wide and high (1600)"},
        {"classes", CLI_INT, &m.classes, "N", "colours, by k-means of all words (10)"},
        {"font", CLI_TEXT, &m.font, "FILE", "the font (a plain one of this machine)"},
        {"font-size", CLI_INT, &m.font_pixels, "N", "its pixels (16)"},
        {"seed", CLI_INT, &seed, "N", "another one, other random numbers (1)"},
        {"json", CLI_FLAG, &json, NULL, "prints the result as one line of JSON"},
        {NULL, 0, NULL, NULL, NULL}};
    int at = cli_parse(argc, argv, "FILE [WORD ...] [options]",
                       "Draws words whose vectors are alike near one another.  FILE is a file of\n"
                       "word vectors.\n"
                       "    word-map vectors.bin -out words.png\n"
                       "    word-map vectors.bin -map pca red green one two dog cat",
                       options);
    if (at == argc) cli_wrong("which file of vectors?");
    if (m.size < 200 || m.size > 20000)
        cli_wrong("-size %lld is not in 200..20000", (long long)m.size);
    if (m.font_pixels < 6 || m.font_pixels > 200)
        cli_wrong("-font-size %lld is not in 6..200", (long long)m.font_pixels);
    if (words < 1 || words > 100000) cli_wrong("-words %lld is not in 1..100000", (long long)words);
    char spec[64];
    snprintf(spec, sizeof spec, "seed=%lld", (long long)seed);
    if (genrep_ctx_new(spec, NULL, &m.ctx) != 0) cli_wrong("-seed %lld", (long long)seed);
    const char *path = argv[at++];
    if (genrep_vectors_load(m.ctx, path, NULL, &m.vectors) != 0) cli_die(m.ctx, path);
    if (at < argc)
        take_named(&m, argc - at, argv + at);
    else
        take_first(&m, words);
    if (!canvas_open(&m.canvas, (int)m.size, (int)m.size, m.font, (int)m.font_pixels)) return 1;
    place_points(&m);
    choose_colours(&m);
    const int64_t left_out = draw(&m);
    save(&m);
    if (json) {
        printf("{\"words\":%lld,\"labels\":%lld,\"score\":", (long long)m.n,
               (long long)(m.n - left_out));
        cli_json_number(stdout, m.score);
        printf(",\"output\":");
        cli_json_text(stdout, m.out);
        printf("}\n");
    } else {
        printf("%lld words in %s; %lld labels had no room\n", (long long)m.n, m.out,
               (long long)left_out);
    }
    canvas_close(&m.canvas);
    free(m.points);
    free(m.indices);
    genrep_vectors_unref(m.vectors);
    genrep_ctx_unref(m.ctx);
    return 0;
}
