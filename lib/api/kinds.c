/* The one table of kinds, as an array. */
#include <api/kinds.h>

#define ROW(name) &genrepi_kind_##name,
const genrepi_kind *const genrepi_kinds[] = {GENREPI_KINDS(ROW) NULL};
