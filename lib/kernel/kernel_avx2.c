/* The kernels compiled for AVX2 with FMA. */
#define GENREPI_TABLE genrepi_kernels_avx2
#define GENREPI_TABLE_NAME "avx2"
#include <kernel/columns.h>
#include <kernel/simd_avx2.h>
#include <kernel/kernel_template.h>
