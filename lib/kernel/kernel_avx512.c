/* The kernels compiled for AVX-512 (F, DQ, BW, VL). */
#define GENREPI_TABLE genrepi_kernels_avx512
#define GENREPI_TABLE_NAME "avx512"
#include <kernel/columns.h>
#include <kernel/simd_avx512.h>
#include <kernel/kernel_template.h>
