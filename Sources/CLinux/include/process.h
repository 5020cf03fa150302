// Processes: creation, pidfds, namespaces, credentials, limits. Calls return their value or a negative errno.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// clone(2) flags (linux/sched.h), also those of unshare(2) and setns(2).
#define SKIFF_CLONE_NEWTIME 0x00000080ULL
#define SKIFF_CLONE_NEWNS 0x00020000ULL
#define SKIFF_CLONE_NEWCGROUP 0x02000000ULL
#define SKIFF_CLONE_NEWUTS 0x04000000ULL
#define SKIFF_CLONE_NEWIPC 0x08000000ULL
#define SKIFF_CLONE_NEWUSER 0x10000000ULL
#define SKIFF_CLONE_NEWPID 0x20000000ULL
#define SKIFF_CLONE_NEWNET 0x40000000ULL
#define SKIFF_CLONE_FS 0x00000200ULL

/// Forks as clone3(2) with `flags` (CLONE_NEW*): 0 in the child. `*pidfd` gets a close-on-exec pidfd. With
/// `cgroup` >= 0 the child is born in that v2 cgroup. Only for single-threaded processes.
int skiff_clone(uint64_t flags, int cgroup, int *pidfd);
/// Forks by clone(2), which system call filters allow where they refuse clone3(2).
int skiff_fork(void);
int skiff_pidfd_open(int pid, unsigned flags);
int skiff_pidfd_send_signal(int pidfd, int signal);
int skiff_pidfd_getfd(int pidfd, int fd);

/// What PIDFD_GET_INFO tells (kernel 6.13; exit status 6.15).
struct skiff_process_info {
    int32_t pid;
    int32_t parent;
    int32_t has_exit_status;
    /// Wait status as of wait(2); valid only with has_exit_status.
    int32_t exit_status;
};
int skiff_pidfd_info(int pidfd, struct skiff_process_info *out);

/// waitid(P_PIDFD, WEXITED): 1 and the wait(2) status when it ended, 0 when it runs (`block` 0), -ECHILD when it
/// is not a child.
int skiff_wait_pidfd(int pidfd, int block, int *status);
/// waitpid(-1, WNOHANG): the pid of an ended child, 0 for none.
int skiff_reap_any(int *status);
/// Waits for a child without WNOHANG.
int skiff_wait_pid(int pid, int *status);
/// sigwait for any of the signals that are not SIGCHLD-independent faults; returns the number.
int skiff_block_all_signals(void);
int skiff_wait_any_signal(void);
/// All signals to their default action and none blocked: what an executed program expects.
int skiff_reset_signals(void);
int skiff_ignore_signal(int signal);
int skiff_kill(int pid, int signal);

int skiff_unshare(uint64_t flags);
int skiff_setns(int fd, uint64_t flags);
int skiff_set_subreaper(void);
int skiff_set_dumpable(int on);
int skiff_set_no_new_privs(void);
int skiff_set_keep_caps(int on);
int skiff_set_parent_death_signal(int signal);
int skiff_set_name(const char *name);
/// 1 when the bounding set has the capability, 0 when not, -EINVAL when the kernel does not know it.
int skiff_bounding_has(int capability);
int skiff_bounding_drop(int capability);
int skiff_ambient_clear(void);
int skiff_ambient_raise(int capability);
int skiff_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable);
int skiff_capget(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable);
/// Installs a compiled BPF filter (array of struct sock_filter, `bytes` long) on this thread.
int skiff_seccomp_install(const void *filter, size_t bytes, unsigned flags);
/// 1 when SECCOMP_GET_ACTION_AVAIL answers yes: the kernel has seccomp filters.
int skiff_seccomp_available(void);

int skiff_setgroups(const uint32_t *groups, size_t count);
int skiff_setresgid(uint32_t group);
int skiff_setresuid(uint32_t user);
int skiff_setsid(void);
int skiff_setpgid(int pid, int group);
int skiff_chdir(const char *path);
int skiff_fchdir(int fd);
/// The raw getcwd(2): unlike the C library's it does not hide paths that are outside the root. Length with zero.
int skiff_getcwd(char *buffer, size_t size);
int skiff_sethostname(const char *name, size_t length);
int skiff_setdomainname(const char *name, size_t length);
int skiff_close_range(unsigned first, unsigned last, unsigned flags);
enum { SKIFF_CLOSE_RANGE_CLOEXEC = 4 };
/// A new anonymous session keyring, so the container shares no kernel keys with its starter.
int skiff_join_session_keyring(void);
int skiff_execve(const char *path, char *const *arguments, char *const *environment);
/// Executes the file behind a descriptor.
int skiff_execveat(int fd, char *const *arguments, char *const *environment);
int skiff_getrlimit(int resource, uint64_t *soft, uint64_t *hard);
int skiff_setrlimit(int resource, uint64_t soft, uint64_t hard);
int skiff_personality(unsigned long persona);
uint32_t skiff_umask(uint32_t mask);
__attribute__((noreturn)) void skiff_exit_now(int code);
int skiff_ioprio_set(int value);
int skiff_sched_setaffinity(const void *mask, size_t bytes);
/// NS_GET_NSTYPE of an nsfs descriptor: the CLONE_NEW* flag.
int skiff_namespace_type(int fd);
