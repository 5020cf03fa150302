#define _GNU_SOURCE
#include "detach.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

enum { LIMIT = 16 };

static int add_descriptors(posix_spawn_file_actions_t *actions, const int *copies, size_t count) {
    for (size_t index = 0; index < count; index++) {
        int failed = posix_spawn_file_actions_adddup2(actions, copies[index], (int)index);
        if (failed) return failed;
    }
    return 0;
}

int skiff_spawn_detached(const char *path, char *const argv[], char *const envp[], const int *descriptors,
                         size_t descriptor_count) {
    if (descriptor_count > LIMIT) return -EINVAL;
    // Copies above the target range, so that placing one descriptor can't overwrite another that is still to come.
    int copies[LIMIT];
    for (size_t index = 0; index < descriptor_count; index++) {
        copies[index] = fcntl(descriptors[index], F_DUPFD_CLOEXEC, 64);
        if (copies[index] < 0) {
            int failed = errno;
            while (index > 0) close(copies[--index]);
            return -failed;
        }
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    pid_t pid = -1;
    int failed = add_descriptors(&actions, copies, descriptor_count);
    // Not every library marks its descriptors close-on-exec: a keeper that inherited the daemon's DNS socket would hold
    // the port against the next daemon.
    if (!failed) failed = posix_spawn_file_actions_addclosefrom_np(&actions, (int)descriptor_count);
    if (!failed) failed = posix_spawn(&pid, path, &actions, &attributes, argv, envp);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    for (size_t index = 0; index < descriptor_count; index++) close(copies[index]);
    return failed ? -failed : pid;
}
