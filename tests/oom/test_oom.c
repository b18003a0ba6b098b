/* The frame of oom.h: runs every scenario of one room (the program's argument) with each allocation
 * failing in turn. */
#include "oom.h"
#include <files.h>
#include <support.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char oom_poison[1];

/* A run gives up here: no scenario asks for so much. */
#define MOST_ALLOCATIONS 200000

static char names[16][32]; /* what scenarios called oom_path() with */
static int n_names;

const char *oom_path(const char *name) {
    int known = 0;
    for (int i = 0; i < n_names; i++) known |= strcmp(names[i], name) == 0;
    if (!known) {
        assert_in_range(n_names, 0, 15);
        snprintf(names[n_names++], sizeof names[0], "%s", name);
    }
    return support_path(name);
}

void oom_untouched(int same, const char *call, const char *file, int line) {
    if (same) return;
    print_error("%s\n    failed and changed its output\n", call);
    _fail(file, line);
}

/* Removes the files of a run; whatever the scenario did not name was left behind by the library. */
static void sweep(const char *scenario) {
    DIR *dir = opendir(support_path(""));
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.' && strspn(entry->d_name, ".") == strlen(entry->d_name))
            continue;
        int known = 0;
        for (int i = 0; i < n_names; i++) known |= strcmp(names[i], entry->d_name) == 0;
        if (!known) {
            print_error("%s: %s was left behind\n", scenario, entry->d_name);
            fail();
        }
        assert_int_equal(unlink(support_path(entry->d_name)), 0);
    }
    closedir(dir);
}

/* The status of one run with its allocation `at` failing; checks what must hold whatever happened.
 */
static int32_t run_once(const oom_scenario *scenario, int64_t at, int from_then_on,
                        support_memory *memory) {
    *memory = (support_memory){.fail_at = at, .from_then_on = from_then_on};
    const genrep_allocator allocator = support_allocator(memory);
    genrep_ctx *ctx = (genrep_ctx *)(void *)oom_poison;
    int32_t status = genrep_ctx_new("threads=1 seed=1", &allocator, &ctx);
    if (status < 0) {
        oom_untouched((void *)ctx == (void *)oom_poison, "genrep_ctx_new()", __FILE__, __LINE__);
    } else {
        status = scenario->run(ctx);
        if (status < 0 && !*genrep_ctx_error(ctx)) {
            print_error("%s: allocation %lld fails without a text\n", scenario->name,
                        (long long)at);
            fail();
        }
        if (status < 0 && status != GENREP_E_NOMEM) {
            print_error("%s: allocation %lld gives %s: %s\n", scenario->name, (long long)at,
                        genrep_status_name(status), genrep_ctx_error(ctx));
            fail();
        }
        /* The failure is over: the context is as good as new. */
        if (status < 0 && !from_then_on && scenario->run(ctx) < 0) {
            print_error("%s: after allocation %lld failed once, the next try says: %s\n",
                        scenario->name, (long long)at, genrep_ctx_error(ctx));
            fail();
        }
        genrep_ctx_unref(ctx);
    }
    if (memory->blocks || memory->bytes) {
        print_error("%s: %lld blocks (%lld bytes) leak where allocation %lld fails%s\n",
                    scenario->name, (long long)memory->blocks, (long long)memory->bytes,
                    (long long)at, from_then_on ? ", and all after it" : "");
        fail();
    }
    sweep(scenario->name);
    return status;
}

static void fail_each(const oom_scenario *scenario, int from_then_on) {
    support_memory memory;
    for (int64_t at = 1;; at++) {
        assert_in_range(at, 1, MOST_ALLOCATIONS);
        const int32_t status = run_once(scenario, at, from_then_on, &memory);
        if (!memory.failures) {
            /* Came through: every allocation of it was refused before. */
            assert_true(status >= 0);
            print_message("%s: %lld allocations, each failed %s\n", scenario->name,
                          (long long)at - 1, from_then_on ? "from there on" : "once");
            assert_true(at > 1);
            return;
        }
    }
}

static void holds_without_failure(void **state) {
    support_memory memory;
    assert_true(run_once(*state, 0, 0, &memory) >= 0);
}

static void fails_cleanly_once(void **state) {
    fail_each(*state, 0);
}

static void fails_cleanly_from_then_on(void **state) {
    fail_each(*state, 1);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        const oom_scenario *table;
    } rooms[] = {{"base", oom_base},      {"tensor", oom_tensor},   {"nn", oom_nn},
                 {"train", oom_train},    {"text", oom_text},       {"subwords", oom_subwords},
                 {"gan", oom_gan},        {"vectors", oom_vectors}, {"evaluation", oom_evaluation},
                 {"density", oom_density}};
    static struct CMUnitTest tests[64];
    static char titles[64][96];
    int n = 0;
    for (size_t room = 0; room < sizeof rooms / sizeof *rooms; room++) {
        if (argc > 1 && strcmp(argv[1], rooms[room].name) != 0) continue;
        for (const oom_scenario *at = rooms[room].table; at->name; at++) {
            static const struct {
                const char *what;
                CMUnitTestFunction function;
            } ways[] = {{"holds", holds_without_failure},
                        {"fails cleanly once", fails_cleanly_once},
                        {"fails cleanly from any point on", fails_cleanly_from_then_on}};
            for (int way = 0; way < 3; way++, n++) {
                snprintf(titles[n], sizeof titles[n], "%s: %s", at->name, ways[way].what);
                tests[n] = (struct CMUnitTest){titles[n], ways[way].function, NULL, NULL,
                                               (void *)(uintptr_t)at};
            }
        }
    }
    if (!n) return 2;
    return _cmocka_run_group_tests("oom", tests, (size_t)n, NULL, support_remove_files);
}
