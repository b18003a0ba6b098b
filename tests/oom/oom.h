/* Allocation failure at every allocation of every public scenario.  A scenario is a small program
 * over the public header; the frame runs it again and again, failing allocation 1, 2, 3, ... once
 * or from there on, until it comes through without a failure.
 *
 * After each run must hold: the status is GENREP_E_NOMEM and the context's text is not empty, or
 * the scenario got by without that memory; what a failed call would have written is as it was;
 * nothing is leaked; no temporary file is left; and after a single failure the same context still
 * works. */
#ifndef TESTS_OOM_H
#define TESTS_OOM_H

#include <genrep.h>

typedef struct oom_scenario {
    const char *name;
    int32_t (*run)(genrep_ctx *ctx);
} oom_scenario;

/* Where outputs point before a call: a value no call returns. */
extern char oom_poison[];

/* Fails the test if a failed call changed an output. */
void oom_untouched(int same, const char *call, const char *file, int line);

/* A path in the test's own folder; only names made here may be there at the end.  Valid until the
 * second next call. */
const char *oom_path(const char *name);

/* OOM_TRY: a call; its failure ends the scenario.  OOM_MAKE: a call that gives a handle; where it
 * fails, the handle must be untouched, and becomes NULL for the clean-up. */
#define OOM_TRY(call)                                                                              \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status < 0) goto done;                                                                 \
    } while (0)
#define OOM_MAKE(handle, call)                                                                     \
    do {                                                                                           \
        (handle) = (void *)oom_poison;                                                             \
        status = (call);                                                                           \
        if (status < 0) {                                                                          \
            oom_untouched((void *)(handle) == (void *)oom_poison, #call, __FILE__, __LINE__);      \
            (handle) = NULL;                                                                       \
            goto done;                                                                             \
        }                                                                                          \
    } while (0)

/* The rooms; each table ends with a row without a name. */
extern const oom_scenario oom_base[], oom_tensor[], oom_nn[], oom_train[], oom_text[],
    oom_subwords[], oom_gan[], oom_vectors[], oom_evaluation[], oom_density[];

#endif
