/* What is checked for each kind of layer: the one table of gradient tests.  A new kind adds a row;
 * the test that the row names runs it (gradient.h says what is done with it), and test_registry.c
 * fails for a kind without one. */
#ifndef CASES_H
#define CASES_H

#include <stdint.h>

#define CASE_INPUTS 3

/* An input is its sizes, then what it holds: normal numbers if nothing is said, "signs" (1 or -1),
 * "unit" (uniform in 0..1), "below 7" (classes 0..6). */
typedef struct gradient_case {
    const char *kind; /* the kind that the row stands for */
    const char *test; /* tests/grad/<test>.c runs it */
    const char *spec;
    const char *inputs[CASE_INPUTS]; /* ends with NULL */
} gradient_case;

extern const gradient_case gradient_cases[];
extern const int32_t gradient_cases_count;

/* Kinds without a tangent pair, and why: gradient penalties cannot go through them. */
typedef struct no_tangent {
    const char *kind, *reason;
} no_tangent;

extern const no_tangent no_tangents[];
extern const int32_t no_tangents_count;

#endif
