/* The JSON reader. */
#include <io/json.h>

#include <base/utf8.h>
#include <string.h>

int32_t genrepi_json_fail(const genrepi_json *json, const char *what) {
    return genrepi_fail(json->ctx, GENREP_E_FORMAT, "'%s': header, byte %zu: %s", json->name,
                        json->at, what);
}

/* The next character; 0 at the end (a NUL in the text is no JSON either). */
static char current(const genrepi_json *json) {
    return json->at < json->size ? json->text[json->at] : 0;
}

/* The same behind blanks. */
static char peek(genrepi_json *json) {
    char c;
    while (c = current(json), c == ' ' || c == '\t' || c == '\r' || c == '\n') json->at++;
    return c;
}

int32_t genrepi_json_enter(genrepi_json *json, char bracket) {
    if (peek(json) != bracket)
        return genrepi_json_fail(json, bracket == '{' ? "expected '{'" : "expected '['");
    json->at++;
    json->first = 1;
    return 0;
}

int32_t genrepi_json_next(genrepi_json *json, char closing, int *more) {
    char c = peek(json);
    *more = c != closing;
    if (c == closing) {
        json->at++;
    } else if (!json->first) {
        if (c != ',') return genrepi_json_fail(json, "expected ',' or a closing bracket");
        json->at++;
    }
    json->first = 0;
    return 0;
}

/* Four hexadecimal digits; -1 if there are none. */
static int32_t hex4(genrepi_json *json) {
    int32_t value = 0;
    if (json->size - json->at < 4) return -1;
    for (int i = 0; i < 4; i++) {
        char c = json->text[json->at + (size_t)i];
        int32_t digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    json->at += 4;
    return value;
}

/* \uXXXX, or two of them for what is above 0xFFFF; at is behind the 'u'. */
static int32_t unicode_escape(genrepi_json *json, genrepi_buffer *to) {
    int32_t c = hex4(json);
    if (c >= 0xD800 && c < 0xDC00) {
        int32_t low = -1;
        if (json->size - json->at >= 2 && memcmp(json->text + json->at, "\\u", 2) == 0) {
            json->at += 2;
            low = hex4(json);
        }
        c = low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00) : -1;
    } else if (c >= 0xDC00 && c < 0xE000) {
        c = -1;
    }
    if (c <= 0) return genrepi_json_fail(json, "bad \\u escape");
    char utf8[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6) utf8[i] = (char)(0x80 | (c & 0x3F));
    utf8[0] = (char)(n == 1 ? c : (0xF00 >> n & 0xF0) | c);
    genrepi_buffer_add(to, utf8, n);
    return 0;
}

static int32_t escape(genrepi_json *json, genrepi_buffer *to) {
    static const char letters[] = "\"\\/bfnrt", meaning[] = "\"\\/\b\f\n\r\t";
    char c = current(json);
    if (c == 'u') {
        json->at++;
        return unicode_escape(json, to);
    }
    const char *found = c ? strchr(letters, c) : NULL;
    if (!found) return genrepi_json_fail(json, "bad escape in a string");
    json->at++;
    genrepi_buffer_add(to, &meaning[found - letters], 1);
    return 0;
}

int32_t genrepi_json_string(genrepi_json *json, genrepi_buffer *to) {
    if (peek(json) != '"') return genrepi_json_fail(json, "expected a string");
    json->at++;
    for (;;) {
        size_t begin = json->at;
        const char *text = json->text;
        while (json->at < json->size && text[json->at] != '"' && text[json->at] != '\\') {
            size_t n = genrepi_utf8_length(text + json->at, json->size - json->at);
            if (n == 0) return genrepi_json_fail(json, "not UTF-8");
            if ((unsigned char)text[json->at] < ' ')
                return genrepi_json_fail(json, "a control character in a string");
            json->at += n;
        }
        genrepi_buffer_add(to, text + begin, json->at - begin);
        if (json->at == json->size) return genrepi_json_fail(json, "a string without end");
        if (text[json->at++] == '"') return genrepi_buffer_status(to);
        int32_t status = escape(json, to);
        if (status) return status;
    }
}

int32_t genrepi_json_key(genrepi_json *json, genrepi_buffer *to) {
    int32_t status = genrepi_json_string(json, to);
    if (status) return status;
    if (peek(json) != ':') return genrepi_json_fail(json, "expected ':'");
    json->at++;
    return 0;
}

static int digit(const genrepi_json *json) {
    return current(json) >= '0' && current(json) <= '9';
}

int32_t genrepi_json_integer(genrepi_json *json, int64_t *value) {
    peek(json);
    size_t begin = json->at;
    int64_t v = 0;
    for (; digit(json); json->at++) {
        int32_t d = json->text[json->at] - '0';
        if (v > (INT64_MAX - d) / 10) return genrepi_json_fail(json, "the number is too large");
        v = v * 10 + d;
    }
    size_t n = json->at - begin;
    if (n == 0 || (n > 1 && json->text[begin] == '0'))
        return genrepi_json_fail(json, "expected a whole number, 0 or more");
    *value = v;
    return 0;
}

static int digits(genrepi_json *json) {
    size_t begin = json->at;
    while (digit(json)) json->at++;
    return json->at > begin;
}

/* number := ["-"] digits ["." digits] [("e"|"E") ["+"|"-"] digits] */
static int32_t skip_number(genrepi_json *json) {
    if (current(json) == '-') json->at++;
    int good = digits(json);
    if (good && current(json) == '.') {
        json->at++;
        good = digits(json);
    }
    if (good && (current(json) == 'e' || current(json) == 'E')) {
        json->at++;
        if (current(json) == '+' || current(json) == '-') json->at++;
        good = digits(json);
    }
    return good ? 0 : genrepi_json_fail(json, "expected a value");
}

static int32_t skip(genrepi_json *json, genrepi_buffer *scratch, int depth) {
    char c = peek(json);
    size_t mark = scratch->size;
    int32_t status;
    if (c == '{' || c == '[') {
        int more;
        if (depth == GENREPI_JSON_DEPTH) return genrepi_json_fail(json, "too many brackets");
        status = genrepi_json_enter(json, c);
        while (!status) {
            status = genrepi_json_next(json, c == '{' ? '}' : ']', &more);
            if (status || !more) break;
            if (c == '{') status = genrepi_json_key(json, scratch);
            scratch->size = mark;
            if (!status) status = skip(json, scratch, depth + 1);
        }
        return status;
    }
    if (c == '"') {
        status = genrepi_json_string(json, scratch);
        scratch->size = mark;
        return status;
    }
    for (int i = 0; i < 3; i++) {
        static const char *const words[] = {"true", "false", "null"};
        size_t n = strlen(words[i]);
        if (json->size - json->at >= n && memcmp(json->text + json->at, words[i], n) == 0) {
            json->at += n;
            return 0;
        }
    }
    return skip_number(json);
}

int32_t genrepi_json_skip(genrepi_json *json, genrepi_buffer *scratch) {
    return skip(json, scratch, 0);
}

int32_t genrepi_json_end(genrepi_json *json) {
    if (peek(json) == 0 && json->at == json->size) return 0;
    return genrepi_json_fail(json, "something follows the closing bracket");
}
