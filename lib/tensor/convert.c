/* Conversion between element types, all pairs.  Towards integers: round to nearest, ties to even
 * (the default rounding mode, which lrint() follows), clamp, and not-a-number becomes 0. */
#include <tensor/tensor.h>

#include <string.h>

static inline float to_f32(double x) {
    return (float)x;
}
static inline double to_f64(double x) {
    return x;
}
/* Every f32, i32 and u8 is exact in a double, so one rule serves all sources. */
static inline int32_t to_i32(double x) {
    if (!(x == x)) return 0;
    x = x < (double)INT32_MIN ? (double)INT32_MIN : x;
    x = x > (double)INT32_MAX ? (double)INT32_MAX : x;
    return (int32_t)lrint(x);
}
static inline uint8_t to_u8(double x) {
    if (!(x == x)) return 0;
    x = x < 0 ? 0 : x;
    x = x > UINT8_MAX ? UINT8_MAX : x;
    return (uint8_t)lrint(x);
}

#define PAIR(from_name, from_type, to_name, to_type)                                               \
    static void from_name##_##to_name(int64_t n, const void *from, void *to) {                     \
        const from_type *x = from;                                                                 \
        to_type *y = to;                                                                           \
        for (int64_t i = 0; i < n; i++) y[i] = to_##to_name((double)x[i]);                         \
    }

PAIR(f32, float, f64, double)
PAIR(f32, float, i32, int32_t)
PAIR(f32, float, u8, uint8_t)
PAIR(f64, double, f32, float)
PAIR(f64, double, i32, int32_t)
PAIR(f64, double, u8, uint8_t)
PAIR(i32, int32_t, f32, float)
PAIR(i32, int32_t, f64, double)
PAIR(i32, int32_t, u8, uint8_t)
PAIR(u8, uint8_t, f32, float)
PAIR(u8, uint8_t, f64, double)
PAIR(u8, uint8_t, i32, int32_t)

void genrepi_convert(int64_t n, int32_t from_type, const void *from, int32_t to_type, void *to) {
    static void (*const pairs[5][5])(int64_t, const void *, void *) = {
        [GENREP_F32] = {[GENREP_F64] = f32_f64, [GENREP_I32] = f32_i32, [GENREP_U8] = f32_u8},
        [GENREP_F64] = {[GENREP_F32] = f64_f32, [GENREP_I32] = f64_i32, [GENREP_U8] = f64_u8},
        [GENREP_I32] = {[GENREP_F32] = i32_f32, [GENREP_F64] = i32_f64, [GENREP_U8] = i32_u8},
        [GENREP_U8] = {[GENREP_F32] = u8_f32, [GENREP_F64] = u8_f64, [GENREP_I32] = u8_i32},
    };
    if (n == 0) return;
    if (from_type == to_type) /* two views of one storage may overlap */
        memmove(to, from, (size_t)n * genrepi_dtype_bytes(to_type));
    else
        pairs[from_type][to_type](n, from, to);
}
