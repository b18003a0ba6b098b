/* The context's threads.  They start with the first parallel work, wait for more by spinning
 * briefly and then sleeping, and end with the context.
 *
 * `state` says everything a worker must know to join: bit 0 is set while a job is open, bits 1..16
 * count the workers inside it, the bits above number the jobs.  A worker joins by adding itself
 * while the job is open; the caller closes the job, waits until nobody is inside, and only then may
 * the job's fields change.  A worker that wakes late finds it closed and touches nothing, so the
 * caller never waits for one that has not joined: neither for a slow one nor, after fork(), for
 * those that the child does not have. */
#include <base/pool.h>

#include <signal.h>
#include <time.h>
#include <unistd.h>

#define OPEN UINT64_C(1)
#define INSIDE UINT64_C(2)
#define INSIDE_MASK UINT64_C(0x1FFFE)
#define JOB_SHIFT 17

#define SPIN_NANOSECONDS 20000

struct genrepi_pool {
    /* The job. */
    void (*task)(void *argument, int64_t i);
    void *argument;
    int64_t n;
    atomic_llong next;

    _Atomic uint64_t state;
    atomic_int busy; /* a caller has the pool */
    atomic_int stop;

    pthread_mutex_t lock; /* only for sleeping and waking */
    pthread_cond_t work, done;
    atomic_int sleeping; /* workers that wait for work */
    atomic_int waiting;  /* the caller waits for the workers inside */

    int32_t started; /* -1 before the first parallel work */
    pid_t process;   /* that the threads belong to */
    pthread_t threads[GENREPI_MAX_THREADS - 1];
};

typedef struct genrepi_pool pool;

static int64_t nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Whether there is something for a worker that has already seen job `last`. */
static int has_work(pool *p, uint64_t last) {
    uint64_t state = atomic_load(&p->state);
    return atomic_load(&p->stop) || ((state & OPEN) && state >> JOB_SHIFT != last);
}

static int nobody_inside(pool *p, uint64_t unused) {
    (void)unused;
    return (atomic_load(&p->state) & INSIDE_MASK) == 0;
}

/* 1 once `ready` says so, 0 after a while. */
static int spin(pool *p, int (*ready)(pool *, uint64_t), uint64_t what) {
    int64_t end = nanoseconds() + SPIN_NANOSECONDS;
    do {
        for (int i = 0; i < 32; i++) {
            if (ready(p, what)) return 1;
            genrepi_pause();
        }
    } while (nanoseconds() < end);
    return 0;
}

/* `sleepers` is raised before `ready` is asked for the last time, and whoever makes it ready reads
 * `sleepers` afterwards (both sequentially consistent): one of the two sees the other. */
static void wait_until(pool *p, int (*ready)(pool *, uint64_t), uint64_t what,
                       pthread_cond_t *signal, atomic_int *sleepers) {
    if (spin(p, ready, what)) return;
    pthread_mutex_lock(&p->lock);
    atomic_fetch_add(sleepers, 1);
    while (!ready(p, what)) pthread_cond_wait(signal, &p->lock);
    atomic_fetch_sub(sleepers, 1);
    pthread_mutex_unlock(&p->lock);
}

static void wake(pool *p, pthread_cond_t *signal, atomic_int *sleepers) {
    if (atomic_load(sleepers) == 0) return;
    pthread_mutex_lock(&p->lock);
    pthread_cond_broadcast(signal);
    pthread_mutex_unlock(&p->lock);
}

static void do_tasks(pool *p) {
    for (;;) {
        int64_t i = atomic_fetch_add_explicit(&p->next, 1, memory_order_relaxed);
        if (i >= p->n) return;
        p->task(p->argument, i);
    }
}

static void *worker(void *argument) {
    pool *p = argument;
    uint64_t last = 0;
    for (;;) {
        wait_until(p, has_work, last, &p->work, &p->sleeping);
        if (atomic_load(&p->stop)) return NULL;
        uint64_t state = atomic_load(&p->state);
        while ((state & OPEN) && !atomic_compare_exchange_weak(&p->state, &state, state + INSIDE)) {
        }
        if (!(state & OPEN)) continue;
        last = state >> JOB_SHIFT;
        do_tasks(p);
        state = atomic_fetch_sub(&p->state, INSIDE) - INSIDE;
        if ((state & INSIDE_MASK) == 0) wake(p, &p->done, &p->waiting);
    }
}

/* Fewer threads than asked for are not an error: the work is the same. */
static void start(pool *p, int32_t threads) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the host's signals are the host's threads' */
    p->process = getpid();
    p->started = 0;
    while (p->started < threads - 1 &&
           pthread_create(&p->threads[p->started], NULL, worker, p) == 0)
        p->started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void run(pool *p, int64_t n, void (*task)(void *argument, int64_t i), void *argument) {
    p->task = task;
    p->argument = argument;
    p->n = n;
    atomic_store(&p->next, 0);
    uint64_t job = (atomic_load(&p->state) >> JOB_SHIFT) + 1;
    atomic_store(&p->state, job << JOB_SHIFT | OPEN);
    /* In a child after fork() the sleepers are not there, and their lock may be held for ever. */
    if (atomic_load(&p->sleeping) != 0 && p->process == getpid()) wake(p, &p->work, &p->sleeping);
    do_tasks(p);
    atomic_fetch_and(&p->state, ~OPEN);
    if (!nobody_inside(p, 0)) wait_until(p, nobody_inside, 0, &p->done, &p->waiting);
}

void genrepi_parallel(genrep_ctx *ctx, int64_t n, void (*task)(void *argument, int64_t i),
                      void *argument) {
    pool *p = ctx->pool;
    int alone = n <= 1 || (ctx->threads <= 1 && ctx->runner.parallel_for == NULL);
    if (alone || atomic_exchange(&p->busy, 1)) {
        for (int64_t i = 0; i < n; i++) task(argument, i);
        return;
    }
    if (ctx->runner.parallel_for != NULL) {
        ctx->runner.parallel_for(ctx->runner.user, n, task, argument);
    } else {
        if (p->started < 0) start(p, ctx->threads);
        run(p, n, task, argument);
    }
    atomic_store(&p->busy, 0);
}

typedef struct ranges {
    int64_t n, grain;
    void (*task)(void *argument, int64_t begin, int64_t end);
    void *argument;
} ranges;

static void do_range(void *argument, int64_t i) {
    const ranges *r = argument;
    int64_t begin = i * r->grain;
    r->task(r->argument, begin, r->n - begin < r->grain ? r->n : begin + r->grain);
}

void genrepi_parallel_range(genrep_ctx *ctx, int64_t n, int64_t grain,
                            void (*task)(void *argument, int64_t begin, int64_t end),
                            void *argument) {
    if (n <= 0) return;
    ranges r = {n, grain < 1 ? 1 : grain, task, argument};
    genrepi_parallel(ctx, (n - 1) / r.grain + 1, do_range, &r);
}

int32_t genrepi_workers(const genrep_ctx *ctx) {
    return ctx->runner.parallel_for != NULL ? 64 : ctx->threads;
}

int32_t genrepi_pool_new(genrep_ctx *ctx) {
    pool *p = genrepi_alloc(ctx, 1, sizeof *p);
    if (p == NULL) return GENREP_E_NOMEM;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->done, NULL);
    p->started = -1;
    ctx->pool = p;
    return GENREP_OK;
}

void genrepi_pool_free(genrep_ctx *ctx) {
    pool *p = ctx->pool;
    if (p == NULL) return;
    if (p->started <= 0 || p->process == getpid()) {
        atomic_store(&p->stop, 1);
        wake(p, &p->work, &p->sleeping);
        for (int32_t i = 0; i < p->started; i++) pthread_join(p->threads[i], NULL);
        pthread_cond_destroy(&p->work);
        pthread_cond_destroy(&p->done);
        pthread_mutex_destroy(&p->lock);
    }
    genrepi_free(ctx, p);
    ctx->pool = NULL;
}
