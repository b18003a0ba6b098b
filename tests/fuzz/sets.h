/* What the fuzz targets of sets of words share: four words to ask, and asking them. */
#ifndef TESTS_FUZZ_SETS_H
#define TESTS_FUZZ_SETS_H

#include "fuzz.h"

#include <math.h>
#include <string.h>
#include <text/vectors_file.h>

static inline genrep_vectors *four_words(void) {
    static const char text[] = "4 2\none 1 0\ntwo 1 1\nthree 0 1\nfour -1 2\n";
    static genrep_vectors *vectors;
    genrepi_reader *reader;
    if (vectors != NULL) return vectors;
    FUZZ_CHECK(genrepi_reader_memory(fuzz_ctx(), text, strlen(text), &reader) == 0);
    FUZZ_CHECK(genrepi_vectors_read(fuzz_ctx(), reader, GENREPI_VECTORS_TEXT, &vectors) == 0);
    return vectors;
}

/* Asks what the bytes say, with two sets of options. */
static inline void ask_set(const uint8_t *bytes, size_t size,
                           int32_t (*ask)(const genrep_vectors *vectors, genrep_dataset *set,
                                          const char *spec, genrep_evaluation **out),
                           void (*check)(const genrep_evaluation *evaluation)) {
    static const char *const specs[] = {NULL, "case=keep restrict=3"};
    for (int i = 0; i < 2; i++) {
        genrep_dataset *set;
        genrep_evaluation *evaluation;
        int32_t status =
            genrep_dataset_from_text(fuzz_ctx(), (const char *)bytes, size, NULL, NULL, &set);
        FUZZ_CHECK(status == 0);
        status = ask(four_words(), set, specs[i], &evaluation);
        fuzz_check_status(status);
        if (status == 0) {
            check(evaluation);
            genrep_evaluation_unref(evaluation);
        }
        genrep_dataset_unref(set);
    }
}

#endif
