/* Size classes are 1/8 of a power of two apart, so at most an eighth is wasted; a class is only
 * ever served from itself, so a step that asks for what the step before asked for finds it. */
#include <nn/memory.h>
#include <string.h>

#define CLASSES (8 * 48)

typedef struct item {
    genrep_tensor tensor; /* first, so that a tensor is its item */
    genrepi_memory *memory;
    struct item *next;
    int32_t size_class;
} item;

struct genrepi_memory {
    genrep_ctx *ctx;
    atomic_int refs; /* the tape's, and one for every tensor that is out */
    pthread_mutex_t lock;
    item *free[CLASSES];
};

int32_t genrepi_memory_new(genrep_ctx *ctx, genrepi_memory **out) {
    genrepi_memory *memory = genrepi_alloc(ctx, 1, sizeof *memory);
    if (memory == NULL) return GENREP_E_NOMEM;
    if (pthread_mutex_init(&memory->lock, NULL) != 0) {
        genrepi_free(ctx, memory);
        return genrepi_fail(ctx, GENREP_E_NOMEM, "no lock could be made");
    }
    memory->ctx = genrepi_ctx_ref(ctx);
    atomic_init(&memory->refs, 1);
    *out = memory;
    return 0;
}

void genrepi_memory_release(genrepi_memory *memory) {
    if (memory == NULL || !genrepi_unref(&memory->refs)) return;
    genrep_ctx *ctx = memory->ctx;
    for (int32_t c = 0; c < CLASSES; c++) {
        for (item *it = memory->free[c], *next; it != NULL; it = next) {
            next = it->next;
            genrepi_free(ctx, it->tensor.data);
            genrepi_free(ctx, it);
        }
    }
    pthread_mutex_destroy(&memory->lock);
    genrepi_free(ctx, memory);
    genrepi_ctx_unref(ctx);
}

static void recycle(genrep_tensor *tensor) {
    item *it = (item *)tensor;
    genrepi_memory *memory = it->memory;
    pthread_mutex_lock(&memory->lock);
    it->next = memory->free[it->size_class];
    memory->free[it->size_class] = it;
    pthread_mutex_unlock(&memory->lock);
    genrepi_memory_release(memory);
}

/* The class of a size and the bytes it holds: the next multiple of an eighth of its power of two.
 */
static int32_t size_class(size_t bytes, size_t *holds) {
    if (bytes < 512) bytes = 512;
    int32_t power = 63 - __builtin_clzll((unsigned long long)bytes);
    size_t step = (size_t)1 << (power - 3);
    size_t eighths = (bytes + step - 1) / step; /* 8 .. 16 */
    *holds = eighths * step;
    return (power - 9) * 8 + (int32_t)(eighths - 8);
}

int32_t genrepi_memory_tensor(genrepi_memory *memory, int32_t dtype, const genrepi_shape *shape,
                              genrep_tensor **out) {
    int64_t count = genrepi_shape_count(shape);
    size_t element = genrepi_dtype_bytes(dtype), holds = 0;
    if (count < 0 || (uint64_t)count > ((uint64_t)1 << 46) / element) {
        char text[GENREPI_SHAPE_BYTES];
        return genrepi_fail(memory->ctx, GENREP_E_INVALID, "a tensor of shape %s is too large",
                            genrepi_shape_text(shape, text));
    }
    int32_t c = size_class((size_t)count * element, &holds);
    pthread_mutex_lock(&memory->lock);
    item *it = memory->free[c];
    if (it != NULL) memory->free[c] = it->next;
    pthread_mutex_unlock(&memory->lock);
    if (it == NULL) {
        it = genrepi_alloc(memory->ctx, 1, sizeof *it);
        if (it == NULL) return GENREP_E_NOMEM;
        it->tensor.data = genrepi_alloc_raw(memory->ctx, (int64_t)holds, 1);
        if (it->tensor.data == NULL) {
            genrepi_free(memory->ctx, it);
            return GENREP_E_NOMEM;
        }
        it->tensor.capacity = holds;
        it->size_class = c;
        it->memory = memory;
    }
    genrep_tensor *tensor = &it->tensor;
    tensor->ctx = memory->ctx; /* held by the memory, which every tensor that is out holds */
    atomic_init(&tensor->refs, 1);
    tensor->dtype = dtype;
    tensor->shape = *shape;
    tensor->count = count;
    tensor->writable = 1;
    tensor->recycle = recycle;
    tensor->tape = NULL;
    genrepi_ref(&memory->refs);
    *out = tensor;
    return 0;
}
