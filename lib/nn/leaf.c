/* Shapes, sizes and class numbers, for the leaf layers. */
#include <base/number.h>
#include <nn/leaf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int32_t genrepi_same_shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                           genrepi_shape *out) {
    (void)layer, (void)n_in;
    out[0] = in[0];
    return 0;
}

int32_t genrepi_fail_shape(const genrep_layer *layer, const genrepi_shape *got, const char *wanted,
                           ...) {
    char text[GENREPI_ERROR_BYTES], shape[GENREPI_SHAPE_BYTES];
    va_list arguments;
    va_start(arguments, wanted);
    vsnprintf(text, sizeof text, wanted, arguments);
    va_end(arguments);
    return genrepi_layer_fail(layer, GENREP_E_INVALID, "wants %s, got %s", text,
                              genrepi_shape_text(got, shape));
}

int64_t genrepi_axes_count(const genrepi_shape *shape, int32_t first, int32_t end) {
    int64_t count = 1;
    for (int32_t i = first; i < end; i++) {
        if (shape->size[i] < 0) return -1;
        count *= shape->size[i];
    }
    return count;
}

int32_t genrepi_size_from_input(const genrep_layer *layer, const char *option,
                                const genrepi_shape *in, int32_t axis, int64_t *size) {
    if (*size > 0) return 0;
    if (axis < 0) axis = in->rank - 1;
    if (in->rank <= 0 || axis >= in->rank || in->size[axis] <= 0) {
        char text[GENREPI_SHAPE_BYTES];
        return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                  "the size of its input is not known here (%s): give %s=",
                                  genrepi_shape_text(in, text), option);
    }
    *size = in->size[axis];
    return 0;
}

int32_t genrepi_read_sizes(const genrep_layer *layer, const char *text, int32_t first,
                           genrepi_shape *shape) {
    shape->rank = first;
    if (text == NULL) {
        return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                  "give the sizes without the batch, as in shape='1 28 28'");
    }
    for (size_t at = 0;;) {
        at += strspn(text + at, " x,");
        size_t bytes = strcspn(text + at, " x,");
        if (bytes == 0) return 0;
        if (shape->rank == GENREP_MAX_RANK) {
            return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                      "shape='%s' has more than %d axes with the batch", text,
                                      GENREP_MAX_RANK);
        }
        int64_t size;
        if (!genrepi_parse_int(text + at, bytes, &size) || size < -1 || size == 0 ||
            (double)size > GENREPI_MAX_SIZE) {
            return genrepi_layer_fail(
                layer, GENREP_E_INVALID,
                "shape='%s' holds '%.*s', which is no size: write sizes of at "
                "least 1, as in shape='1 28 28'",
                text, (int)bytes, text + at);
        }
        shape->size[shape->rank++] = size;
        at += bytes;
    }
}

/* One element as a double, whatever its type. */
static double element(const genrep_tensor *tensor, int64_t i) {
    switch (tensor->dtype) {
    case GENREP_I32:
        return ((const int32_t *)tensor->data)[i];
    case GENREP_U8:
        return ((const uint8_t *)tensor->data)[i];
    case GENREP_F64:
        return ((const double *)tensor->data)[i];
    default:
        return (double)((const float *)tensor->data)[i];
    }
}

int32_t genrepi_save_classes(genrepi_call *call, int32_t slot, const genrep_tensor *from,
                             int64_t classes) {
    int32_t status = genrepi_call_save(call, slot, GENREP_I32, &from->shape);
    if (status != 0) return status;
    int32_t *to = call->saved[slot]->data;
    for (int64_t i = 0; i < from->count; i++) {
        double value = element(from, i);
        if (!(value >= 0 && value < (double)classes) || value != floor(value)) {
            char text[GENREPI_NUMBER_BYTES];
            genrepi_format_real(text, value, 1);
            return genrepi_layer_fail(call->layer, GENREP_E_INVALID,
                                      "class %s at position %lld is outside 0..%lld", text,
                                      (long long)i, (long long)(classes - 1));
        }
        to[i] = (int32_t)value;
    }
    return 0;
}

int32_t genrepi_read_pair(const genrep_layer *layer, const char *option, const char *text,
                          int64_t least, int64_t most, int64_t pair[2]) {
    int n = 0;
    for (size_t at = strspn(text, " x,"); text[at] != 0; at += strspn(text + at, " x,")) {
        const size_t bytes = strcspn(text + at, " x,");
        int64_t size;
        if (n == 2 || !genrepi_parse_int(text + at, bytes, &size) || size < least || size > most) {
            n = 0;
            break;
        }
        pair[n++] = size;
        at += bytes;
    }
    if (n == 0)
        return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                  "%s='%s' must be a size in %lld..%lld, or two (height and width)",
                                  option, text, (long long)least, (long long)most);
    if (n == 1) pair[1] = pair[0];
    return 0;
}
