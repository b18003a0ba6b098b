/* Sets of analogies, plain and gzipped, asked of four words. */
#include "sets.h"

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
    ask_set(bytes, size, genrep_vectors_analogies, check);
    return 0;
}
