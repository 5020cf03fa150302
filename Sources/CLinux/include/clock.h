// Time and chance of the kernel. Swift's Glibc has them too, but Effects may not import it (house law).
#ifndef SKIFF_CLOCK_H
#define SKIFF_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/// Nanoseconds since the Unix epoch, CLOCK_REALTIME.
int64_t skiff_clock_realtime_ns(void);

/// Nanoseconds since an arbitrary start, CLOCK_MONOTONIC.
int64_t skiff_clock_monotonic_ns(void);

/// Fills `buffer` from getrandom(2). Returns 0, or -1 with errno set.
int skiff_random_fill(void *buffer, size_t count);

#endif
