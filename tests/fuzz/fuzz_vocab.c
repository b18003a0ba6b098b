/* Vocabulary files; and the same bytes as text. */
#include "fuzz.h"

#include <text/tokens.h>
#include <text/vocab.h>

static void check_vocab(const genrep_vocab *vocab) {
    int64_t total = 0, before = INT64_MAX;
    FUZZ_CHECK(genrep_vocab_find(vocab, GENREPI_END_OF_LINE, (size_t)-1) == 0);
    for (int64_t i = 0; i < genrep_vocab_size(vocab); i++) {
        int64_t count;
        size_t bytes;
        const char *word = genrepi_words_get(&vocab->words, i, &bytes);
        FUZZ_CHECK(genrep_vocab_word(vocab, i, &count) == word && word[bytes] == 0);
        FUZZ_CHECK(genrep_vocab_find(vocab, word, bytes) == i);
        FUZZ_CHECK(bytes >= 1 && bytes <= GENREPI_WORD_BYTES && count >= 0);
        FUZZ_CHECK(i < 2 || count <= before);
        before = count;
        total += count;
    }
    FUZZ_CHECK(total == genrep_vocab_total(vocab));
}

static void check(int32_t status, genrep_vocab *vocab) {
    if (status != GENREP_E_INVALID) fuzz_check_status(status); /* no word is left */
    if (status != 0) return;
    check_vocab(vocab);
    genrep_vocab_unref(vocab);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const genrepi_vocab_options all = {.min_count = 0};
    genrepi_reader *reader;
    genrep_dataset *text;
    genrep_vocab *vocab = NULL;
    int32_t status = genrepi_reader_memory(fuzz_ctx(), bytes, size, &reader);
    fuzz_check_status(status);
    if (status == 0) {
        status = genrepi_vocab_read(fuzz_ctx(), reader, &all, &vocab);
        check(status, vocab);
    }
    status = genrepi_dataset_from_text(fuzz_ctx(), (const char *)bytes, size, NULL, NULL, &text);
    fuzz_check_status(status);
    if (status != 0) return 0;
    vocab = NULL;
    status = genrepi_vocab_build(text, &all, &vocab);
    check(status, vocab);
    genrep_dataset_unref(text);
    return 0;
}
