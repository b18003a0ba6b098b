/* The exported functions of genrep/density.h: check, and call inward. */
#include <density/density.h>

static int32_t fail_null(genrep_ctx *ctx, const char *function, const char *what) {
    return genrepi_fail(ctx, GENREP_E_INVALID, "%s: %s is NULL", function, what);
}

GENREP_API int32_t genrep_density_fit(const genrep_tensor *samples, const char *spec,
                                      genrep_density **out) {
    if (samples == NULL) return GENREP_E_INVALID;
    if (spec == NULL || out == NULL)
        return fail_null(samples->ctx, "genrep_density_fit", spec == NULL ? "spec" : "out");
    return genrepi_density_fit(samples, spec, out);
}

GENREP_API int32_t genrep_density_load(genrep_ctx *ctx, const char *path, genrep_density **out) {
    if (ctx == NULL) return GENREP_E_INVALID;
    if (path == NULL || out == NULL)
        return fail_null(ctx, "genrep_density_load", path == NULL ? "path" : "out");
    return genrepi_density_load(ctx, path, out);
}

GENREP_API int32_t genrep_density_save(const genrep_density *density, const char *path) {
    if (density == NULL) return GENREP_E_INVALID;
    if (path == NULL) return fail_null(density->ctx, "genrep_density_save", "path");
    return genrepi_density_save(density, path);
}

GENREP_API genrep_density *genrep_density_ref(genrep_density *density) {
    if (density != NULL) genrepi_ref(&density->refs);
    return density;
}

GENREP_API void genrep_density_unref(genrep_density *density) {
    genrepi_density_unref(density);
}

GENREP_API const char *genrep_density_spec(const genrep_density *density) {
    return density == NULL ? NULL : density->spec;
}

GENREP_API int32_t genrep_density_log_density(const genrep_density *density,
                                              const genrep_tensor *points, genrep_tensor **out) {
    if (density == NULL) return GENREP_E_INVALID;
    if (points == NULL || out == NULL)
        return fail_null(density->ctx, "genrep_density_log_density",
                         points == NULL ? "points" : "out");
    return genrepi_density_log_density(density, points, out);
}

GENREP_API int32_t genrep_density_sample(const genrep_density *density, int64_t count,
                                         uint64_t stream, genrep_tensor **out) {
    if (density == NULL) return GENREP_E_INVALID;
    if (out == NULL) return fail_null(density->ctx, "genrep_density_sample", "out");
    if (count < 1)
        return genrepi_fail(density->ctx, GENREP_E_INVALID,
                            "genrep_density_sample: count is %lld; at least 1 is needed",
                            (long long)count);
    return genrepi_density_sample(density, count, stream, out);
}

GENREP_API int32_t genrep_density_entropy(const genrep_density *density, double *entropy) {
    if (density == NULL) return GENREP_E_INVALID;
    if (entropy == NULL) return fail_null(density->ctx, "genrep_density_entropy", "entropy");
    *entropy = genrepi_density_entropy(density);
    return GENREP_OK;
}

GENREP_API int32_t genrep_density_divergence(const genrep_density *p, const genrep_density *q,
                                             double *divergence) {
    if (p == NULL) return GENREP_E_INVALID;
    if (q == NULL || divergence == NULL)
        return fail_null(p->ctx, "genrep_density_divergence", q == NULL ? "q" : "divergence");
    return genrepi_density_divergence(p, q, divergence);
}

GENREP_API int32_t genrep_density_mean(const genrep_density *density, genrep_tensor **out) {
    if (density == NULL) return GENREP_E_INVALID;
    if (out == NULL) return fail_null(density->ctx, "genrep_density_mean", "out");
    return genrepi_density_mean(density, out);
}

GENREP_API int32_t genrep_density_covariance(const genrep_density *density, genrep_tensor **out) {
    if (density == NULL) return GENREP_E_INVALID;
    if (out == NULL) return fail_null(density->ctx, "genrep_density_covariance", "out");
    return genrepi_density_covariance(density, out);
}
