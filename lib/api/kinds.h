/* The one table of kinds.  A new kind is one line here. */
#ifndef GENREPI_API_KINDS_H
#define GENREPI_API_KINDS_H

#include <base/spec.h>

// clang-format off
#define GENREPI_KINDS(KIND) \
    /* options: things that are always one kind */ \
    KIND(context) \
    KIND(gradcheck) \
    KIND(image_grid) \
    KIND(tape) \
    KIND(vectors) \
    KIND(vectors_analogies) \
    KIND(vectors_analogy) \
    KIND(vectors_classes) \
    KIND(vectors_nearest) \
    KIND(vectors_similarities) \
    KIND(vocab) \
    /* layer */ \
    KIND(adain) \
    KIND(add) \
    KIND(adversarial_d) \
    KIND(adversarial_g) \
    KIND(attribute_bias) \
    KIND(attribute_loss) \
    KIND(augment) \
    KIND(avg_pool) \
    KIND(batch_norm) \
    KIND(bce_logits) \
    KIND(blur) \
    KIND(class_projection) \
    KIND(concat) \
    KIND(conditional_batch_norm) \
    KIND(conditioned) \
    KIND(constant) \
    KIND(conv2d) \
    KIND(conv_transpose2d) \
    KIND(crop) \
    KIND(cross_entropy) \
    KIND(dcgan_discriminator) \
    KIND(dcgan_generator) \
    KIND(dropout) \
    KIND(embedding) \
    KIND(flatten) \
    KIND(global_pool) \
    KIND(group_norm) \
    KIND(hinge) \
    KIND(input) \
    KIND(instance_norm) \
    KIND(l1) \
    KIND(layer_norm) \
    KIND(leaky_relu) \
    KIND(linear) \
    KIND(max_pool) \
    KIND(mlp_discriminator) \
    KIND(mlp_generator) \
    KIND(minibatch_stddev) \
    KIND(modulated_conv2d) \
    KIND(mse) \
    KIND(noise) \
    KIND(pad) \
    KIND(patch_discriminator) \
    KIND(pixel_norm) \
    KIND(pixel_shuffle) \
    KIND(pixel_unshuffle) \
    KIND(prelu) \
    KIND(relu) \
    KIND(repeat) \
    KIND(resnet_generator) \
    KIND(reshape) \
    KIND(residual) \
    KIND(sigmoid) \
    KIND(skip) \
    KIND(slice) \
    KIND(small_classifier) \
    KIND(softmax) \
    KIND(spectral_norm) \
    KIND(style) \
    KIND(style_discriminator) \
    KIND(style_generator) \
    KIND(style_mapping) \
    KIND(style_mix) \
    KIND(style_synthesis) \
    KIND(superres_discriminator) \
    KIND(superres_generator) \
    KIND(tanh) \
    KIND(total_variation) \
    KIND(truncate) \
    KIND(unet_generator) \
    KIND(upsample) \
    /* density */ \
    KIND(gaussian) \
    KIND(ppca) \
    /* init */ \
    KIND(init_constant) \
    KIND(init_fan) \
    KIND(init_he) \
    KIND(init_normal) \
    KIND(init_ones) \
    KIND(init_orthogonal) \
    KIND(init_uniform) \
    KIND(init_xavier) \
    KIND(init_zeros) \
    /* map */ \
    KIND(pca) \
    KIND(tsne) \
    /* metric */ \
    KIND(metric_class_accuracy) \
    KIND(metric_class_iou) \
    KIND(metric_classifier_score) \
    KIND(metric_coverage) \
    KIND(metric_density) \
    KIND(metric_frechet) \
    KIND(metric_kid) \
    KIND(metric_l1) \
    KIND(metric_l2) \
    KIND(metric_ms_ssim) \
    KIND(metric_mse) \
    KIND(metric_pixel_accuracy) \
    KIND(metric_precision) \
    KIND(metric_psnr) \
    KIND(metric_recall) \
    KIND(metric_sliced_wasserstein) \
    KIND(metric_ssim) \
    /* random */ \
    KIND(random_integer) \
    KIND(random_normal) \
    KIND(random_uniform) \
    /* optimizer */ \
    KIND(adagrad) \
    KIND(adam) \
    KIND(adamw) \
    KIND(rmsprop) \
    KIND(sgd) \
    /* dataset */ \
    KIND(cifar) \
    KIND(idx) \
    KIND(images) \
    KIND(pairs) \
    KIND(text) \
    KIND(unpaired) \
    /* filter */ \
    KIND(limit) \
    KIND(normalize) \
    KIND(phrases) \
    /* trainer */ \
    KIND(cgan) \
    KIND(classifier) \
    KIND(cyclegan) \
    KIND(gan) \
    KIND(nnlm) \
    KIND(pix2pix) \
    KIND(stylegan) \
    KIND(superres) \
    KIND(word2vec) \
    /* end */
// clang-format on

#define GENREPI_DECLARE_KIND(name) extern const genrepi_kind genrepi_kind_##name;
GENREPI_KINDS(GENREPI_DECLARE_KIND)

extern const genrepi_kind *const genrepi_kinds[]; /* ends with NULL */

#endif
