/* Which table of kernels this processor can run. */
#include <config.h>
#include <kernel/columns.h>

/* __builtin_cpu_supports also asks whether the operating system saves the wide registers. */
const genrepi_kernels *genrepi_kernels_select(int32_t isa) {
#ifdef GENREPI_HAVE_AVX512
    if ((isa == GENREPI_ISA_AUTO || isa == GENREPI_ISA_AVX512) &&
        __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("fma"))
        return &genrepi_kernels_avx512;
#endif
#ifdef GENREPI_HAVE_AVX2
    if ((isa == GENREPI_ISA_AUTO || isa == GENREPI_ISA_AVX2) && __builtin_cpu_supports("avx2") &&
        __builtin_cpu_supports("fma"))
        return &genrepi_kernels_avx2;
#endif
    if (isa == GENREPI_ISA_AUTO || isa == GENREPI_ISA_REFERENCE) return &genrepi_kernels_reference;
    return NULL;
}
