// Readiness, pipes, timers, signals and memory files. Every call returns its value or a negative errno.
#pragma once

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SKIFF_EPOLLIN = 0x001,
    SKIFF_EPOLLPRI = 0x002,
    SKIFF_EPOLLOUT = 0x004,
    SKIFF_EPOLLERR = 0x008,
    SKIFF_EPOLLHUP = 0x010,
    SKIFF_EPOLLRDHUP = 0x2000,
    SKIFF_EPOLL_CTL_ADD = 1,
    SKIFF_EPOLL_CTL_DEL = 2,
    SKIFF_EPOLL_CTL_MOD = 3,
};

/// One readiness report; the kernel's struct is packed on x86-64, which Swift cannot import.
struct skiff_epoll_event {
    uint32_t events;
    uint64_t token;
};

int skiff_epoll_create(void);
int skiff_epoll_ctl(int epoll, int operation, int fd, uint32_t events, uint64_t token);
/// Waits for at most 64 events. `timeout_ms` -1 means for ever. Interrupted waits report 0 events.
int skiff_epoll_wait(int epoll, struct skiff_epoll_event *events, int count, int timeout_ms);
int skiff_poll_one(int fd, short events, int timeout_ms);
/// A pipe with close-on-exec ends plus `flags` (O_NONBLOCK): [0] reads, [1] writes.
int skiff_pipe(int ends[2], int flags);
int skiff_eventfd(unsigned initial, int flags);
int skiff_timerfd(void);
/// Arms a CLOCK_MONOTONIC timer once, `delay_ns` from now; 0 disarms.
int skiff_timerfd_arm(int fd, int64_t delay_ns);
/// A descriptor that reads `signal`s of `set`, after blocking them. Pass fd -1 for a new one.
int skiff_signalfd(int fd, const sigset_t *set);
/// Reads one pending signal number from a signalfd; 0 when none is pending.
int skiff_signalfd_next(int fd);
int skiff_memfd(const char *name);
/// Seals a memory file against writing, growing, shrinking and further sealing.
int skiff_memfd_seal(int fd);
/// The seals a memory file has, or -EINVAL when it is none.
int skiff_memfd_seals(int fd);
int skiff_memfd_fully_sealed(int fd);
int skiff_inotify(void);
int skiff_inotify_watch(int fd, const char *path, uint32_t mask);
int skiff_set_pipe_size(int fd, int bytes);
/// FIONREAD: bytes waiting to be read.
int skiff_bytes_waiting(int fd);
