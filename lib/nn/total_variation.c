/* total_variation: how much neighbouring pixels differ, (sum |x[i+1,j] - x[i,j]| + sum |x[i,j+1] -
 * x[i,j]|) / elements, over all images and channels (Rudin, Osher and Fatemi 1992, anisotropic).
 * dx is the sum of the signs of an element's differences from its neighbours, 0 where they are
 * equal, / elements. */
#include <nn/images.h>
#include <nn/leaf.h>

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    genrepi_shape same;
    (void)n_in;
    *out = (genrepi_shape){.rank = 0};
    int32_t status = genrepi_images_shape(layer, in, &same);
    if (status == 0 && in->rank == 4 && genrepi_axes_count(in, 0, 4) == 0)
        return genrepi_fail_shape(layer, in, "images that are not empty");
    return status;
}

/* The difference of two neighbours; with d, scale times its sign is added there too. */
static double pair(const real *x, int64_t i, int64_t next, real scale, real *d) {
    const real by = x[next] - x[i];
    if (d != NULL && by != 0) {
        d[next] += by > 0 ? scale : -scale;
        d[i] -= by > 0 ? scale : -scale;
    }
    return fabs((double)by);
}

/* The sum of that over the neighbours of one plane. */
static double plane(int64_t height, int64_t width, const real *x, real scale, real *d) {
    double sum = 0;
    for (int64_t row = 0, i = 0; row < height; row++)
        for (int64_t column = 0; column < width; column++, i++) {
            if (column + 1 < width) sum += pair(x, i, i + 1, scale, d);
            if (row + 1 < height) sum += pair(x, i, i + width, scale, d);
        }
    return sum;
}

static double all_planes(const genrep_tensor *image, real scale, real *d) {
    const int64_t *size = image->shape.size, pixels = size[2] * size[3];
    const real *x = genrepi_real_read(image);
    double sum = 0;
    for (int64_t i = 0; i < size[0] * size[1]; i++)
        sum += plane(size[2], size[3], x + i * pixels, scale, d != NULL ? d + i * pixels : NULL);
    return sum / (double)image->count;
}

static int32_t forward(genrepi_call *call) {
    genrepi_real(call->out[0])[0] = (real)all_planes(call->in[0], 0, NULL);
    return 0;
}

static int32_t backward(genrepi_call *call) {
    genrep_tensor *d = call->d_in[0];
    if (d == NULL) return 0;
    const double scale = (double)genrepi_real_read(call->d_out[0])[0] / (double)d->count;
    call->ctx->kernels->fill(d->count, 0, genrepi_real(d));
    (void)all_planes(call->in[0], (real)scale, genrepi_real(d));
    return 0;
}

static const genrepi_layer_ops ops = {
    .n_in = 1, .n_out = 1, .shape = shape, .forward = forward, .backward = backward};
const genrepi_kind genrepi_kind_total_variation = {
    "layer", "total_variation", "mean difference of neighbouring pixels", NULL, 0, 0, 0, 0, &ops};
