/* What the tests of gan and cgan share: trainers on points, and the numbers of their networks. */
#ifndef GAN_PARTS_H
#define GAN_PARTS_H

#include <points.h>

#define STILL_D "optimizer_d='sgd lr=0' "
#define LINEAR_D "discriminator='linear in=4 out=1' "
#define LINEAR_G "generator='linear in=2 out=4' latent=2 "

genrep_trainer *trainer_on(genrep_ctx *ctx, genrep_dataset *data, const char *spec);
/* On 60 points of 4 numbers in 3 classes. */
genrep_trainer *make(genrep_ctx *ctx, const char *spec);
/* n samples "images" of one shape, all of one number. */
genrep_dataset *constant_images(genrep_ctx *ctx, int32_t rank, const int64_t *shape, double number);
void end(genrep_trainer *trainer, genrep_ctx *ctx);
double metric(genrep_ctx *ctx, genrep_trainer *trainer, const char *name);
/* All parameters of a part, one after the other, at most NUMBERS; how many they are. */
#define NUMBERS 8192
int64_t numbers(genrep_ctx *ctx, genrep_trainer *trainer, const char *part, float *to);
/* Sets every number of one parameter. */
void set(genrep_ctx *ctx, genrep_trainer *trainer, const char *part, int64_t index, double number);

/* n floats, to the bit. */
#define assert_same(a, b, n) assert_memory_equal(a, b, sizeof(float) * (size_t)(n))
#define assert_other(a, b, n) assert_memory_not_equal(a, b, sizeof(float) * (size_t)(n))

#endif
