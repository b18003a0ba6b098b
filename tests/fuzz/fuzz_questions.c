/* Sets of analogies, plain and gzipped, asked of four words. */
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
    int64_t n = genrep_evaluation_rows(evaluation), at[3] = {0, 0, 0}, sum[3] = {0, 0, 0};
    FUZZ_CHECK(n >= 4 && genrep_evaluation_find(evaluation, "total") == n - 1);
    for (int64_t i = 0; i < n; i++) {
        double score;
        FUZZ_CHECK(genrep_evaluation_row(evaluation, i, &score, &at[0], &at[1], &at[2]) == 0);
        FUZZ_CHECK(0 <= at[0] && at[0] <= at[1] && at[1] <= at[2]);
        FUZZ_CHECK(at[1] > 0 ? score >= 0 && score <= 1 : isnan(score));
        FUZZ_CHECK(genrep_evaluation_name(evaluation, i)[0] != 0);
        for (int j = 0; j < 3 && i < n - 3; j++) sum[j] += at[j];
    }
    FUZZ_CHECK(memcmp(sum, at, sizeof sum) == 0 && at[2] > 0); /* the last row is the total */
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const char *const specs[] = {NULL, "case=keep restrict=3"};
    for (int i = 0; i < 2; i++) {
        genrep_dataset *set;
        genrep_evaluation *evaluation;
        int32_t status =
            genrep_dataset_from_text(fuzz_ctx(), (const char *)bytes, size, NULL, NULL, &set);
        FUZZ_CHECK(status == 0);
        status = genrep_vectors_analogies(four_words(), set, specs[i], &evaluation);
        fuzz_check_status(status);
        if (status == 0) {
            check(evaluation);
            genrep_evaluation_unref(evaluation);
        }
        genrep_dataset_unref(set);
    }
    return 0;
}
