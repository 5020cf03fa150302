#define _GNU_SOURCE
#include "include/process.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static int result(long value) { return value < 0 ? -errno : (int)value; }

int skiff_clone(uint64_t flags, int cgroup, int *pidfd) {
    int fd = -1;
    struct clone_args arguments = {
        .flags = flags | CLONE_PIDFD | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
        .pidfd = (uint64_t)(uintptr_t)&fd,
        .exit_signal = SIGCHLD,
        .cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0,
    };
    // A raw call: no stack is given, so the child goes on with a copy of this one, as fork does.
    long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid < 0) return -errno;
    if (pid > 0) *pidfd = fd;
    return (int)pid;
}

int skiff_fork(void) { return result(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }
int skiff_pidfd_open(int pid, unsigned flags) { return result(syscall(SYS_pidfd_open, pid, flags)); }
int skiff_pidfd_send_signal(int pidfd, int signal) {
    return result(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}
int skiff_pidfd_getfd(int pidfd, int fd) { return result(syscall(SYS_pidfd_getfd, pidfd, fd, 0)); }

// struct pidfd_info of linux/pidfd.h, in the size every kernel with the call accepts (64 bytes, 6.13).
struct pidfd_info_v0 {
    uint64_t mask;
    uint64_t cgroupid;
    uint32_t pid, tgid, ppid;
    uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    int32_t exit_code;
};
enum { INFO_PID = 1, INFO_EXIT = 8 };
#define GET_INFO _IOWR(0xFF, 11, struct pidfd_info_v0)

int skiff_pidfd_info(int pidfd, struct skiff_process_info *out) {
    struct pidfd_info_v0 info = {.mask = INFO_PID | INFO_EXIT};
    if (ioctl(pidfd, GET_INFO, &info) < 0) return -errno;
    out->pid = (int32_t)info.pid;
    out->parent = (int32_t)info.ppid;
    out->has_exit_status = (info.mask & INFO_EXIT) != 0;
    out->exit_status = info.exit_code;
    return 0;
}

static int wait_status(const siginfo_t *info) {
    switch (info->si_code) {
    case CLD_EXITED: return (info->si_status & 0xff) << 8;
    case CLD_DUMPED: return (info->si_status & 0x7f) | 0x80;
    default: return info->si_status & 0x7f;
    }
}

int skiff_wait_pidfd(int pidfd, int block, int *status) {
    siginfo_t info = {0};
    int failed;
    do {
        failed = waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | (block ? 0 : WNOHANG));
    } while (failed < 0 && errno == EINTR);
    if (failed < 0) return -errno;
    if (info.si_pid == 0) return 0;
    *status = wait_status(&info);
    return 1;
}

int skiff_reap_any(int *status) {
    int pid = waitpid(-1, status, WNOHANG);
    return pid < 0 ? -errno : pid;
}

int skiff_wait_pid(int pid, int *status) {
    int ended;
    do {
        ended = waitpid(pid, status, 0);
    } while (ended < 0 && errno == EINTR);
    return ended < 0 ? -errno : ended;
}

int skiff_block_all_signals(void) {
    sigset_t all;
    sigfillset(&all);
    return result(sigprocmask(SIG_SETMASK, &all, NULL));
}

int skiff_wait_any_signal(void) {
    sigset_t all;
    sigfillset(&all);
    int signal = sigwaitinfo(&all, NULL);
    return signal < 0 ? -errno : signal;
}

int skiff_reset_signals(void) {
    for (int number = 1; number < NSIG; number++) {
        if (number == SIGKILL || number == SIGSTOP) continue;
        // Numbers the C library keeps for itself are refused with EINVAL: they were never changed.
        signal(number, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    return result(sigprocmask(SIG_SETMASK, &none, NULL));
}

int skiff_ignore_signal(int number) { return signal(number, SIG_IGN) == SIG_ERR ? -errno : 0; }
int skiff_kill(int pid, int number) { return result(kill(pid, number)); }
int skiff_unshare(uint64_t flags) { return result(unshare((int)flags)); }
int skiff_setns(int fd, uint64_t flags) { return result(setns(fd, (int)flags)); }
int skiff_set_subreaper(void) { return result(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)); }
int skiff_set_dumpable(int on) { return result(prctl(PR_SET_DUMPABLE, on, 0, 0, 0)); }
int skiff_set_no_new_privs(void) { return result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }
int skiff_set_keep_caps(int on) { return result(prctl(PR_SET_KEEPCAPS, on, 0, 0, 0)); }
int skiff_set_parent_death_signal(int number) { return result(prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)); }
int skiff_set_name(const char *name) { return result(prctl(PR_SET_NAME, name, 0, 0, 0)); }
int skiff_bounding_has(int capability) { return result(prctl(PR_CAPBSET_READ, capability, 0, 0, 0)); }
int skiff_bounding_drop(int capability) { return result(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)); }
int skiff_ambient_clear(void) { return result(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)); }
int skiff_ambient_raise(int capability) {
    return result(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0));
}

int skiff_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {
        {(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
        {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)},
    };
    return result(syscall(SYS_capset, &header, data));
}

int skiff_capget(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    if (syscall(SYS_capget, &header, data) < 0) return -errno;
    *effective = data[0].effective | (uint64_t)data[1].effective << 32;
    *permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    *inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    return 0;
}

int skiff_seccomp_install(const void *filter, size_t bytes, unsigned flags) {
    struct sock_fprog program = {
        .len = (unsigned short)(bytes / sizeof(struct sock_filter)), .filter = (struct sock_filter *)filter};
    return result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
}

int skiff_seccomp_available(void) {
    uint32_t action = SECCOMP_RET_ERRNO;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

// Raw calls: the C library's would signal every thread, and there is only one here.
int skiff_setgroups(const uint32_t *groups, size_t count) { return result(syscall(SYS_setgroups, count, groups)); }
int skiff_setresgid(uint32_t group) { return result(syscall(SYS_setresgid, group, group, group)); }
int skiff_setresuid(uint32_t user) { return result(syscall(SYS_setresuid, user, user, user)); }
int skiff_setsid(void) { return result(setsid()); }
int skiff_setpgid(int pid, int group) { return result(setpgid(pid, group)); }
int skiff_chdir(const char *path) { return result(chdir(path)); }
int skiff_fchdir(int fd) { return result(fchdir(fd)); }
int skiff_getcwd(char *buffer, size_t size) { return result(syscall(SYS_getcwd, buffer, size)); }
int skiff_sethostname(const char *name, size_t length) { return result(sethostname(name, length)); }
int skiff_setdomainname(const char *name, size_t length) { return result(setdomainname(name, length)); }
int skiff_close_range(unsigned first, unsigned last, unsigned flags) {
    return result(syscall(SYS_close_range, first, last, flags));
}
int skiff_join_session_keyring(void) {
    enum { JOIN_SESSION_KEYRING = 1 };
    return result(syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL, 0, 0, 0)) < 0 ? -errno : 0;
}
int skiff_execve(const char *path, char *const *arguments, char *const *environment) {
    return result(execve(path, arguments, environment));
}
int skiff_execveat(int fd, char *const *arguments, char *const *environment) {
    enum { EMPTY_PATH = 0x1000 };
    return result(syscall(SYS_execveat, fd, "", arguments, environment, EMPTY_PATH));
}

int skiff_getrlimit(int resource, uint64_t *soft, uint64_t *hard) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0) return -errno;
    *soft = limit.rlim_cur;
    *hard = limit.rlim_max;
    return 0;
}

int skiff_setrlimit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
    return result(setrlimit(resource, &limit));
}

int skiff_personality(unsigned long persona) { return result(personality(persona)); }
uint32_t skiff_umask(uint32_t mask) { return umask(mask); }
void skiff_exit_now(int code) { _exit(code); }
int skiff_ioprio_set(int value) {
    enum { WHO_PROCESS = 1 };
    return result(syscall(SYS_ioprio_set, WHO_PROCESS, 0, value));
}
int skiff_sched_setaffinity(const void *mask, size_t bytes) {
    return result(syscall(SYS_sched_setaffinity, 0, bytes, mask));
}
int skiff_namespace_type(int fd) { return result(ioctl(fd, NS_GET_NSTYPE)); }
