/* NumPy's .npy (NEP 1, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): six
 * bytes of magic, version, length, a Python dictionary as text, then the elements. */
#include <io/formats.h>

#include <base/buffer.h>
#include <io/bytes.h>
#include <stdio.h>
#include <string.h>

#define MAGIC "\x93NUMPY"
#define MAX_HEADER 65536 /* bytes of the dictionary; ours and NumPy's have about 100 */

/* The dictionary, being read. */
typedef struct header {
    genrep_ctx *ctx;
    const char *name, *text;
    size_t size, at;
    int32_t dtype;
    genrepi_shape shape;
} header;

static int32_t fail(const header *h, const char *what) {
    return genrepi_fail(h->ctx, GENREP_E_FORMAT, "'%s': npy header, byte %zu: %s", h->name, h->at,
                        what);
}

static char peek(header *h) {
    while (h->at < h->size && (h->text[h->at] == ' ' || h->text[h->at] == '\n')) h->at++;
    return h->at < h->size ? h->text[h->at] : 0;
}

/* 1 and one further if the next character is c. */
static int take(header *h, char c) {
    if (peek(h) != c || c == 0) return 0;
    h->at++;
    return 1;
}

/* A string in either quotes, without escapes. */
static int32_t take_string(header *h, char *text, size_t room) {
    char quote = peek(h);
    if (quote != '\'' && quote != '"') return fail(h, "expected a string");
    size_t n = 0;
    for (h->at++; h->at < h->size && h->text[h->at] != quote; h->at++) {
        if (n + 1 >= room || h->text[h->at] == '\\') return fail(h, "an unknown word");
        text[n++] = h->text[h->at];
    }
    text[n] = 0;
    return take(h, quote) ? 0 : fail(h, "a string without end");
}

static int take_word(header *h, const char *word) {
    size_t n = strlen(word);
    peek(h);
    if (h->size - h->at < n || memcmp(h->text + h->at, word, n) != 0) return 0;
    h->at += n;
    return 1;
}

static int32_t take_type(header *h) {
    static const struct {
        const char *name;
        int32_t dtype;
    } types[] = {{"<f4", GENREP_F32}, {"<f8", GENREP_F64}, {"<i4", GENREP_I32},
                 {"|u1", GENREP_U8},  {"<u1", GENREP_U8},  {"|b1", GENREP_U8}};
    char text[32] = "a list of fields";
    if (peek(h) == '\'' || peek(h) == '"') {
        int32_t status = take_string(h, text, sizeof text);
        if (status) return status;
    }
    for (int32_t i = 0; i < GENREPI_COUNT(types); i++)
        if (strcmp(text, types[i].name) == 0) h->dtype = types[i].dtype;
    if (h->dtype) return 0;
    return genrepi_fail(h->ctx, GENREP_E_UNSUPPORTED,
                        "'%s' has elements of type %s; <f4, <f8, <i4 and |u1 are read: convert it "
                        "with astype()",
                        h->name, text);
}

static int32_t take_shape(header *h) {
    h->shape.rank = 0;
    if (!take(h, '(')) return fail(h, "expected '('");
    while (!take(h, ')')) {
        int64_t size = 0;
        peek(h);
        size_t begin = h->at;
        for (; h->at < h->size && h->text[h->at] >= '0' && h->text[h->at] <= '9'; h->at++) {
            if (size > (INT64_MAX - 9) / 10) return fail(h, "a size is too large");
            size = size * 10 + (h->text[h->at] - '0');
        }
        if (h->at == begin) return fail(h, "expected a size");
        if (h->shape.rank == GENREP_MAX_RANK)
            return genrepi_fail(h->ctx, GENREP_E_UNSUPPORTED, "'%s' has more than %d axes", h->name,
                                GENREP_MAX_RANK);
        h->shape.size[h->shape.rank++] = size;
        take(h, 'L'); /* as Python 2 wrote it */
        if (!take(h, ',') && peek(h) != ')') return fail(h, "expected ',' or ')'");
    }
    return 0;
}

static int32_t take_order(header *h) {
    if (take_word(h, "False")) return 0;
    if (!take_word(h, "True")) return fail(h, "expected True or False");
    return genrepi_fail(h->ctx, GENREP_E_UNSUPPORTED,
                        "'%s' is stored column by column: save it with order='C'", h->name);
}

static int32_t parse(header *h) {
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    int seen = 0;
    if (!take(h, '{')) return fail(h, "expected '{'");
    while (!take(h, '}')) {
        char key[16];
        int which = 0;
        int32_t status = take_string(h, key, sizeof key);
        if (status) return status;
        while (which < 3 && strcmp(key, keys[which]) != 0) which++;
        if (which == 3 || seen & 1 << which) return fail(h, "an unknown key, or one twice");
        seen |= 1 << which;
        if (!take(h, ':')) return fail(h, "expected ':'");
        status = which == 0 ? take_type(h) : which == 1 ? take_order(h) : take_shape(h);
        if (status) return status;
        if (!take(h, ',') && peek(h) != '}') return fail(h, "expected ',' or '}'");
    }
    if (seen != 7) return fail(h, "descr, fortran_order or shape is missing");
    return peek(h) == 0 && h->at == h->size ? 0 : fail(h, "something follows the '}'");
}

/* Bytes of the dictionary. */
static int32_t read_length(genrep_ctx *ctx, genrepi_reader *reader, size_t *size) {
    uint8_t bytes[8];
    const char *name = genrepi_reader_name(reader);
    int32_t status = genrepi_reader_need(reader, bytes, sizeof bytes);
    if (status) return status;
    if (memcmp(bytes, MAGIC, 6) != 0)
        return genrepi_fail(ctx, GENREP_E_FORMAT, "'%s' is no npy file", name);
    int version = bytes[6], width = version == 1 ? 2 : 4;
    if (version < 1 || version > 3)
        return genrepi_fail(ctx, GENREP_E_UNSUPPORTED, "'%s' is npy version %d; 1 to 3 are read",
                            name, version);
    status = genrepi_reader_need(reader, bytes, (size_t)width);
    if (status) return status;
    *size = (size_t)genrepi_get_little(bytes, width);
    if (*size > MAX_HEADER)
        return genrepi_fail(ctx, GENREP_E_FORMAT, "'%s': an npy header of %zu bytes", name, *size);
    return 0;
}

int32_t genrepi_npy_parse(genrep_ctx *ctx, genrepi_reader *reader, genrep_tensor **out) {
    header h = {.ctx = ctx, .name = genrepi_reader_name(reader)};
    int32_t status = read_length(ctx, reader, &h.size);
    if (status) return status;
    char *text = genrepi_alloc(ctx, (int64_t)h.size + 1, 1);
    if (!text) return GENREP_E_NOMEM;
    h.text = text;
    status = genrepi_reader_need(reader, text, h.size);
    if (!status) status = parse(&h);
    genrepi_free(ctx, text);
    return status ? status : genrepi_reader_tensor(reader, h.dtype, &h.shape, out);
}

int32_t genrepi_npy_read(genrep_ctx *ctx, const char *path, genrep_tensor **out) {
    genrepi_reader *reader;
    int32_t status = genrepi_reader_open(ctx, path, &reader);
    if (status) return status;
    status = genrepi_npy_parse(ctx, reader, out);
    genrepi_reader_close(reader);
    return status;
}

size_t genrepi_npy_header(char text[GENREPI_NPY_HEADER_BYTES], int32_t dtype,
                          const genrepi_shape *shape) {
    const size_t room = 320; /* 10 bytes, then at most 8 * 21 + 70 */
    const char *type = dtype == GENREP_F32   ? "<f4"
                       : dtype == GENREP_F64 ? "<f8"
                       : dtype == GENREP_I32 ? "<i4"
                                             : "|u1";
    memcpy(text, MAGIC "\1\0\0", 10);
    size_t n = 10;
    n += (size_t)snprintf(text + n, room - n, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                          type);
    for (int32_t i = 0; i < shape->rank; i++)
        n += (size_t)snprintf(text + n, room - n, "%s%lld", i > 0 ? ", " : "",
                              (long long)shape->size[i]);
    n += (size_t)snprintf(text + n, room - n, shape->rank == 1 ? ",), }" : "), }");
    /* Blanks and a newline, so that the elements begin at a multiple of 64. */
    const size_t end = (n + 64) / 64 * 64;
    memset(text + n, ' ', end - n);
    text[end - 1] = '\n';
    genrepi_put_little((uint8_t *)text + 8, end - 10, 2);
    return end;
}

int32_t genrepi_npy_write(const genrep_tensor *tensor, const char *path) {
    char text[GENREPI_NPY_HEADER_BYTES];
    const size_t bytes = genrepi_npy_header(text, tensor->dtype, &tensor->shape);
    genrepi_writer writer;
    int32_t status = genrepi_writer_open(tensor->ctx, path, &writer);
    if (status) return status;
    genrepi_writer_add(&writer, text, bytes);
    genrepi_writer_add(&writer, tensor->data,
                       (size_t)tensor->count * genrepi_dtype_bytes(tensor->dtype));
    return genrepi_writer_commit(&writer);
}
