// Files: what is variadic or newer than Swift's Glibc. Every call returns its value or a negative errno.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

// openat2(2) resolve flags (linux/openat2.h).
enum {
    SKIFF_RESOLVE_NO_XDEV = 0x01,
    SKIFF_RESOLVE_NO_MAGICLINKS = 0x02,
    SKIFF_RESOLVE_NO_SYMLINKS = 0x04,
    SKIFF_RESOLVE_BENEATH = 0x08,
    SKIFF_RESOLVE_IN_ROOT = 0x10,
};

// Constants that Swift's Glibc hides because they need _GNU_SOURCE.
extern const int SKIFF_O_PATH;
extern const int SKIFF_O_TMPFILE;
extern const int SKIFF_AT_EMPTY_PATH;

// Super block magics used to prove what a descriptor is (linux/magic.h).
enum {
    SKIFF_PROC_SUPER_MAGIC = 0x9fa0,
    SKIFF_DEVPTS_SUPER_MAGIC = 0x1cd1,
    SKIFF_CGROUP2_SUPER_MAGIC = 0x63677270,
    SKIFF_CGROUP_SUPER_MAGIC = 0x27e0eb,
    SKIFF_TMPFS_MAGIC = 0x01021994,
    SKIFF_OVERLAYFS_SUPER_MAGIC = 0x794c7630,
    SKIFF_NSFS_MAGIC = 0x6e736673,
};

int skiff_openat(int directory, const char *path, int flags, mode_t mode);
int skiff_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int64_t skiff_read(int fd, void *buffer, size_t count);
int64_t skiff_write(int fd, const void *buffer, size_t count);
int64_t skiff_pread(int fd, void *buffer, size_t count, int64_t offset);
int64_t skiff_pwrite(int fd, const void *buffer, size_t count, int64_t offset);
int skiff_close(int fd);
int skiff_fsync(int fd);
int skiff_fdatasync(int fd);
int skiff_syncfs(int fd);
int skiff_ftruncate(int fd, int64_t length);
int skiff_fallocate_punch(int fd, int64_t offset, int64_t length);
int skiff_fstat(int fd, struct stat *status);
int skiff_fstatat(int directory, const char *path, struct stat *status, int flags);
int skiff_mkdirat(int directory, const char *path, mode_t mode);
int skiff_mknodat(int directory, const char *path, mode_t mode, unsigned major, unsigned minor);
int skiff_symlinkat(const char *target, int directory, const char *path);
int skiff_linkat(int from, const char *old, int to, const char *new, int flags);
int64_t skiff_readlinkat(int directory, const char *path, char *buffer, size_t count);
int skiff_unlinkat(int directory, const char *path, int flags);
int skiff_renameat2(int from, const char *old, int to, const char *new, unsigned flags);
int skiff_fchmod(int fd, mode_t mode);
int skiff_fchmodat(int directory, const char *path, mode_t mode);
int skiff_fchownat(int directory, const char *path, uid_t user, gid_t group, int flags);
int skiff_utimensat(int directory, const char *path, const struct timespec times[2], int flags);
int skiff_flock(int fd, int operation);
int skiff_fcntl(int fd, int command, int64_t argument);
int skiff_dup3(int from, int to, int flags);
/// getdents64(2): fills `buffer` with linux_dirent64 records.
int64_t skiff_getdents(int fd, void *buffer, size_t count);
int64_t skiff_copy_file_range(int from, int to, size_t count);
/// FICLONE: shares the extents of `from` with `to` (reflink).
int skiff_clone_file(int from, int to);
int64_t skiff_sendfile(int to, int from, size_t count);
int64_t skiff_lgetxattr(const char *path, const char *name, void *value, size_t size);
int64_t skiff_llistxattr(const char *path, char *list, size_t size);
int skiff_lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags);
int64_t skiff_fgetxattr(int fd, const char *name, void *value, size_t size);
int64_t skiff_flistxattr(int fd, char *list, size_t size);
int skiff_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags);

/// What statfs(2) tells, in fields Swift can read; sizes in bytes.
struct skiff_filesystem {
    uint64_t magic;
    uint64_t block_size;
    uint64_t total_bytes;
    uint64_t free_bytes;
    uint64_t available_bytes;
    uint64_t total_inodes;
    uint64_t free_inodes;
};
int skiff_statfs(const char *path, struct skiff_filesystem *out);
int skiff_fstatfs(int fd, struct skiff_filesystem *out);
unsigned skiff_device_major(uint64_t device);
unsigned skiff_device_minor(uint64_t device);
uint64_t skiff_make_device(unsigned major, unsigned minor);
