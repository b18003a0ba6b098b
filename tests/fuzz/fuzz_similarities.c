/* Sets of judged word pairs, plain and gzipped, asked of four words. */
#include "fuzz.h"

#include <math.h>
#include <string.h>
#include <text/vectors_file.h>

static const char VECTORS[] = "4 2\none 1 0\ntwo 1 1\nthree 0 1\nfour -1 2\n";

static genrep_vectors *four_words(void) {
    static genrep_vectors *vectors;
    genrepi_reader *reader;
    if (vectors != NULL) return vectors;
    FUZZ_CHECK(genrepi_reader_memory(fuzz_ctx(), VECTORS, strlen(VECTORS), &reader) == 0);
    FUZZ_CHECK(genrepi_vectors_read(fuzz_ctx(), reader, GENREPI_VECTORS_TEXT, &vectors) == 0);
    return vectors;
}

static void check(const genrep_evaluation *evaluation) {
    double score;
    int64_t right, asked, seen;
    FUZZ_CHECK(genrep_evaluation_rows(evaluation) == 1);
    FUZZ_CHECK(genrep_evaluation_row(evaluation, 0, &score, &right, &asked, &seen) == 0);
    FUZZ_CHECK(right == 0 && 0 <= asked && asked <= seen && seen > 0);
    FUZZ_CHECK(isnan(score) || (asked > 1 && fabs(score) < 1 + 1e-12));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const char *const specs[] = {NULL, "case=keep restrict=3"};
    for (int i = 0; i < 2; i++) {
        genrep_dataset *set;
        genrep_evaluation *evaluation;
        int32_t status =
            genrep_dataset_from_text(fuzz_ctx(), (const char *)bytes, size, NULL, NULL, &set);
        FUZZ_CHECK(status == 0);
        status = genrep_vectors_similarities(four_words(), set, specs[i], &evaluation);
        fuzz_check_status(status);
        if (status == 0) {
            check(evaluation);
            genrep_evaluation_unref(evaluation);
        }
        genrep_dataset_unref(set);
    }
    return 0;
}
