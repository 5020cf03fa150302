// posix_spawn with a new session: Swift's Glibc shows its types only as opaque unions. No policy.
#ifndef SKIFF_DETACH_H
#define SKIFF_DETACH_H

#include <stddef.h>

/// Starts `path` in a new session with default signal handling and an empty signal mask.
/// `descriptors[i]` becomes descriptor `i` of the child; all others are closed in it (glibc 2.34 and later).
/// Returns the pid, or -errno.
int skiff_spawn_detached(const char *path, char *const argv[], char *const envp[], const int *descriptors,
                         size_t descriptor_count);

#endif
