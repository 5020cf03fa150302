// Time and randomness straight from the kernel, for Effects and the keeper (no Foundation).
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Nanoseconds since the Unix epoch (CLOCK_REALTIME). Never blocks, never fails.
int64_t skiff_clock_realtime_ns(void);

/// Nanoseconds of CLOCK_MONOTONIC: only differences mean something. Never blocks, never fails.
int64_t skiff_clock_monotonic_ns(void);

/// Fills `buffer` with `count` bytes of the kernel's random generator. Returns 0, or a negative errno value.
int skiff_random_fill(void *buffer, size_t count);
