/* report.html: one page with everything a run left, without scripts and without anything from
 * elsewhere; losses.svg: the curves of losses.csv. */
#include "image_run.h"
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the curves ---------------------------------------------------------------------------------
 */

enum { MOST_CURVES = 24, WIDTH = 860, HEIGHT = 260, LEFT = 56, BOTTOM = 28 };

typedef struct curves {
    char names[MOST_CURVES][32];
    int n;      /* without the step, which is the first column */
    double *at; /* rows x (1 + n) */
    int64_t rows;
} curves;

static void read_curves(const image_run *r, curves *c) {
    char *path = image_path(r, "losses.csv"), line[2048];
    FILE *file = fopen(path, "r");
    int64_t capacity = 0;
    memset(c, 0, sizeof *c);
    free(path);
    if (file == NULL) return;
    if (fgets(line, sizeof line, file) != NULL) {
        char *name = strchr(line, ',');
        while (name != NULL && c->n < MOST_CURVES) {
            size_t length = strcspn(++name, ",\r\n");
            snprintf(c->names[c->n++], sizeof c->names[0], "%.*s", (int)length, name);
            name = strchr(name, ',');
        }
    }
    while (fgets(line, sizeof line, file) != NULL) {
        if (c->rows == capacity) {
            capacity = capacity == 0 ? 256 : 2 * capacity;
            double *grown = realloc(c->at, (size_t)(capacity * (1 + c->n)) * sizeof *grown);
            if (grown == NULL) cli_wrong("out of memory");
            c->at = grown;
        }
        char *next = line;
        for (int i = 0; i <= c->n; i++) {
            c->at[c->rows * (1 + c->n) + i] = strtod(next, &next);
            if (*next == ',') next++;
        }
        c->rows++;
    }
    fclose(file);
}

/* One chart of the curves whose names begin with `prefix` (a comma between several). */
static int draw_chart(FILE *out, const curves *c, const char *title, const char *const *names) {
    static const char *const colours[] = {"#3b78c2", "#d0662f", "#3f9a5a",
                                          "#a04f9e", "#8a7a22", "#c23b5a"};
    int chosen[6], n = 0;
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < c->n; i++)
        for (int k = 0; names[k] != NULL; k++)
            if (strcmp(c->names[i], names[k]) == 0 && n < 6) chosen[n++] = i;
    for (int k = 0; k < n; k++)
        for (int64_t row = 0; row < c->rows; row++) {
            const double v = c->at[row * (1 + c->n) + 1 + chosen[k]];
            low = v < low ? v : low;
            high = v > high ? v : high;
        }
    if (n == 0 || c->rows < 2 || !(low <= high)) return 0;
    if (low > 0 && low < 0.5 * high) low = 0;
    if (high - low < 1e-9) high = low + 1;
    const double first = c->at[0], last = c->at[(c->rows - 1) * (1 + c->n)];
    fprintf(out,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\"><text x=\"%d\" y=\"14\" "
            "class=\"t\">%s</text>\n",
            WIDTH, HEIGHT + BOTTOM + 20, title, LEFT, title);
    for (int i = 0; i <= 4; i++) {
        const double y = 20 + HEIGHT * (1 - i / 4.0);
        fprintf(out, "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" class=\"g\"/>", LEFT, y,
                WIDTH - 8, y);
        fprintf(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.3g</text>\n", LEFT - 6, y + 4,
                low + (high - low) * i / 4);
    }
    fprintf(out, "<text x=\"%d\" y=\"%d\">step %.0f</text>", LEFT, HEIGHT + 38, first);
    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.0f</text>\n", WIDTH - 8,
            HEIGHT + 38, last);
    for (int k = 0; k < n; k++) {
        fprintf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" points=\"",
                colours[k]);
        for (int64_t row = 0; row < c->rows; row++) {
            const double *at = c->at + row * (1 + c->n);
            fprintf(out, "%.1f,%.1f ",
                    LEFT + (WIDTH - 8 - LEFT) * (at[0] - first) / fmax(last - first, 1e-9),
                    20 + HEIGHT * (1 - (at[1 + chosen[k]] - low) / (high - low)));
        }
        fprintf(out, "\"/><text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>\n", LEFT + 170 + 100 * k,
                14, colours[k], c->names[chosen[k]]);
    }
    fprintf(out, "</svg>\n");
    return 1;
}

static void draw_charts(FILE *out, const curves *c) {
    static const struct {
        const char *title, *names[7];
    } charts[] = {
        {"losses", {"loss_d", "loss_g", "loss_da", "loss_db", "loss_ga", "loss_gb", NULL}},
        {"D of real and made",
         {"d_real", "d_fake", "da_real", "da_fake", "db_real", "db_fake", NULL}},
        {"distance to the target", {"l1", "cycle_a", "cycle_b", "identity", "consistency", NULL}},
        {"PSNR, dB", {"psnr", NULL}},
        {"gradient norms", {"norm_d", "norm_g", "norm_da", "norm_db", NULL}},
        {"penalty", {"penalty", NULL}},
    };
    for (size_t i = 0; i < sizeof charts / sizeof charts[0]; i++)
        draw_chart(out, c, charts[i].title, charts[i].names);
}

static void write_svg(const image_run *r, const curves *c) {
    static const char *const both[] = {"loss_d", "loss_g", "loss_ga", "loss_gb", NULL};
    char *path = image_path(r, "losses.svg");
    FILE *out = tmpfile();
    char text[4096];
    if (out != NULL && draw_chart(out, c, "losses", both)) {
        FILE *file = fopen(path, "w");
        if (file == NULL) cli_wrong("cannot write '%s'", path);
        rewind(out);
        for (int first = 1; fgets(text, sizeof text, out) != NULL; first = 0) {
            if (first)
                fprintf(file,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" font-family=\"sans-serif\" "
                        "font-size=\"12\" stroke-width=\"0.5\"%s",
                        text + 4);
            else
                fputs(text, file);
        }
        fclose(file);
    }
    if (out != NULL) fclose(out);
    free(path);
}

/* ---- the page -----------------------------------------------------------------------------------
 */

static void escape(FILE *out, const char *text) {
    for (; *text != '\0'; text++) {
        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '>')
            fputs("&gt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '"')
            fputs("&quot;", out);
        else
            fputc(*text, out);
    }
}

static void row(FILE *out, const char *name, const char *value) {
    fprintf(out, "<tr><th>%s</th><td><code>", name);
    escape(out, value);
    fputs("</code></td></tr>\n", out);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The pictures made on the way, at most `most`, evenly over the run. */
static void show_steps(FILE *out, const image_run *r) {
    enum { MOST = 4096, SHOWN = 12 };
    char *names[MOST];
    int n = 0;
    DIR *dir = opendir(r->out);
    if (dir == NULL) return;
    for (const struct dirent *e; n < MOST && (e = readdir(dir)) != NULL;)
        if (strncmp(e->d_name, "samples-", 8) == 0 && (names[n] = strdup(e->d_name)) != NULL) n++;
    closedir(dir);
    if (n > 0) qsort(names, (size_t)n, sizeof *names, by_name);
    fputs("<h2>On the way</h2>\n<div class=\"steps\">\n", out);
    const int shown = n < SHOWN ? n : SHOWN;
    for (int i = 0; i < shown; i++) {
        const char *name = names[shown > 1 ? (int)((int64_t)i * (n - 1) / (shown - 1)) : 0];
        fprintf(out,
                "<figure><a href=\"%s\"><img src=\"%s\" alt=\"\" loading=\"lazy\"></a>"
                "<figcaption>step %ld</figcaption></figure>\n",
                name, name, strtol(name + 8, NULL, 10));
    }
    fputs("</div>\n", out);
    for (int i = 0; i < n; i++) free(names[i]);
}

static void picture(FILE *out, const image_run *r, const char *name, const char *caption) {
    char *path = image_path(r, name);
    FILE *file = fopen(path, "rb");
    free(path);
    if (file == NULL) return;
    fclose(file);
    fprintf(out, "<figure><img src=\"%s\" alt=\"\"><figcaption>%s</figcaption></figure>\n", name,
            caption);
}

static const char style[] =
    "<style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;"
    "max-width:62rem;padding:0 1rem}h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 "
    ".5rem}table{border-collapse:collapse}th{text-align:left;font-weight:600;padding:.15rem 1rem "
    ".15rem 0;vertical-align:top;white-space:nowrap}td{padding:.15rem "
    "0}code{overflow-wrap:anywhere}"
    "figure{margin:.5rem 0}img{max-width:100%;image-rendering:pixelated;border-radius:4px}"
    "figcaption{font-size:.85rem;opacity:.7}svg{width:100%;height:auto;font:11px system-ui,"
    "sans-serif}svg text:not([fill]){fill:currentColor;opacity:.75}svg "
    ".t{font-weight:600;opacity:1}"
    "svg .g{stroke:currentColor;opacity:.15}.steps{display:grid;gap:.75rem;"
    "grid-template-columns:repeat(auto-fill,minmax(13rem,1fr))}</style>\n";

static void metrics(FILE *out, const image_run *r) {
    fputs("<h2>Last step</h2>\n<table>\n", out);
    for (int32_t i = 0;; i++) {
        const char *name = genrep_trainer_metric_name(r->trainer, i);
        double value = 0;
        char text[64];
        if (name == NULL) break;
        genrep_trainer_metric(r->trainer, name, &value);
        snprintf(text, sizeof text, "%.5g", value);
        row(out, name, text);
    }
    fputs("</table>\n", out);
}

void image_report(const image_run *r, int finished) {
    static const char *const captions[] = {"samples", "source; made; target",
                                           "a; made b; and back; b; made a; and back",
                                           "small; interpolated; made; the image"};
    char *path = image_path(r, "report.html"), text[128];
    FILE *out = fopen(path, "w");
    curves c;
    int64_t done = 0;
    if (out == NULL) cli_wrong("cannot write '%s'", path);
    free(path);
    read_curves(r, &c);
    genrep_trainer_progress(r->trainer, &done, NULL);
    fprintf(out,
            "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
            "content=\"width=device-width\"><title>%s</title>\n%s",
            r->kind, style);
    fprintf(out, "<h1>%s</h1>\n<table>\n", r->kind);
    snprintf(text, sizeof text, "%lld%s, %.0f s in this run", (long long)done,
             finished ? "" : " so far", r->seconds);
    row(out, "steps", text);
    row(out, "data", r->data);
    if (r->test != NULL) row(out, "test", r->test);
    row(out, "trainer", r->trainer_spec[0] != '\0' ? r->trainer_spec : "the defaults");
    snprintf(text, sizeof text, "%lld", (long long)r->seed);
    row(out, "seed", text);
    row(out, "command", r->command);
    const uint32_t version = genrep_version();
    snprintf(text, sizeof text, "%u.%u.%u", (unsigned)(version >> 16),
             (unsigned)(version >> 8 & 255), (unsigned)(version & 255));
    row(out, "libgenrep", text);
    fputs("</table>\n<h2>Pictures</h2>\n", out);
    picture(out, r, "samples.png", captions[r->pictures]);
    picture(out, r, "interpolation.png", "between two noise vectors, from left to right");
    fputs("<h2>Curves</h2>\n", out);
    draw_charts(out, &c);
    write_svg(r, &c);
    metrics(out, r);
    show_steps(out, r);
    fputs("</html>\n", out);
    if (fclose(out) != 0) cli_wrong("report.html could not be written");
    free(c.at);
}
