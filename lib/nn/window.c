/* Windows that go over a plane: see window.h. */
#include <nn/window.h>

enum { MOST_KERNEL = 1 << 20 };

int32_t genrepi_window_build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in, (void)in;
    genrepi_window_options *o = layer->options;
    const char *stride = o->stride != NULL ? o->stride : o->kernel;
    int32_t status = genrepi_read_pair(layer, "kernel", o->kernel, 1, MOST_KERNEL, o->kernel_size);
    if (status == 0)
        status = genrepi_read_pair(layer, "stride", stride, 1, MOST_KERNEL, o->stride_size);
    if (status == 0) status = genrepi_read_pair(layer, "pad", o->pad, 0, MOST_KERNEL, o->pad_size);
    for (int i = 0; i < 2 && status == 0; i++)
        if (o->pad_size[i] > o->kernel_size[i] / 2)
            return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                      "pad=%s must be half of kernel=%s at most", o->pad,
                                      o->kernel);
    return status;
}

int32_t genrepi_window_shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                             genrepi_shape *out) {
    (void)n_in;
    const genrepi_window_options *o = layer->options;
    int32_t status = genrepi_images_shape(layer, in, out);
    for (int i = 0; i < 2 && status == 0; i++) {
        if (out->size[2 + i] < 0) continue;
        const int64_t room = out->size[2 + i] + 2 * o->pad_size[i] - o->kernel_size[i];
        if (room < 0 || out->size[2 + i] == 0)
            return genrepi_fail_shape(layer, in, "images that are not smaller than kernel=%s",
                                      o->kernel);
        out->size[2 + i] = room / o->stride_size[i] + 1;
    }
    return status;
}

genrepi_span genrepi_window_sees(const genrepi_window_options *o, int axis, int64_t i,
                                 int64_t size) {
    const int64_t at = i * o->stride_size[axis] - o->pad_size[axis],
                  end = at + o->kernel_size[axis];
    return (genrepi_span){at > 0 ? at : 0, end < size ? end : size};
}

genrepi_span genrepi_window_inside(const genrepi_window_options *o, int axis, int64_t at,
                                   int64_t size, genrepi_span windows) {
    const int64_t step = o->stride_size[axis], shift = at - o->pad_size[axis];
    /* i step + shift must be in 0..size-1. */
    const int64_t first = shift >= 0 ? 0 : (-shift + step - 1) / step,
                  end = size - 1 - shift < 0 ? 0 : (size - 1 - shift) / step + 1;
    return (genrepi_span){first > windows.first ? first : windows.first,
                          end < windows.end ? end : windows.end};
}
