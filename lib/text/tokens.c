/* Splitting text into words. */
#include <text/tokens.h>
#include <base/utf8.h>
#include <string.h>

/* What a byte may begin. */
enum { WORD, BLANK, NEWLINE, PERHAPS_BLANK };
static const uint8_t classes[256] = {[0] = BLANK,
                                     ['\t'] = BLANK,
                                     ['\v'] = BLANK,
                                     ['\f'] = BLANK,
                                     ['\r'] = BLANK,
                                     [' '] = BLANK,
                                     ['\n'] = NEWLINE,
                                     [0xC2] = PERHAPS_BLANK,
                                     [0xE1] = PERHAPS_BLANK,
                                     [0xE2] = PERHAPS_BLANK,
                                     [0xE3] = PERHAPS_BLANK};

/* Bytes of the white space of Unicode at s, or 0. */
static size_t unicode_blank(const unsigned char *s, size_t bytes) {
    if (bytes >= 2 && s[0] == 0xC2) return s[1] == 0x85 || s[1] == 0xA0 ? 2 : 0;
    if (bytes < 3) return 0;
    switch (s[0]) {
    case 0xE1:
        return s[1] == 0x9A && s[2] == 0x80 ? 3 : 0;
    case 0xE2:
        if (s[1] == 0x81) return s[2] == 0x9F ? 3 : 0;
        if (s[1] != 0x80) return 0;
        return (s[2] >= 0x80 && s[2] <= 0x8A) || s[2] == 0xA8 || s[2] == 0xA9 || s[2] == 0xAF ? 3
                                                                                              : 0;
    case 0xE3:
        return s[1] == 0x80 && s[2] == 0x80 ? 3 : 0;
    default:
        return 0;
    }
}

static int64_t count_invalid(const char *word, size_t bytes) {
    int64_t invalid = 0;
    while (bytes > 0) {
        size_t length = genrepi_utf8_length(word, bytes);
        invalid += length == 0;
        if (length == 0) length = 1;
        word += length;
        bytes -= length;
    }
    return invalid;
}

int32_t genrepi_tokens_open(genrep_dataset *dataset, genrepi_tokens *tokens) {
    genrepi_reader *reader = NULL;
    int32_t status = genrepi_dataset_text(dataset, &reader);
    if (status != GENREP_OK) return status;
    tokens->invalid = tokens->cut = 0;
    return genrepi_scan_open(dataset->ctx, reader, &tokens->scan);
}

void genrepi_tokens_close(genrepi_tokens *tokens) {
    genrepi_scan_close(&tokens->scan);
}

/* Length of the word at s, at most GENREPI_WORD_BYTES + 1; *high gets the bits of all its bytes. */
static size_t word_length(const unsigned char *s, size_t bytes, unsigned *high) {
    size_t n = 0;
    unsigned bits = 0;
    while (n < bytes && n <= GENREPI_WORD_BYTES) {
        unsigned c = s[n];
        if (classes[c] != WORD) {
            if (classes[c] != PERHAPS_BLANK || unicode_blank(s + n, bytes - n) > 0) break;
        }
        bits |= c;
        n++;
    }
    *high = bits;
    return n;
}

/* Skips what is left of a word that was cut. */
static int32_t skip_word(genrepi_scan *scan) {
    for (;;) {
        unsigned high;
        int32_t status = genrepi_scan_need(scan, GENREPI_WORD_BYTES + 4);
        if (status != GENREP_OK) return status;
        const unsigned char *s = (const unsigned char *)scan->data + scan->at;
        size_t n = word_length(s, scan->end - scan->at, &high);
        if (n == 0) return GENREP_OK;
        scan->at += n;
    }
}

int32_t genrepi_tokens_next(genrepi_tokens *tokens, const char **word, size_t *bytes) {
    genrepi_scan *scan = &tokens->scan;
    for (;;) {
        /* Three bytes more than the longest word, so that a blank behind it is seen whole. */
        int32_t status = genrepi_scan_need(scan, GENREPI_WORD_BYTES + 4);
        if (status != GENREP_OK) return status;
        const unsigned char *s = (const unsigned char *)scan->data + scan->at;
        size_t have = scan->end - scan->at;
        if (have == 0) {
            *word = NULL;
            *bytes = 0;
            return GENREP_OK;
        }
        if (scan->before + (int64_t)scan->at == 0 && have >= 3 &&
            memcmp(s, "\xEF\xBB\xBF", 3) == 0) {
            scan->at += 3; /* a byte order mark is no part of the first word */
            continue;
        }
        if (classes[*s] == NEWLINE) {
            scan->at++;
            *word = GENREPI_END_OF_LINE;
            *bytes = sizeof GENREPI_END_OF_LINE - 1;
            return GENREP_OK;
        }
        size_t blank = classes[*s] == BLANK           ? 1
                       : classes[*s] == PERHAPS_BLANK ? unicode_blank(s, have)
                                                      : 0;
        if (blank > 0) {
            scan->at += blank;
            continue;
        }
        unsigned high;
        size_t n = word_length(s, have, &high);
        *word = (const char *)s;
        *bytes = n;
        scan->at += n;
        if (n > GENREPI_WORD_BYTES) {
            n = GENREPI_WORD_BYTES;
            for (int back = 0; back < 3 && (s[n] & 0xC0) == 0x80; back++) n--;
            memcpy(tokens->word, s, n);
            *word = tokens->word;
            *bytes = n;
            tokens->cut++;
            status = skip_word(scan);
        }
        if (high >= 0x80) tokens->invalid += count_invalid(*word, n);
        return status;
    }
}
