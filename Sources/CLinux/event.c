#define _GNU_SOURCE
#include "include/event.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { WAIT_BATCH = 64 };

static int result(int value) { return value < 0 ? -errno : value; }

int skiff_epoll_create(void) { return result(epoll_create1(EPOLL_CLOEXEC)); }

int skiff_epoll_ctl(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return result(epoll_ctl(epoll, operation, fd, &event));
}

int skiff_epoll_wait(int epoll, struct skiff_epoll_event *events, int count, int timeout_ms) {
    struct epoll_event batch[WAIT_BATCH];
    if (count > WAIT_BATCH) count = WAIT_BATCH;
    int ready = epoll_wait(epoll, batch, count, timeout_ms);
    if (ready < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < ready; i++) {
        events[i].events = batch[i].events;
        events[i].token = batch[i].data.u64;
    }
    return ready;
}

int skiff_poll_one(int fd, short events, int timeout_ms) {
    struct pollfd one = {.fd = fd, .events = events};
    int ready = poll(&one, 1, timeout_ms);
    if (ready < 0) return errno == EINTR ? 0 : -errno;
    return ready == 0 ? 0 : one.revents;
}

int skiff_pipe(int ends[2], int flags) { return result(pipe2(ends, flags | O_CLOEXEC)); }
int skiff_eventfd(unsigned initial, int flags) { return result(eventfd(initial, flags | EFD_CLOEXEC)); }
int skiff_timerfd(void) { return result(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)); }

int skiff_timerfd_arm(int fd, int64_t delay_ns) {
    struct itimerspec when = {.it_value = {.tv_sec = delay_ns / 1000000000, .tv_nsec = delay_ns % 1000000000}};
    return result(timerfd_settime(fd, 0, &when, NULL));
}

int skiff_signalfd(int fd, const sigset_t *set) {
    if (sigprocmask(SIG_BLOCK, set, NULL) < 0) return -errno;
    return result(signalfd(fd, set, SFD_CLOEXEC | SFD_NONBLOCK));
}

int skiff_signalfd_next(int fd) {
    struct signalfd_siginfo info;
    ssize_t count = read(fd, &info, sizeof info);
    if (count < 0) return errno == EAGAIN ? 0 : -errno;
    return (int)info.ssi_signo;
}

int skiff_memfd(const char *name) { return result(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)); }

static const int ALL_SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

int skiff_memfd_seal(int fd) { return result(fcntl(fd, F_ADD_SEALS, ALL_SEALS)); }
int skiff_memfd_seals(int fd) { return result(fcntl(fd, F_GET_SEALS)); }
int skiff_memfd_fully_sealed(int fd) {
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS;
}
int skiff_inotify(void) { return result(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)); }
int skiff_inotify_watch(int fd, const char *path, uint32_t mask) { return result(inotify_add_watch(fd, path, mask)); }
int skiff_set_pipe_size(int fd, int bytes) { return result(fcntl(fd, F_SETPIPE_SZ, bytes)); }

int skiff_bytes_waiting(int fd) {
    int count = 0;
    if (ioctl(fd, FIONREAD, &count) < 0) return -errno;
    return count;
}
