/* The kernels compiled for the baseline of the processor family. */
#define GENREPI_TABLE genrepi_kernels_reference
#define GENREPI_TABLE_NAME "reference"
#include <kernel/columns.h>
#include <kernel/simd_reference.h>
#include <kernel/kernel_template.h>
