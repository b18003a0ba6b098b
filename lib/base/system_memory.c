/* Large blocks (weights, moments, workspaces) are mapped on their own: they come zeroed, and are
 * touched only when they are used.  For those of a huge page and more the kernel is asked for huge
 * pages: random rows of tables, and the many streams that a convolution writes side by side, then
 * cost no walk of the page tables. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, madvise */
#include <base/system_memory.h>

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_PAGE ((size_t)2 << 20)
#define HUGE_FROM ((size_t)2 << 20)

/* The address sanitizer knows nothing of mapped memory: there, all comes from malloc. */
#if defined(__SANITIZE_ADDRESS__)
#define MAPPED_FROM SIZE_MAX
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MAPPED_FROM SIZE_MAX
#endif
#endif
#ifndef MAPPED_FROM
#define MAPPED_FROM ((size_t)1 << 20)
#endif

static char *map(size_t bytes) {
    char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

/* Maps a huge page more than needed and gives the ends back, so that the block begins on a
 * boundary. */
static void *map_huge(size_t bytes) {
    size_t whole = bytes + HUGE_PAGE, page = (size_t)sysconf(_SC_PAGESIZE);
    char *at = map(whole);
    if (at == NULL) return NULL;
    size_t before = (HUGE_PAGE - (uintptr_t)at % HUGE_PAGE) % HUGE_PAGE;
    size_t used = (before + bytes + page - 1) / page * page;
    if (before > 0) munmap(at, before);
    if (used < whole) munmap(at + used, whole - used);
#ifdef MADV_HUGEPAGE
    madvise(at + before, bytes, MADV_HUGEPAGE); /* a wish: without it all works the same */
#endif
    return at + before;
}

static void *system_alloc(void *user, size_t bytes, size_t align) {
    (void)user;
    if (bytes >= MAPPED_FROM && bytes < SIZE_MAX - 2 * HUGE_PAGE) {
        return bytes >= HUGE_FROM ? map_huge(bytes) : map(bytes);
    }
    return aligned_alloc(align, (bytes + align - 1) / align * align);
}

static void system_free(void *user, void *memory, size_t bytes, size_t align) {
    (void)user, (void)align;
    if (bytes >= MAPPED_FROM) {
        munmap(memory, bytes);
    } else {
        free(memory);
    }
}

const genrep_allocator genrepi_system_allocator = {sizeof(genrep_allocator), NULL, system_alloc,
                                                   system_free};

int genrepi_comes_zeroed(const genrep_allocator *allocator, size_t bytes) {
    return allocator->alloc == system_alloc && bytes >= MAPPED_FROM;
}
