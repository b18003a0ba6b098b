/* How many processors this process may use. */
#ifdef __linux__
#define _GNU_SOURCE /* sched_getaffinity(): what taskset and containers leave to us */
#include <sched.h>
#endif
#include <base/pool.h>

#include <unistd.h>

int32_t genrepi_cpus(void) {
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return (int32_t)CPU_COUNT(&set);
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 && online < INT32_MAX ? (int32_t)online : 1;
}
