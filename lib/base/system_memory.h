/* Memory from the system, for contexts without a host's allocator. */
#ifndef GENREPI_BASE_SYSTEM_MEMORY_H
#define GENREPI_BASE_SYSTEM_MEMORY_H

#include <genrep/base.h>

extern const genrep_allocator genrepi_system_allocator;

/* 1 if a block of so many bytes from this allocator is zero already. */
int genrepi_comes_zeroed(const genrep_allocator *allocator, size_t bytes);

#endif
