// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

// Counts the allocations of a process, and lets it run under valgrind; loaded with LD_PRELOAD (glibc only).
// Where COUNT_FILE is set, `allocations N` is written there when the process ends.

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

// glibc's own allocator, by the names that stay when its public ones are replaced.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static atomic_ulong allocations;

static void count_one(void) {
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
    count_one();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    count_one();
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    count_one();
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count_one();
    return __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size) {
    count_one();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    count_one();
    void *memory = __libc_memalign(alignment, size);
    if (memory == NULL) return ENOMEM;
    *result = memory;
    return 0;
}

// libdispatch passes a mask in read-only memory, which valgrind 3.19 writes to and then crashes.
int sigsuspend(const sigset_t *mask) {
    sigset_t copy = *mask;
    return (int) syscall(SYS_rt_sigsuspend, &copy, _NSIG / 8);
}

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("COUNT_FILE");
    unsigned long counted = atomic_load_explicit(&allocations, memory_order_relaxed);
    FILE *file = path == NULL ? NULL : fopen(path, "w");
    if (file == NULL) return;
    fprintf(file, "allocations %lu\n", counted);
    fclose(file);
}
