#define _GNU_SOURCE
#include "include/clock.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

static int64_t read_clock(clockid_t clock) {
    struct timespec now = {0};
    // Cannot fail: both clocks exist on every kernel Skiff runs on and the pointer is valid.
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t skiff_clock_realtime_ns(void) { return read_clock(CLOCK_REALTIME); }

int64_t skiff_clock_monotonic_ns(void) { return read_clock(CLOCK_MONOTONIC); }

int skiff_random_fill(void *buffer, size_t count) {
    unsigned char *next = buffer;
    while (count > 0) {
        ssize_t filled = getrandom(next, count, 0);
        if (filled < 0) {
            if (errno == EINTR) continue;
            return -errno;
        }
        next += filled;
        count -= (size_t)filled;
    }
    return 0;
}
