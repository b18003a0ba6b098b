/* See image_table.h.  The file is read whole and cut into cells where it lies. */
#include <data/image_table.h>
#include <io/file.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES (1LL << 30)
#define MOST_COLUMNS 4096
#define MOST_ATTRIBUTES 1024

struct genrepi_image_table {
    genrep_ctx *ctx;
    char *path, *text;
    int64_t columns, rows; /* columns: without the names */
    char **heading;        /* columns */
    char **cells;          /* rows x (1 + columns): the name first */
};

static int32_t damaged(const genrepi_image_table *t, int64_t line, const char *what) {
    return genrepi_fail(t->ctx, GENREP_E_FORMAT, "'%s', line %lld: %s", t->path, (long long)line,
                        what);
}

/* Cuts a line at commas (quotes hold together) or at blanks; the number of cells, -1: too many. */
static int64_t cut(char *line, int blanks, char **cells) {
    int64_t n = 0;
    for (char *at = line; *at != '\0' || n == 0;) {
        while (blanks && *at == ' ') at++;
        if (blanks && *at == '\0' && n > 0) break;
        if (n > MOST_COLUMNS) return -1;
        char *to = at;
        cells[n++] = at;
        if (!blanks && *at == '"') { /* "" inside is one " */
            for (at++; *at != '\0' && (*at != '"' || at[1] == '"'); at++) {
                if (*at == '"') at++;
                *to++ = *at;
            }
            while (*at != '\0' && *at != ',') at++;
        } else {
            while (*at != '\0' && *at != (blanks ? ' ' : ',')) at++;
            to = at;
        }
        const char end = *at;
        *to = '\0';
        if (end == '\0') break;
        at++;
        if (!blanks && *at == '\0') { /* a comma at the end: an empty cell */
            cells[n++] = at;
            break;
        }
    }
    return n;
}

/* The next line, ended by 0 in place; NULL at the end. */
static char *next_line(char **at) {
    char *line = *at;
    if (*line == '\0') return NULL;
    char *end = strchr(line, '\n');
    *at = end != NULL ? end + 1 : line + strlen(line);
    if (end != NULL) *end = '\0';
    const size_t length = strlen(line);
    if (length > 0 && line[length - 1] == '\r') line[length - 1] = '\0';
    return line;
}

static int is_number(const char *text, double *number) {
    return genrepi_parse_real(text, strlen(text), number);
}

static int is_count(const char *line) {
    size_t n = strspn(line, "0123456789");
    return n > 0 && line[n + strspn(line + n, " \r\n")] == '\0';
}

static int by_name(const void *a, const void *b) {
    return strcmp(**(char **const *)a, **(char **const *)b);
}

/* Rows are sorted by name through pointers, then laid out anew. */
static int32_t sort_rows(genrepi_image_table *t) {
    const int64_t width = 1 + t->columns;
    char ***order = genrepi_alloc_raw(t->ctx, t->rows + 1, sizeof *order);
    char **sorted = genrepi_alloc_raw(t->ctx, t->rows * width + 1, sizeof *sorted);
    if (order != NULL && sorted != NULL) {
        for (int64_t i = 0; i < t->rows; i++) order[i] = t->cells + i * width;
        if (t->rows > 1) qsort(order, (size_t)t->rows, sizeof *order, by_name);
        for (int64_t i = 0; i < t->rows; i++)
            memcpy(sorted + i * width, order[i], (size_t)width * sizeof *sorted);
        genrepi_free(t->ctx, t->cells);
        t->cells = sorted;
        sorted = NULL;
    }
    const int32_t status = order == NULL || sorted != NULL ? GENREP_E_NOMEM : 0;
    genrepi_free(t->ctx, order);
    genrepi_free(t->ctx, sorted);
    return status;
}

/* Room for one more row: it grows with the rows that are there, whatever the heading promises. */
static int32_t grow(genrepi_image_table *t, int64_t *capacity) {
    if (t->rows < *capacity) return 0;
    const int64_t wanted = *capacity == 0 ? 64 : 2 * *capacity;
    char **grown = genrepi_realloc(t->ctx, t->cells, wanted * (1 + t->columns), sizeof *grown);
    if (grown == NULL) return GENREP_E_NOMEM;
    t->cells = grown;
    *capacity = wanted;
    return 0;
}

static int32_t read_rows(genrepi_image_table *t, char *at, int64_t line, int blanks,
                         char **cut_to) {
    int64_t capacity = 0;
    for (char *text; (text = next_line(&at)) != NULL; line++) {
        if (*text == '\0') continue;
        if (cut(text, blanks, cut_to) != 1 + t->columns)
            return damaged(t, line, "it has more or fewer fields than the heading");
        int32_t status = grow(t, &capacity);
        if (status != 0) return status;
        memcpy(t->cells + t->rows++ * (1 + t->columns), cut_to,
               (size_t)(1 + t->columns) * sizeof *cut_to);
    }
    return sort_rows(t);
}

static int32_t parse(genrepi_image_table *t) {
    char *at = t->text, *line = next_line(&at);
    if (line == NULL) return damaged(t, 1, "the file is empty");
    const int blanks = is_count(line); /* CelebA: the number of rows, then names without a first */
    if (blanks) line = next_line(&at);
    if (line == NULL) return damaged(t, 2, "the line of names is missing");
    char **cells = genrepi_alloc_raw(t->ctx, MOST_COLUMNS + 2, sizeof *cells);
    if (cells == NULL) return GENREP_E_NOMEM;
    const int64_t n = cut(line, blanks, cells), skip = blanks ? 0 : 1;
    int32_t status = 0;
    t->columns = n - skip;
    if (n < 0 || t->columns < 1)
        status = damaged(t, 1 + blanks, "a heading is needed: file names, then columns");
    if (status == 0) {
        t->heading = genrepi_alloc_raw(t->ctx, t->columns, sizeof *t->heading);
        if (t->heading == NULL) status = GENREP_E_NOMEM;
    }
    if (status == 0) {
        memcpy(t->heading, cells + skip, (size_t)t->columns * sizeof *cells);
        status = read_rows(t, at, 2 + blanks, blanks, cells);
    }
    genrepi_free(t->ctx, cells);
    return status;
}

int32_t genrepi_image_table_parse(genrep_ctx *ctx, const char *name, char *text, int64_t size,
                                  genrepi_image_table **out) {
    genrepi_image_table *t = genrepi_alloc(ctx, 1, sizeof *t);
    if (t == NULL) {
        genrepi_free(ctx, text);
        return GENREP_E_NOMEM;
    }
    t->ctx = ctx;
    t->text = text;
    t->path = genrepi_strdup(ctx, name);
    int32_t status = t->path == NULL ? GENREP_E_NOMEM : 0;
    if (status == 0 && memchr(text, 0, (size_t)size) != NULL)
        status = genrepi_fail(ctx, GENREP_E_FORMAT, "'%s' is no text: it has bytes of 0", name);
    if (status == 0) status = parse(t);
    if (status == 0)
        *out = t;
    else
        genrepi_image_table_close(t);
    return status;
}

int32_t genrepi_image_table_open(genrep_ctx *ctx, const char *path, genrepi_image_table **out) {
    char *text = NULL;
    int64_t size = 0;
    int32_t status = genrepi_file_read(ctx, path, MOST_BYTES, &text, &size);
    return status == 0 ? genrepi_image_table_parse(ctx, path, text, size, out) : status;
}

void genrepi_image_table_close(genrepi_image_table *t) {
    if (t == NULL) return;
    genrep_ctx *ctx = t->ctx;
    genrepi_free(ctx, t->cells);
    genrepi_free(ctx, t->heading);
    genrepi_free(ctx, t->text);
    genrepi_free(ctx, t->path);
    genrepi_free(ctx, t);
}

/* The cells of a file's row, after the name; NULL: it has none. */
static char **row_of(const genrepi_image_table *t, const char *path) {
    const char *slash = strrchr(path, '/');
    char *name = (char *)(uintptr_t)(slash != NULL ? slash + 1 : path);
    int64_t low = 0, high = t->rows;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        char **row = t->cells + middle * (1 + t->columns);
        const int order = strcmp(name, row[0]);
        if (order == 0) return row + 1;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

typedef struct attribute {
    int64_t column;
    double equals;
    int32_t any; /* above 0, instead of equal to a number */
} attribute;

static int32_t find_column(const genrepi_image_table *t, const char *name, size_t length,
                           int64_t *column) {
    char text[128];
    if (length >= sizeof text) length = sizeof text - 1;
    memcpy(text, name, length);
    text[length] = '\0';
    for (int64_t i = 0; i < t->columns; i++)
        if (strcmp(t->heading[i], text) == 0) {
            *column = i;
            return 0;
        }
    const char *near =
        genrepi_nearest_word(text, (const char *const *)t->heading, (int32_t)t->columns);
    return genrepi_fail(t->ctx, GENREP_E_INVALID, "'%s' has no column '%s'%s%s%s", t->path, text,
                        near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

/* "female skin_tone:3" */
static int32_t read_attributes(const genrepi_image_table *t, const char *text, attribute *to,
                               int32_t *n) {
    *n = 0;
    for (;;) {
        text += strspn(text, " ,");
        const size_t length = strcspn(text, " ,");
        if (length == 0) break;
        const char *colon = memchr(text, ':', length);
        attribute a = {0, 0, colon == NULL};
        if (*n == MOST_ATTRIBUTES)
            return genrepi_fail(t->ctx, GENREP_E_INVALID, "more than %d attributes",
                                MOST_ATTRIBUTES);
        int32_t status =
            find_column(t, text, colon != NULL ? (size_t)(colon - text) : length, &a.column);
        if (status != 0) return status;
        char number[32] = "";
        const size_t digits = colon != NULL ? length - (size_t)(colon + 1 - text) : 0;
        if (digits < sizeof number) memcpy(number, colon != NULL ? colon + 1 : "", digits);
        if (colon != NULL && !is_number(number, &a.equals))
            return genrepi_fail(t->ctx, GENREP_E_INVALID,
                                "attribute '%.*s': a number follows the :", (int)length, text);
        to[(*n)++] = a;
        text += length;
    }
    return *n > 0 ? 0 : genrepi_fail(t->ctx, GENREP_E_INVALID, "no attribute is named");
}

/* 1, -1 or 0; a cell that is no number is not known. */
static float value_of(char *const *row, const attribute *a) {
    double number;
    if (row == NULL || !is_number(row[a->column], &number)) return 0;
    return (a->any ? number > 0 : number == a->equals) ? 1 : -1;
}

int32_t genrepi_image_table_only(const genrepi_image_table *t, const char *attributes,
                                 genrepi_image_set *set) {
    attribute *wanted = genrepi_alloc(t->ctx, MOST_ATTRIBUTES, sizeof *wanted);
    int32_t n = 0, status = wanted == NULL ? GENREP_E_NOMEM : 0;
    int64_t left = 0;
    if (status == 0) status = read_attributes(t, attributes, wanted, &n);
    for (int64_t i = 0; i < set->n && status == 0; i++) {
        char *const *row = row_of(t, set->paths[i]);
        int all = 1;
        for (int32_t k = 0; k < n; k++) all &= value_of(row, &wanted[k]) > 0;
        char *path = set->paths[i];
        set->paths[i] = NULL;
        if (all)
            set->paths[left++] = path;
        else
            genrepi_free(t->ctx, path);
    }
    genrepi_free(t->ctx, wanted);
    if (status != 0) return status;
    set->n = left;
    return left > 0
               ? 0
               : genrepi_fail(t->ctx, GENREP_E_INVALID, "no image has all of '%s'", attributes);
}

int32_t genrepi_image_table_labels(const genrepi_image_table *t, const char *column,
                                   const genrepi_image_set *set, int32_t **out) {
    int64_t at = 0;
    int32_t status = find_column(t, column, strlen(column), &at);
    if (status != 0) return status;
    *out = genrepi_alloc(t->ctx, set->n, sizeof **out);
    if (*out == NULL) return GENREP_E_NOMEM;
    for (int64_t i = 0; i < set->n; i++) {
        char *const *row = row_of(t, set->paths[i]);
        double number;
        if (row == NULL || !is_number(row[at], &number) || number < 0 || number > 1e9 ||
            number != (double)(int32_t)number)
            return genrepi_fail(t->ctx, GENREP_E_INVALID,
                                "'%s' has no class (a whole number from 0 on) for '%s'", t->path,
                                set->paths[i]);
        (*out)[i] = (int32_t)number;
    }
    return 0;
}

int32_t genrepi_image_table_attributes(const genrepi_image_table *t, const char *attributes,
                                       const genrepi_image_set *set, float **out, int32_t *n) {
    attribute *wanted = genrepi_alloc(t->ctx, MOST_ATTRIBUTES, sizeof *wanted);
    int32_t status = wanted == NULL ? GENREP_E_NOMEM : 0;
    if (status == 0) status = read_attributes(t, attributes, wanted, n);
    if (status == 0) {
        *out = genrepi_alloc(t->ctx, set->n * *n, sizeof **out);
        if (*out == NULL) status = GENREP_E_NOMEM;
    }
    for (int64_t i = 0; i < set->n && status == 0; i++) {
        char *const *row = row_of(t, set->paths[i]);
        for (int32_t k = 0; k < *n; k++) (*out)[i * *n + k] = value_of(row, &wanted[k]);
    }
    genrepi_free(t->ctx, wanted);
    return status;
}

/* Paths are sorted, so a folder's files follow each other. */
int32_t genrepi_image_folder_labels(const genrepi_image_set *set, const char *root, int32_t **out) {
    const size_t begin = strlen(root) + 1;
    const char *last = NULL;
    size_t last_length = 0;
    int32_t label = -1;
    *out = genrepi_alloc(set->ctx, set->n, sizeof **out);
    if (*out == NULL) return GENREP_E_NOMEM;
    for (int64_t i = 0; i < set->n; i++) {
        const char *name = set->paths[i] + begin;
        const char *slash = strchr(name, '/');
        if (slash == NULL)
            return genrepi_fail(set->ctx, GENREP_E_INVALID,
                                "labels=folders: '%s' is in no folder of its class", set->paths[i]);
        const size_t length = (size_t)(slash - name);
        if (last == NULL || length != last_length || memcmp(name, last, length) != 0) label++;
        last = name;
        last_length = length;
        (*out)[i] = label;
    }
    return 0;
}
