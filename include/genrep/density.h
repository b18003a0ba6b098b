/** @file genrep/density.h
 *  Explicit densities: models with a log-density that can be worked out, fitted by maximum
 *  likelihood.  They are the baseline that a generative model has to beat.
 */
#ifndef GENREP_DENSITY_H
#define GENREP_DENSITY_H

#include <genrep/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A density over tensors of one shape; it never changes, so any number of threads may use it. */
typedef struct genrep_density genrep_density;

/** Fits a density by maximum likelihood; the arithmetic is in double precision.
 *  @param samples any type; entry i of the first axis is sample i, its numbers taken as one vector
 *                 of d.  Its other axes are the shape of what genrep_density_sample() gives.
 *  @param spec    "gaussian covariance=full shrinkage=auto", "gaussian covariance=diagonal" or
 *                 "ppca components=50"; see genrep_describe("gaussian").
 *  @param[out] out the new reference.
 *  @return 0, GENREP_E_INVALID (no samples, numbers that are not finite, a covariance that is
 *          singular: the text says what to do), GENREP_E_RANGE or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_density_fit(const genrep_tensor *samples, const char *spec,
                                      genrep_density **out);

/** Loads what genrep_density_save() wrote.
 *  @return 0, GENREP_E_INVALID, GENREP_E_IO, GENREP_E_FORMAT (also a file that holds no density) or
 *          GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_density_load(genrep_ctx *ctx, const char *path, genrep_density **out);

/** Saves as .safetensors, exactly; the file is replaced at once.
 *  @return 0, GENREP_E_INVALID, GENREP_E_IO or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_density_save(const genrep_density *density, const char *path);

/** Adds a reference.  Thread-safe.  @return density.  @since 0.1 */
GENREP_API genrep_density *genrep_density_ref(genrep_density *density);

/** Gives a reference back.  Thread-safe.  @since 0.1 */
GENREP_API void genrep_density_unref(genrep_density *density);

/** The spec it was fitted with, all options written out; shrinkage=auto as the number it chose.
 *  @return text that stays as long as the density; NULL for NULL.  @since 0.1 */
GENREP_API const char *genrep_density_spec(const genrep_density *density);

/** The natural logarithm of the density at each of N points, in nats.
 *  @param points  any type, N entries of d numbers each.
 *  @param[out] out a new reference: N numbers, GENREP_F64.
 *  @return 0, GENREP_E_INVALID (another number of numbers) or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_density_log_density(const genrep_density *density,
                                              const genrep_tensor *points, genrep_tensor **out);

/** Draws `count` samples.  Sample i depends on the context's seed, `stream` and i only.
 *  @param count   1 or more.
 *  @param[out] out a new reference, GENREP_F32: count, then the shape of a sample.
 *  @return 0, GENREP_E_INVALID or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_density_sample(const genrep_density *density, int64_t count,
                                         uint64_t stream, genrep_tensor **out);

/** The differential entropy, in nats: the log-density of its own samples is on average its
 *  negative.  @return 0 or GENREP_E_INVALID.  @since 0.1 */
GENREP_API int32_t genrep_density_entropy(const genrep_density *density, double *entropy);

/** The Kullback-Leibler divergence of q from p, E_p[log p - log q], in nats, in closed form; the
 *  two may be of different kinds.
 *  @return 0, GENREP_E_INVALID (different dimensions) or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_density_divergence(const genrep_density *p, const genrep_density *q,
                                             double *divergence);

/** The mean, GENREP_F64, of the shape of a sample.
 *  @param[out] out a new reference.
 *  @return 0, GENREP_E_INVALID or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_density_mean(const genrep_density *density, genrep_tensor **out);

/** The covariance, GENREP_F64, d x d.
 *  @param[out] out a new reference.
 *  @return 0, GENREP_E_INVALID or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_density_covariance(const genrep_density *density, genrep_tensor **out);

#ifdef __cplusplus
}
#endif

#endif
