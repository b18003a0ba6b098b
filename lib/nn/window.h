/* Windows that go over a plane: what avg_pool and max_pool share. */
#ifndef GENREPI_NN_WINDOW_H
#define GENREPI_NN_WINDOW_H

#include <nn/images.h>

typedef struct genrepi_window_options {
    char *kernel, *stride, *pad;
    int32_t count_include_pad;
    /* Read from the texts: height, width. */
    int64_t kernel_size[2], stride_size[2], pad_size[2];
} genrepi_window_options;

/* For ops->build and ops->shape. */
int32_t genrepi_window_build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in);
int32_t genrepi_window_shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                             genrepi_shape *out);

/* Some of the places on one axis: first..end-1. */
typedef struct genrepi_span {
    int64_t first, end;
} genrepi_span;

/* What window i sees of `size` elements; axis 0 are rows, 1 columns. */
genrepi_span genrepi_window_sees(const genrepi_window_options *o, int axis, int64_t i,
                                 int64_t size);
/* Which of the windows begin..end-1 have their element number `at` on one of `size` elements. */
genrepi_span genrepi_window_inside(const genrepi_window_options *o, int axis, int64_t at,
                                   int64_t size, genrepi_span windows);

#define GENREPI_WINDOW_OPTIONS                                                                     \
    GENREPI_OPTION_STRING(genrepi_window_options, kernel, "2",                                     \
                          "size of the windows, as 2, or '2 3' for height and width"),             \
        GENREPI_OPTION_STRING(genrepi_window_options, stride, NULL,                                \
                              "steps, as kernel; not given: as kernel"),                           \
        GENREPI_OPTION_STRING(genrepi_window_options, pad, "0",                                    \
                              "padding on each side, as kernel; half of it at most")

#endif
