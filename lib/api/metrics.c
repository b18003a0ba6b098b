/* The exported function of genrep/metrics.h: checks, and calls inward. */
#include <metrics/metric.h>

GENREP_API int32_t genrep_compare(const genrep_tensor *a, const genrep_tensor *b, const char *spec,
                                  double *value, double *error) {
    if (a == NULL) return GENREP_E_INVALID;
    if (spec == NULL || value == NULL)
        return genrepi_fail(a->ctx, GENREP_E_INVALID, "genrep_compare: %s is NULL",
                            spec == NULL ? "spec" : "value");
    return genrepi_compare(a, b, spec, value, error);
}
