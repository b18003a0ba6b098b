/* Threads and workspaces. */
#include <support.h>
#include <base/pool.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 5000 };

typedef struct tally {
    genrep_ctx *ctx;
    atomic_int times[MOST];
    int64_t plain[MOST]; /* written without atomics: each task owns its element */
    atomic_int elsewhere, unmasked;
    pthread_t caller;
} tally;

static void count_one(void *argument, int64_t i) {
    tally *t = argument;
    atomic_fetch_add(&t->times[i], 1);
    t->plain[i] = i + 1;
    if (pthread_equal(pthread_self(), t->caller)) return;
    atomic_fetch_add(&t->elsewhere, 1);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    if (!sigismember(&mask, SIGINT) || !sigismember(&mask, SIGUSR1))
        atomic_fetch_add(&t->unmasked, 1);
}

static void check_once(tally *t, int64_t n) {
    for (int64_t i = 0; i < MOST; i++) {
        assert_int_equal(atomic_exchange(&t->times[i], 0), i < n);
        assert_int_equal(t->plain[i], i < n ? i + 1 : 0);
        t->plain[i] = 0;
    }
}

static void each_task_runs_once_for_any_number_of_threads(void **unused) {
    (void)unused;
    static const char *const specs[] = {"threads=1", "threads=2", "threads=3", "threads=8",
                                        "threads=0"};
    for (size_t s = 0; s < sizeof specs / sizeof specs[0]; s++) {
        static tally t;
        genrep_ctx *ctx = support_ctx(specs[s]);
        t.caller = pthread_self();
        for (int64_t n = 0; n < 40; n++) {
            genrepi_parallel(ctx, n, count_one, &t);
            check_once(&t, n);
        }
        genrepi_parallel(ctx, -1, count_one, &t);
        genrepi_parallel(ctx, MOST, count_one, &t);
        check_once(&t, MOST);
        if (s == 0) assert_int_equal(atomic_load(&t.elsewhere), 0);
        assert_int_equal(atomic_load(&t.unmasked), 0);
        genrep_ctx_unref(ctx);
    }
}

/* Workers that sleep and workers that still spin both wake up. */
static void work_is_done_after_any_pause(void **unused) {
    (void)unused;
    static tally t;
    genrep_ctx *ctx = support_ctx("threads=4");
    t.caller = pthread_self();
    for (int round = 0; round < 300; round++) {
        struct timespec pause = {0, (round % 10) * 10000};
        nanosleep(&pause, NULL);
        genrepi_parallel(ctx, 1 + round % 7, count_one, &t);
        check_once(&t, 1 + round % 7);
    }
    genrep_ctx_unref(ctx);
}

static void slow_task(void *argument, int64_t i) {
    struct timespec pause = {0, 2000000};
    nanosleep(&pause, NULL);
    count_one(argument, i);
}

static void several_threads_share_the_work(void **unused) {
    (void)unused;
    static tally t;
    genrep_ctx *ctx = support_ctx("threads=4");
    t.caller = pthread_self();
    genrepi_parallel(ctx, 40, slow_task, &t);
    check_once(&t, 40);
    assert_true(atomic_load(&t.elsewhere) > 0);
    genrep_ctx_unref(ctx);
}

static void nested(void *argument, int64_t i) {
    tally *t = argument;
    static tally inner[4];
    inner[i].caller = pthread_self();
    genrepi_parallel(t->ctx, 10, count_one, &inner[i]);
    if (atomic_load(&inner[i].elsewhere) == 0) count_one(t, i);
}

static void work_inside_of_work_runs_on_the_thread_that_asks(void **unused) {
    (void)unused;
    static tally t;
    t.ctx = support_ctx("threads=3");
    t.caller = pthread_self();
    genrepi_parallel(t.ctx, 4, nested, &t);
    check_once(&t, 4);
    genrep_ctx_unref(t.ctx);
}

static void *another_host_thread(void *argument) {
    genrep_ctx *ctx = argument;
    tally *t = calloc(1, sizeof *t);
    int bad = 0;
    t->caller = pthread_self();
    for (int round = 0; round < 100; round++) {
        genrepi_parallel(ctx, 50, count_one, t);
        for (int i = 0; i < 50; i++) bad += atomic_exchange(&t->times[i], 0) != 1;
    }
    free(t);
    return bad == 0 ? ctx : NULL;
}

static void several_host_threads_may_use_one_context(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx("threads=3");
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, another_host_thread, ctx), 0);
    for (int i = 0; i < 4; i++) {
        void *good = NULL;
        pthread_join(threads[i], &good);
        assert_ptr_equal(good, ctx);
    }
    genrep_ctx_unref(ctx);
}

static void cover(void *argument, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) count_one(argument, i);
}

static void ranges_cover_everything_once(void **unused) {
    (void)unused;
    static tally t;
    genrep_ctx *ctx = support_ctx("threads=2");
    t.caller = pthread_self();
    static const int64_t grains[] = {1, 2, 7, 64, 4999, 5000, 5001, INT64_MAX};
    for (size_t g = 0; g < sizeof grains / sizeof grains[0]; g++) {
        genrepi_parallel_range(ctx, MOST, grains[g], cover, &t);
        check_once(&t, MOST);
    }
    genrepi_parallel_range(ctx, 0, 1, cover, &t);
    check_once(&t, 0);
    genrep_ctx_unref(ctx);
}

static void backwards(void *user, int64_t n, void (*task)(void *argument, int64_t i),
                      void *argument) {
    ++*(int *)user;
    for (int64_t i = n - 1; i >= 0; i--) task(argument, i);
}

static void the_hosts_runner_is_used(void **unused) {
    (void)unused;
    static tally t;
    int calls = 0;
    genrep_ctx *ctx = support_ctx(NULL);
    t.caller = pthread_self();
    assert_int_equal(genrepi_workers(ctx), 1);
    genrep_runner runner = {sizeof runner, &calls, backwards};
    assert_ok(ctx, genrep_ctx_set_runner(ctx, &runner));
    genrepi_parallel(ctx, 100, count_one, &t);
    check_once(&t, 100);
    assert_int_equal(calls, 1);
    assert_true(genrepi_workers(ctx) > 1);
    assert_ok(ctx, genrep_ctx_set_runner(ctx, NULL));
    genrepi_parallel(ctx, 100, count_one, &t);
    check_once(&t, 100);
    assert_int_equal(calls, 1);
    genrep_ctx_unref(ctx);
}

/* fork() leaves the threads behind: the child works alone and ends without waiting for them. */
static void a_child_process_goes_on_alone(void **unused) {
    (void)unused;
#if defined(__SANITIZE_THREAD__)
    skip(); /* TSan does not follow threads over fork() */
#else
    static tally t;
    genrep_ctx *ctx = support_ctx("threads=4");
    t.caller = pthread_self();
    genrepi_parallel(ctx, 100, count_one, &t);
    check_once(&t, 100);
    struct timespec pause = {0, 20000000}; /* so that they sleep */
    nanosleep(&pause, NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(20);
        genrepi_parallel(ctx, 100, count_one, &t);
        int good = 1;
        for (int i = 0; i < 100; i++) good &= atomic_load(&t.times[i]) == 1;
        genrep_ctx_unref(ctx);
        _exit(good ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    genrep_ctx_unref(ctx);
#endif
}

static void workspaces_are_used_again(void **unused) {
    (void)unused;
    support_memory memory = {0};
    genrep_allocator allocator = support_allocator(&memory);
    genrep_ctx *ctx = NULL;
    assert_int_equal(genrep_ctx_new(NULL, &allocator, &ctx), 0);
    int64_t after_first = 0;
    for (int round = 0; round < 6; round++) {
        /* two at once, then larger and smaller ones: after some rounds all sizes have been seen */
        unsigned char *a = genrepi_scratch_get(ctx, 100), *b = genrepi_scratch_get(ctx, 5000);
        assert_true((uintptr_t)a % 64 == 0 && (uintptr_t)b % 64 == 0);
        memset(a, 1, 100), memset(b, 2, 5000);
        assert_true(a[99] == 1 && b[0] == 2);
        genrepi_scratch_put(ctx, a);
        a = genrepi_scratch_get(ctx, 3000);
        memset(a, 3, 3000);
        genrepi_scratch_put(ctx, b);
        genrepi_scratch_put(ctx, a);
        genrepi_scratch_put(ctx, NULL);
        if (round == 2) after_first = memory.allocations;
    }
    assert_int_equal(memory.allocations, after_first);
    int64_t blocks = memory.blocks;
    memory.fail_at = memory.allocations + 1;
    assert_null(genrepi_scratch_get(ctx, 1000000));
    assert_error(ctx, GENREP_E_NOMEM, GENREP_E_NOMEM, "out of memory");
    assert_true(memory.blocks <= blocks);
    assert_null(genrepi_scratch_get(ctx, SIZE_MAX));
    genrepi_scratch_put(ctx, genrepi_scratch_get(ctx, 10)); /* left to the context's end */
    genrep_ctx_unref(ctx);
    assert_int_equal(memory.blocks, 0);
}

static void the_smallest_workspace_that_fits_is_taken(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    void *made[3], *got[3];
    static const size_t bytes[] = {100, 5000, 900};
    for (int order = 0; order < 6; order++) {
        for (int i = 0; i < 3; i++) got[i] = genrepi_scratch_get(ctx, bytes[i]);
        for (int i = 0; i < 3; i++) {
            if (order == 0) made[i] = got[i];
            assert_ptr_equal(got[i], made[i]);
        }
        for (int i = 0; i < 3; i++)
            genrepi_scratch_put(ctx, got[(order + (order < 3 ? i : 2 * i)) % 3]);
    }
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_task_runs_once_for_any_number_of_threads),
        cmocka_unit_test(work_is_done_after_any_pause),
        cmocka_unit_test(several_threads_share_the_work),
        cmocka_unit_test(work_inside_of_work_runs_on_the_thread_that_asks),
        cmocka_unit_test(several_host_threads_may_use_one_context),
        cmocka_unit_test(ranges_cover_everything_once),
        cmocka_unit_test(the_hosts_runner_is_used),
        cmocka_unit_test(a_child_process_goes_on_alone),
        cmocka_unit_test(workspaces_are_used_again),
        cmocka_unit_test(the_smallest_workspace_that_fits_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
