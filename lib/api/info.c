/* What this build is and has. */
#include <api/kinds.h>
#include <base/real.h>
#include <config.h>
#include <kernel/kernel.h>

#include <string.h>

/* config.h lists what was found and compiled: GENREPI_FEATURES(X) is X(zlib)..., GENREPI_ISAS(X) is
 * X(avx2)... */
#define NAME(word) #word,
#define BLAS ("blas." GENREPI_BLAS) /* in brackets, so that clang sees that no comma is missing */
#define JSON(word) ", \"" #word "\""

uint32_t genrep_version(void) {
    return GENREP_VERSION_MAJOR << 16 | GENREP_VERSION_MINOR << 8 | GENREP_VERSION_PATCH;
}

const char *genrep_build_info(void) {
    return "{\"version\": \"" GENREPI_VERSION "\", \"compiler\": \"" GENREPI_COMPILER
           "\", \"blas\": \"" GENREPI_BLAS "\", \"features\": [\"blas." GENREPI_BLAS
           "\"" GENREPI_FEATURES(JSON) "], \"isa\": [\"reference\"" GENREPI_ISAS(JSON) "]}";
}

const char *genrep_status_name(int32_t status) {
    switch (status) {
    case GENREP_OK:
        return "GENREP_OK";
    case GENREP_STOPPED:
        return "GENREP_STOPPED";
    case GENREP_E_NOMEM:
        return "GENREP_E_NOMEM";
    case GENREP_E_INVALID:
        return "GENREP_E_INVALID";
    case GENREP_E_RANGE:
        return "GENREP_E_RANGE";
    case GENREP_E_IO:
        return "GENREP_E_IO";
    case GENREP_E_FORMAT:
        return "GENREP_E_FORMAT";
    case GENREP_E_UNSUPPORTED:
        return "GENREP_E_UNSUPPORTED";
    case GENREP_E_DIVERGED:
        return "GENREP_E_DIVERGED";
    case GENREP_E_ABI:
        return "GENREP_E_ABI";
    case GENREP_E_STATE:
        return "GENREP_E_STATE";
    case GENREP_E_USER:
        return "GENREP_E_USER";
    default:
        return "unknown status";
    }
}

int32_t genrep_has(const char *feature) {
    static const struct {
        const char *name;
        int32_t isa;
    } isas[] = {{"isa.reference", GENREPI_ISA_REFERENCE},
                {"isa.avx2", GENREPI_ISA_AVX2},
                {"isa.avx512", GENREPI_ISA_AVX512}};
    static const char *const features[] = {GENREPI_FEATURES(NAME) BLAS};
    if (feature == NULL) return 0;
    for (int32_t i = 0; i < GENREPI_COUNT(features); i++)
        if (strcmp(feature, features[i]) == 0) return 1;
    for (int32_t i = 0; i < GENREPI_COUNT(isas); i++)
        if (strcmp(feature, isas[i].name) == 0) return genrepi_kernels_select(isas[i].isa) != NULL;
    return strchr(feature, '.') != NULL && genrepi_kind_in(genrepi_kinds, NULL, feature) != NULL;
}
