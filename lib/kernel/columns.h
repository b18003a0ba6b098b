/* The columns of the table of kernels; which exist is decided when the build is set up. */
#ifndef GENREPI_KERNEL_COLUMNS_H
#define GENREPI_KERNEL_COLUMNS_H

#include <kernel/kernel.h>

extern const genrepi_kernels genrepi_kernels_reference, genrepi_kernels_avx2,
    genrepi_kernels_avx512;

#endif
