/* What all tests share: contexts, an allocator that fails on purpose, comparison of numbers. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <genrep.h>

/* A context, or the test fails with the reason.  NULL is the defaults. */
genrep_ctx *support_ctx(const char *spec);

/* Fails unless status is 0, and says the context's error. */
#define assert_ok(ctx, status) support_assert_ok(ctx, status, #status, __FILE__, __LINE__)
void support_assert_ok(genrep_ctx *ctx, int32_t status, const char *call, const char *file,
                       int line);

/* Fails unless status is `expected` and the context's error contains `text`. */
#define assert_error(ctx, status, expected, text)                                                  \
    support_assert_error(ctx, status, expected, text, #status, __FILE__, __LINE__)
void support_assert_error(genrep_ctx *ctx, int32_t status, int32_t expected, const char *text,
                          const char *call, const char *file, int line);

/* |a - b| <= tol * max(1, |a|, |b|); not-a-numbers are never close. */
#define assert_close(a, b, tol) support_assert_close(a, b, tol, #a " = " #b, __FILE__, __LINE__)
void support_assert_close(double a, double b, double tol, const char *what, const char *file,
                          int line);

/* An allocator that counts, checks, and fails on request.  Freed blocks are overwritten, freeing
 * with other bytes or a damaged border fails the test. */
typedef struct support_memory {
    int64_t fail_at;       /* 0: never; n: the n-th allocation fails */
    int32_t from_then_on;  /* 1: and all after it */
    int64_t allocations;   /* asked for so far, failed ones included */
    int64_t failures;      /* refused so far */
    int64_t blocks, bytes; /* live */
} support_memory;

/* An allocator on this state, which starts as {0} and may be changed at any time. */
genrep_allocator support_allocator(support_memory *memory);

#endif
