/* The one table of kinds.  A new kind is one line here. */
#ifndef GENREPI_API_KINDS_H
#define GENREPI_API_KINDS_H

#include <base/spec.h>

// clang-format off
#define GENREPI_KINDS(KIND) \
    /* options: things that are always one kind */ \
    KIND(context) \
    /* layer */ \
    /* optimizer */ \
    /* schedule */ \
    /* dataset */ \
    /* trainer */ \
    /* end */
// clang-format on

#define GENREPI_DECLARE_KIND(name) extern const genrepi_kind genrepi_kind_##name;
GENREPI_KINDS(GENREPI_DECLARE_KIND)

extern const genrepi_kind *const genrepi_kinds[]; /* ends with NULL */

#endif
