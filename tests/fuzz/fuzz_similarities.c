/* Sets of judged word pairs, plain and gzipped, asked of four words. */
#include "sets.h"

static void check(const genrep_evaluation *evaluation) {
    double score;
    int64_t right, asked, seen;
    FUZZ_CHECK(genrep_evaluation_rows(evaluation) == 1);
    FUZZ_CHECK(genrep_evaluation_row(evaluation, 0, &score, &right, &asked, &seen) == 0);
    FUZZ_CHECK(right == 0 && 0 <= asked && asked <= seen && seen > 0);
    FUZZ_CHECK(isnan(score) || (asked > 1 && fabs(score) < 1 + 1e-12));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    ask_set(bytes, size, genrep_vectors_similarities, check);
    return 0;
}
