/* Words of a text, one after another, without the text in memory.
 *
 * Words are separated by blanks: ASCII white space, NUL, and the white space of Unicode (U+0085,
 * U+00A0, U+1680, U+2000..200A, U+2028, U+2029, U+202F, U+205F, U+3000).  Each newline gives the
 * word "</s>", as in word2vec.c.  Bytes that are not UTF-8 stay in their word and are counted.  A
 * word of more than GENREPI_WORD_BYTES is cut, not inside a character. */
#ifndef GENREPI_TEXT_TOKENS_H
#define GENREPI_TEXT_TOKENS_H

#include <data/dataset.h>
#include <text/scan.h>

#define GENREPI_WORD_BYTES 1000
#define GENREPI_END_OF_LINE "</s>"

typedef struct genrepi_tokens {
    genrepi_scan scan;
    int64_t invalid;               /* bytes that are not UTF-8 */
    int64_t cut;                   /* words that were cut */
    char word[GENREPI_WORD_BYTES]; /* a copy of the last one, since its end is skipped at once */
} genrepi_tokens;

int32_t genrepi_tokens_open(genrep_dataset *dataset, genrepi_tokens *tokens);
void genrepi_tokens_close(genrepi_tokens *tokens); /* fine on {0} */

/* *word is borrowed until the next call; NULL at the end of the text. */
int32_t genrepi_tokens_next(genrepi_tokens *tokens, const char **word, size_t *bytes);

#endif
