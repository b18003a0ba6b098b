/* The context: making one, errors, messages, memory, structs from the host. */
#include <support.h>
#include <base/ctx.h>
#include <kernel/kernel.h>

#include <stdio.h>
#include <string.h>

static void specs_are_applied(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    assert_int_equal(ctx->threads, 1);
    assert_int_equal(ctx->seed, 1);
    assert_non_null(ctx->kernels);
    assert_string_equal(genrep_ctx_error(ctx), "");
    genrep_ctx_unref(ctx);
    ctx = support_ctx("threads=5 seed=9223372036854775807 isa=reference");
    assert_int_equal(ctx->threads, 5);
    assert_true(ctx->seed == INT64_MAX);
    assert_string_equal(ctx->kernels->name, "reference");
    assert_int_equal(ctx->use_blas, 1);
    genrep_ctx_unref(ctx);
    ctx = support_ctx("threads=0 isa=reference matmul=own");
    assert_true(ctx->threads >= 1);
    assert_int_equal(ctx->use_blas, 0);
    genrep_ctx_unref(ctx);
    ctx = support_ctx("matmul=blas");
    assert_int_equal(ctx->use_blas, 1);
    genrep_ctx_unref(ctx);
    static const char *const isas[] = {"avx2", "avx512"};
    for (int i = 0; i < 2; i++) {
        char spec[32], feature[32], message[200];
        snprintf(spec, sizeof spec, "isa=%s", isas[i]);
        snprintf(feature, sizeof feature, "isa.%s", isas[i]);
        ctx = NULL;
        int32_t status = genrep_ctx_new(spec, NULL, &ctx);
        assert_int_equal(status, genrep_has(feature) ? GENREP_OK : GENREP_E_UNSUPPORTED);
        assert_int_equal(genrep_spec_check("context", spec, message, sizeof message), status);
        if (status == 0) {
            assert_string_equal(ctx->kernels->name, isas[i]);
            assert_int_equal(ctx->use_blas, 0);
        } else {
            assert_non_null(strstr(message, spec));
        }
        genrep_ctx_unref(ctx);
    }
}

static void bad_specs_and_allocators_are_refused(void **unused) {
    (void)unused;
    support_memory memory = {0};
    genrep_allocator good = support_allocator(&memory);
    genrep_ctx *ctx = (genrep_ctx *)&memory; /* stays */
    assert_int_equal(genrep_ctx_new("threads=x", &good, &ctx), GENREP_E_INVALID);
    assert_int_equal(genrep_ctx_new("threads=257", &good, &ctx), GENREP_E_RANGE);
    assert_int_equal(genrep_ctx_new("threads=-1", &good, &ctx), GENREP_E_RANGE);
    assert_int_equal(genrep_ctx_new(NULL, &good, NULL), GENREP_E_INVALID);
    genrep_allocator bad = good;
    bad.size = 8;
    assert_int_equal(genrep_ctx_new(NULL, &bad, &ctx), GENREP_E_ABI);
    bad = good, bad.alloc = NULL;
    assert_int_equal(genrep_ctx_new(NULL, &bad, &ctx), GENREP_E_INVALID);
    bad = good, bad.free = NULL;
    assert_int_equal(genrep_ctx_new(NULL, &bad, &ctx), GENREP_E_INVALID);
    assert_ptr_equal(ctx, &memory);
    assert_int_equal(memory.blocks, 0);
}

static void null_is_taken_everywhere(void **unused) {
    (void)unused;
    char text[16];
    assert_null(genrep_ctx_ref(NULL));
    genrep_ctx_unref(NULL);
    assert_string_equal(genrep_ctx_error(NULL), "no context");
    assert_int_equal(genrep_ctx_error_copy(NULL, text, sizeof text), 11);
    assert_string_equal(text, "no context");
    assert_int_equal(genrep_ctx_error_copy(NULL, NULL, 0), 11);
    assert_int_equal(genrep_ctx_set_logger(NULL, NULL), GENREP_E_INVALID);
    assert_int_equal(genrep_ctx_set_runner(NULL, NULL), GENREP_E_INVALID);
    assert_int_equal(genrep_ctx_memory(NULL, NULL, NULL), GENREP_E_INVALID);
    assert_int_equal(genrepi_fail(NULL, GENREP_E_IO, "nobody hears %d", 1), GENREP_E_IO);
    assert_int_equal(genrepi_fail_in(NULL, GENREP_E_IO, "nobody"), GENREP_E_IO);
    genrep_ctx *ctx = support_ctx(NULL);
    assert_ok(ctx, genrep_ctx_memory(ctx, NULL, NULL));
    genrep_ctx_unref(ctx);
}

static void references_are_counted(void **unused) {
    (void)unused;
    support_memory memory = {0};
    genrep_allocator allocator = support_allocator(&memory);
    genrep_ctx *ctx = NULL;
    assert_int_equal(genrep_ctx_new("threads=2", &allocator, &ctx), 0);
    assert_ptr_equal(genrep_ctx_ref(ctx), ctx);
    genrep_ctx_unref(ctx);
    assert_true(memory.blocks > 0);
    genrep_ctx_unref(ctx);
    assert_int_equal(memory.blocks, 0);
    assert_int_equal(memory.bytes, 0);
}

static void errors_say_what_was_wrong(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    assert_int_equal(genrepi_fail(ctx, GENREP_E_IO, "file '%s': %d", "a", 7), GENREP_E_IO);
    assert_string_equal(genrep_ctx_error(ctx), "file 'a': 7");
    assert_int_equal(genrepi_fail_in(ctx, GENREP_E_IO, "layer %d", 3), GENREP_E_IO);
    assert_string_equal(genrep_ctx_error(ctx), "layer 3: file 'a': 7");
    genrepi_fail(ctx, GENREP_E_IO, "again %s", genrep_ctx_error(ctx)); /* from the slot itself */
    assert_string_equal(genrep_ctx_error(ctx), "again layer 3: file 'a': 7");
    genrepi_fail(ctx, GENREP_E_IO, "%s", "");
    assert_string_not_equal(genrep_ctx_error(ctx), "");
    genrepi_fail(ctx, GENREP_E_IO,
                 "a\nb\x01"
                 "c\xFF\xC3\xA9");
    assert_string_equal(genrep_ctx_error(ctx), "a b?c?\xC3\xA9");
    char text[6];
    assert_int_equal(genrep_ctx_error_copy(ctx, text, sizeof text), 9);
    assert_string_equal(text, "a b?c");
    genrep_ctx_unref(ctx);
}

static void long_errors_are_cut(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    char large[4001];
    memset(large, 'x', sizeof large);
    large[sizeof large - 1] = 0;
    genrepi_fail(ctx, GENREP_E_IO, "%s", large);
    assert_int_equal(strlen(genrep_ctx_error(ctx)), GENREPI_ERROR_BYTES - 1);
    genrepi_fail_in(ctx, GENREP_E_IO, "prefix");
    assert_int_equal(strlen(genrep_ctx_error(ctx)), GENREPI_ERROR_BYTES - 1);
    assert_memory_equal(genrep_ctx_error(ctx), "prefix: xxx", 11);
    genrepi_fail_in(ctx, GENREP_E_IO, "%s", large);
    assert_int_equal(strlen(genrep_ctx_error(ctx)), GENREPI_ERROR_BYTES - 1);
    for (size_t i = 0; i + 2 < sizeof large; i += 2) memcpy(large + i, "\xC3\xA9", 2);
    genrepi_fail(ctx, GENREP_E_IO, "%s", large); /* 1023 bytes: the last character is cut in half */
    assert_int_equal(genrep_ctx_error(ctx)[GENREPI_ERROR_BYTES - 2], '?');
    genrep_ctx_unref(ctx);
}

static void *fail_often(void *ctx) {
    for (int i = 0; i < 2000; i++) genrepi_fail(ctx, GENREP_E_IO, "error %d of a thread", i);
    return NULL;
}

static void errors_of_several_threads_stay_whole(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, fail_often, ctx);
    for (int i = 0; i < 2000; i++) {
        char text[64];
        int number;
        genrep_ctx_error_copy(ctx, text, sizeof text);
        if (text[0] == 0) continue; /* none yet */
        assert_int_equal(sscanf(text, "error %d of", &number), 1);
        assert_non_null(strstr(text, " of a thread"));
    }
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    genrep_ctx_unref(ctx);
}

typedef struct heard {
    int n;
    int32_t level;
    char text[2000];
} heard;

static void hear(void *user, int32_t level, const char *utf8) {
    heard *h = user;
    h->n++;
    h->level = level;
    snprintf(h->text, sizeof h->text, "%s", utf8);
}

static void messages_reach_the_logger_up_to_its_level(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    heard h = {0};
    genrepi_log(ctx, GENREP_LOG_WARNING, "nobody listens");
    genrep_logger logger = {sizeof logger, &h, GENREP_LOG_INFO, 0, hear};
    assert_ok(ctx, genrep_ctx_set_logger(ctx, &logger));
    genrepi_log(ctx, GENREP_LOG_DEBUG, "too fine");
    assert_int_equal(h.n, 0);
    genrepi_log(ctx, GENREP_LOG_INFO, "step %d\n", 5);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.level, GENREP_LOG_INFO);
    assert_string_equal(h.text, "step 5 ");
    assert_ok(ctx, genrep_ctx_set_logger(ctx, NULL));
    genrepi_log(ctx, GENREP_LOG_WARNING, "nobody listens");
    assert_int_equal(h.n, 1);

    logger.write = NULL;
    assert_error(ctx, genrep_ctx_set_logger(ctx, &logger), GENREP_E_INVALID, "write is NULL");
    logger.write = hear, logger.reserved = 1;
    assert_error(ctx, genrep_ctx_set_logger(ctx, &logger), GENREP_E_ABI, "reserved=1");
    genrep_runner runner = {sizeof runner, NULL, NULL};
    assert_error(ctx, genrep_ctx_set_runner(ctx, &runner), GENREP_E_INVALID,
                 "parallel_for is NULL");
    genrep_ctx_unref(ctx);
}

/* A struct of a later version is taken if what we do not know in it is not used. */
static void structs_of_other_versions_are_checked(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    struct {
        genrep_logger logger;
        char more[16];
    } later = {{sizeof later, NULL, 1, 0, hear}, {0}};
    assert_ok(ctx, genrep_ctx_set_logger(ctx, &later.logger));
    later.more[15] = 1;
    assert_error(ctx, genrep_ctx_set_logger(ctx, &later.logger), GENREP_E_ABI, "is set");
    later.logger.size = 0;
    assert_error(ctx, genrep_ctx_set_logger(ctx, &later.logger), GENREP_E_ABI,
                 "genrep_logger: size=0 is not its size");
    later.logger.size = sizeof later.logger - 1;
    assert_error(ctx, genrep_ctx_set_logger(ctx, &later.logger), GENREP_E_ABI, "size=");
    later.logger.size = (size_t)-1;
    assert_error(ctx, genrep_ctx_set_logger(ctx, &later.logger), GENREP_E_ABI, "size=");
    assert_error(ctx, genrepi_check_struct(ctx, NULL, 8, "thing"), GENREP_E_INVALID,
                 "thing is NULL");
    genrep_ctx_unref(ctx);
}

static void memory_is_aligned_zeroed_and_counted(void **unused) {
    (void)unused;
    support_memory memory = {0};
    genrep_allocator allocator = support_allocator(&memory);
    genrep_ctx *ctx = NULL;
    int64_t before, now, peak;
    assert_int_equal(genrep_ctx_new(NULL, &allocator, &ctx), 0);
    assert_ok(ctx, genrep_ctx_memory(ctx, &before, NULL));
    assert_int_equal(before, memory.bytes);
    unsigned char *a = genrepi_alloc(ctx, 1000, 3);
    for (int i = 0; i < 3000; i++) assert_int_equal(a[i], 0);
    assert_true((uintptr_t)a % 64 == 0);
    a[0] = 5, a[2999] = 6;
    a = genrepi_realloc(ctx, a, 5000, 1);
    assert_true(a[0] == 5 && a[2999] == 6);
    a = genrepi_realloc(ctx, a, 1, 1);
    assert_int_equal(a[0], 5);
    assert_ok(ctx, genrep_ctx_memory(ctx, &now, &peak));
    assert_int_equal(now, memory.bytes);
    assert_true(peak >= before + 8000 && peak < before + 9000);
    void *none = genrepi_alloc(ctx, 0, 8), *fresh = genrepi_realloc(ctx, NULL, 4, 4);
    assert_non_null(none);
    assert_non_null(fresh);
    char *copy = genrepi_strndup(ctx, "abcdef", 3);
    assert_string_equal(copy, "abc");
    genrepi_free(ctx, copy);
    genrepi_free(ctx, none);
    genrepi_free(ctx, fresh);
    genrepi_free(ctx, a);
    genrepi_free(ctx, NULL);
    assert_ok(ctx, genrep_ctx_memory(ctx, &now, NULL));
    assert_int_equal(now, before);
    genrep_ctx_unref(ctx);
    assert_int_equal(memory.blocks, 0);
}

static void impossible_sizes_are_out_of_memory(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    static const struct {
        int64_t count;
        size_t bytes;
    } cases[] = {{INT64_MAX, 8}, {-1, 1}, {INT64_C(1) << 62, 4}, {2, SIZE_MAX}, {INT64_MAX, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        genrepi_fail(ctx, GENREP_E_IO, "before");
        assert_null(genrepi_alloc(ctx, cases[i].count, cases[i].bytes));
        assert_non_null(strstr(genrep_ctx_error(ctx), "out of memory"));
    }
    genrep_ctx_unref(ctx);
}

static void a_failing_allocator_makes_no_context(void **unused) {
    (void)unused;
    for (int then_on = 0; then_on < 2; then_on++) {
        int32_t status = GENREP_E_NOMEM;
        for (int n = 1; status != 0; n++) {
            support_memory memory = {.fail_at = n, .from_then_on = then_on};
            genrep_allocator allocator = support_allocator(&memory);
            genrep_ctx *ctx = NULL;
            status = genrep_ctx_new("threads=2 seed=3", &allocator, &ctx);
            if (status == 0)
                genrep_ctx_unref(ctx);
            else {
                assert_int_equal(status, GENREP_E_NOMEM);
                assert_null(ctx);
            }
            assert_int_equal(memory.blocks, 0);
            assert_true(n < 100);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(specs_are_applied),
        cmocka_unit_test(bad_specs_and_allocators_are_refused),
        cmocka_unit_test(null_is_taken_everywhere),
        cmocka_unit_test(references_are_counted),
        cmocka_unit_test(errors_say_what_was_wrong),
        cmocka_unit_test(long_errors_are_cut),
        cmocka_unit_test(errors_of_several_threads_stay_whole),
        cmocka_unit_test(messages_reach_the_logger_up_to_its_level),
        cmocka_unit_test(structs_of_other_versions_are_checked),
        cmocka_unit_test(memory_is_aligned_zeroed_and_counted),
        cmocka_unit_test(impossible_sizes_are_out_of_memory),
        cmocka_unit_test(a_failing_allocator_makes_no_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
