/* A fixture for tests of one file: a context whose memory is counted, made before each test; after
 * it nothing of that memory is left, and no file. */
#ifndef COUNTED_H
#define COUNTED_H

#include <files.h>
#include <support.h>

static support_memory memory;
static genrep_ctx *ctx;

static int setup(void **state) {
    (void)state;
    memory = (support_memory){0};
    genrep_allocator allocator = support_allocator(&memory);
    return genrep_ctx_new(NULL, &allocator, &ctx);
}

static int teardown(void **state) {
    genrep_ctx_unref(ctx);
    assert_int_equal(memory.blocks, 0);
    return support_remove_files(state);
}

#endif
