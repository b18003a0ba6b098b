/* Element types and shapes: sizes, counts and how they read in messages.
 *
 * lib/tensor holds the arrays that everything else passes around: shapes and storage (tensor.c),
 * conversion between element types (convert.c), random filling (random.c), exchange with other
 * libraries (dlpack.c), and the visitor by which state is saved and loaded (state.c). */
#include <tensor/tensor.h>

#include <stdio.h>

size_t genrepi_dtype_bytes(int32_t dtype) {
    switch (dtype) {
    case GENREP_F32:
        return sizeof(float);
    case GENREP_F64:
        return sizeof(double);
    case GENREP_I32:
        return sizeof(int32_t);
    case GENREP_U8:
        return sizeof(uint8_t);
    default:
        return 0;
    }
}

const char *genrepi_dtype_name(int32_t dtype) {
    switch (dtype) {
    case GENREP_F32:
        return "f32";
    case GENREP_F64:
        return "f64";
    case GENREP_I32:
        return "i32";
    case GENREP_U8:
        return "u8";
    default:
        return "unknown type";
    }
}

/* An axis of size 0 makes the count 0, but the product of the other axes must fit too: it is the
 * distance between entries of views. */
int64_t genrepi_shape_count(const genrepi_shape *shape) {
    int64_t product = 1;
    int empty = 0;
    for (int32_t i = 0; i < shape->rank; i++) {
        int64_t size = shape->size[i];
        if (size < 0) return -1;
        if (size == 0) {
            empty = 1;
        } else {
            if (product > INT64_MAX / size) return -1;
            product *= size;
        }
    }
    if (shape->rank < 0) return -1;
    return empty ? 0 : product;
}

int genrepi_shape_equal(const genrepi_shape *a, const genrepi_shape *b) {
    if (a->rank != b->rank) return 0;
    for (int32_t i = 0; i < a->rank; i++)
        if (a->size[i] != b->size[i]) return 0;
    return 1;
}

genrepi_shape genrepi_shape_of(int32_t rank, const int64_t *size) {
    genrepi_shape shape = {.rank = rank};
    for (int32_t i = 0; i < rank; i++) shape.size[i] = size[i];
    return shape;
}

const char *genrepi_shape_text(const genrepi_shape *shape, char text[GENREPI_SHAPE_BYTES]) {
    if (shape->rank <= 0) {
        snprintf(text, GENREPI_SHAPE_BYTES, "%s", shape->rank < 0 ? "unknown" : "()");
        return text;
    }
    size_t used = 0; /* 8 axes of at most 20 characters and an x each: always fits */
    for (int32_t i = 0; i < shape->rank; i++) {
        const char *x = i > 0 ? "x" : "";
        size_t room = GENREPI_SHAPE_BYTES - used;
        int n = shape->size[i] == -1
                    ? snprintf(text + used, room, "%s?", x)
                    : snprintf(text + used, room, "%s%lld", x, (long long)shape->size[i]);
        used += (size_t)n;
    }
    return text;
}
