/* See support.h. */
#include <support.h>

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

genrep_ctx *support_ctx(const char *spec) {
    genrep_ctx *ctx = NULL;
    if (genrep_ctx_new(spec, NULL, &ctx) != 0) {
        char message[512];
        genrep_spec_check("context", spec, message, sizeof message);
        print_error("context \"%s\": %s\n", spec == NULL ? "" : spec, message);
        fail();
    }
    return ctx;
}

void support_assert_ok(genrep_ctx *ctx, int32_t status, const char *call, const char *file,
                       int line) {
    if (status == 0) return;
    print_error("%s\n    gives %s: %s\n", call, genrep_status_name(status), genrep_ctx_error(ctx));
    _fail(file, line);
}

void support_assert_error(genrep_ctx *ctx, int32_t status, int32_t expected, const char *text,
                          const char *call, const char *file, int line) {
    if (status == expected && strstr(genrep_ctx_error(ctx), text) != NULL) return;
    print_error("%s\n    gives %s: %s\n    expected %s: ...%s...\n", call,
                genrep_status_name(status), genrep_ctx_error(ctx), genrep_status_name(expected),
                text);
    _fail(file, line);
}

void support_assert_close(double a, double b, double tol, const char *what, const char *file,
                          int line) {
    double scale = fmax(1, fmax(fabs(a), fabs(b)));
    if (a == b || fabs(a - b) <= tol * scale) return;
    print_error("%s\n    %.17g and %.17g differ by %.3g, more than %.3g\n", what, a, b, fabs(a - b),
                tol * scale);
    _fail(file, line);
}

/* ---- the allocator --------------------------------------------------------------------------- */

#define BORDER 64 /* bytes before and after each block, of a known value */
#define BORDER_BYTE 0xB5
#define FREED_BYTE 0xDD
#define NEW_BYTE 0xAA

/* One lock for all: tests may use one context from several threads. */
static atomic_flag lock = ATOMIC_FLAG_INIT;

static void *support_alloc(void *user, size_t bytes, size_t align) {
    support_memory *memory = user;
    while (atomic_flag_test_and_set(&lock)) {
    }
    int64_t n = ++memory->allocations;
    int refused = memory->fail_at != 0 &&
                  (n == memory->fail_at || (n > memory->fail_at && memory->from_then_on));
    memory->failures += refused;
    size_t border = align > BORDER ? align : BORDER;
    size_t whole = (border + bytes + BORDER + align - 1) / align * align;
    unsigned char *block = refused ? NULL : aligned_alloc(align, whole);
    if (block != NULL) {
        memset(block, BORDER_BYTE, whole);
        memset(block + border, NEW_BYTE, bytes);
        memory->blocks++;
        memory->bytes += (int64_t)bytes;
    }
    atomic_flag_clear(&lock);
    return block == NULL ? NULL : block + border;
}

static void support_free(void *user, void *given, size_t bytes, size_t align) {
    support_memory *memory = user;
    size_t border = align > BORDER ? align : BORDER;
    unsigned char *block = (unsigned char *)given - border;
    for (size_t i = 0; i < BORDER; i++) {
        if (block[border - 1 - i] == BORDER_BYTE && block[border + bytes + i] == BORDER_BYTE)
            continue;
        print_error("a block of %zu bytes was overrun, or freed with other bytes than allocated\n",
                    bytes);
        fail();
    }
    memset(given, FREED_BYTE, bytes);
    while (atomic_flag_test_and_set(&lock)) {
    }
    memory->blocks--;
    memory->bytes -= (int64_t)bytes;
    atomic_flag_clear(&lock);
    free(block);
}

genrep_allocator support_allocator(support_memory *memory) {
    return (genrep_allocator){sizeof(genrep_allocator), memory, support_alloc, support_free};
}
