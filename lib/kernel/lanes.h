/* How the portable sources are written so that the compiler vectorises them to the same bits for
 * every instruction set: element loops that may work in place, and sums over 16 fixed lanes. */
#ifndef GENREPI_KERNEL_LANES_H
#define GENREPI_KERNEL_LANES_H

#include <base/real.h>

/* An output may be an input itself: there is no dependency between elements, which the compiler
 * cannot know.  clang warns where it does not vectorise: not in double, which calls libm, and not
 * where it builds for size. */
#if defined(__clang__) && !defined(GENREPI_DOUBLE) && !defined(__OPTIMIZE_SIZE__)
#define GENREPI_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#define GENREPI_INDEPENDENT_LANES _Pragma("clang loop vectorize(assume_safety) unroll(disable)")
#elif defined(__GNUC__) && !defined(__clang__)
#define GENREPI_INDEPENDENT _Pragma("GCC ivdep")
#define GENREPI_INDEPENDENT_LANES _Pragma("GCC ivdep")
#else
#define GENREPI_INDEPENDENT
#define GENREPI_INDEPENDENT_LANES
#endif

#define GENREPI_EACH(i, n) GENREPI_INDEPENDENT for (int64_t i = 0; i < (n); i++)

#define GENREPI_LANES 16

/* Element i goes to lane i % 16: lane <- update, where update may use `lane` and `i`. */
#define GENREPI_OVER_LANES(n, lanes, update)                                                       \
    do {                                                                                           \
        const int64_t whole_ = (n) & ~(int64_t)(GENREPI_LANES - 1);                                \
        for (int64_t block_ = 0; block_ < whole_; block_ += GENREPI_LANES) {                       \
            GENREPI_INDEPENDENT_LANES for (int64_t l_ = 0; l_ < GENREPI_LANES; l_++) {             \
                const int64_t i = block_ + l_;                                                     \
                const real lane = (lanes)[l_];                                                     \
                (lanes)[l_] = (update);                                                            \
            }                                                                                      \
        }                                                                                          \
        for (int64_t i = whole_; i < (n); i++) {                                                   \
            const real lane = (lanes)[i - whole_];                                                 \
            (lanes)[i - whole_] = (update);                                                        \
        }                                                                                          \
    } while (0)

/* Returns sum over i of term. */
#define GENREPI_RETURN_SUM(n, term)                                                                \
    do {                                                                                           \
        real lanes_[GENREPI_LANES] = {0};                                                          \
        GENREPI_OVER_LANES(n, lanes_, lane + (term));                                              \
        return genrepi_tree_sum(lanes_);                                                           \
    } while (0)

/* ((0 + 8) + (4 + 12)) + ...: the one order in which lanes are added. */
static inline real genrepi_tree_sum(real *lanes) {
    for (int half = GENREPI_LANES / 2; half > 0; half /= 2)
        for (int l = 0; l < half; l++) lanes[l] += lanes[l + half];
    return lanes[0];
}

static inline real genrepi_tree_max(real *lanes) {
    for (int half = GENREPI_LANES / 2; half > 0; half /= 2)
        for (int l = 0; l < half; l++)
            lanes[l] = lanes[l + half] > lanes[l] ? lanes[l + half] : lanes[l];
    return lanes[0];
}

#endif
