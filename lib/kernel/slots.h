/* Workspaces for tasks of which a bounded number runs at once. */
#ifndef GENREPI_KERNEL_SLOTS_H
#define GENREPI_KERNEL_SLOTS_H

#include <stdatomic.h>
#include <stdint.h>

enum { GENREPI_MOST_SLOTS = 64 };

typedef struct genrepi_slots {
    int32_t n;
    atomic_flag taken[GENREPI_MOST_SLOTS];
} genrepi_slots;

static inline void genrepi_slots_init(genrepi_slots *slots, int64_t n) {
    slots->n = (int32_t)(n < GENREPI_MOST_SLOTS ? n : GENREPI_MOST_SLOTS);
    for (int32_t i = 0; i < slots->n; i++) atomic_flag_clear(&slots->taken[i]);
}

/* A free one; waits while there is none. */
static inline int32_t genrepi_slot_take(genrepi_slots *slots) {
    int32_t slot = 0;
    while (atomic_flag_test_and_set_explicit(&slots->taken[slot], memory_order_acquire))
        slot = (slot + 1) % slots->n;
    return slot;
}
static inline void genrepi_slot_release(genrepi_slots *slots, int32_t slot) {
    atomic_flag_clear_explicit(&slots->taken[slot], memory_order_release);
}

#endif
