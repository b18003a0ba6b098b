/* Training steps of image translation by hand: the arithmetic of pix2pix (W4) and CycleGAN (W5). */
#ifndef STEPS_IMAGES_H
#define STEPS_IMAGES_H

#include <base/ctx.h>

typedef struct image_steps image_steps;

/* paired: pix2pix with a U-Net; else CycleGAN with residual networks of 9 blocks (size 256) or 6.
 * One image of size x size a step. */
int32_t image_steps_new(genrep_ctx *ctx, int32_t paired, int64_t size, image_steps **out);
int32_t image_steps_run(image_steps *steps);
void image_steps_free(image_steps *steps);

#endif
