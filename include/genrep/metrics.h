/** @file genrep/metrics.h
 *  How far two sets of samples are from each other, and how near pairs are.
 */
#ifndef GENREP_METRICS_H
#define GENREP_METRICS_H

#include <genrep/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Compares two tensors.  Entry i of the first axis is sample i.
 *
 *  Sets, of features or of the numbers themselves (a: real, b: made; any numbers of samples):
 *  "frechet", "kid degree=3 subsets=100 size=1000", "precision k=3", "recall k=3", "density k=5",
 *  "coverage k=5"; of images "sliced_wasserstein".  One set (a: logits, b: NULL):
 *  "classifier_score splits=10".  Pairs of one shape: "l1", "mse" (or "l2"), "psnr range=2"; of
 *  images "ssim range=2", "ms_ssim range=2".  Maps of classes (a: true, b: predicted; GENREP_I32 or
 *  GENREP_U8): "pixel_accuracy", "class_accuracy", "class_iou".  See genrep_describe("metric.kid");
 *  the formulas are in docs/notes/metrics.md.
 *
 *  A figure of sets depends on how many samples they have and on the features: compare at equal
 *  numbers, and beside the figure of one half of the real set against the other.
 *  @param a,b   any type unless said; images' last two axes are height and width.
 *  @param spec  the kind with its options.
 *  @param[out] value the figure; infinite for "psnr" of equal images.
 *  @param[out] error its standard deviation over subsets (kid), parts (classifier_score) or pairs;
 *                    0 where there is none.  May be NULL.
 *  @return 0, GENREP_E_INVALID (shapes, types, too few samples, numbers that are not finite: the
 *          text says which), GENREP_E_RANGE or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_compare(const genrep_tensor *a, const genrep_tensor *b, const char *spec,
                                  double *value, double *error);

#ifdef __cplusplus
}
#endif

#endif
