#define _GNU_SOURCE
#include "include/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

// Glibc's -1 plus errno becomes one negative value, so nothing between call and check can lose it.
#define RESULT(call)                      \
    do {                                  \
        __typeof__(call) outcome = (call); \
        return outcome < 0 ? -errno : outcome; \
    } while (0)

const int SKIFF_O_PATH = O_PATH;
const int SKIFF_O_TMPFILE = O_TMPFILE;
const int SKIFF_AT_EMPTY_PATH = AT_EMPTY_PATH;

int skiff_openat(int directory, const char *path, int flags, mode_t mode) { RESULT(openat(directory, path, flags, mode)); }

int skiff_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    RESULT((int)syscall(SYS_openat2, directory, path, &how, sizeof how));
}

int64_t skiff_read(int fd, void *buffer, size_t count) { RESULT(read(fd, buffer, count)); }
int64_t skiff_write(int fd, const void *buffer, size_t count) { RESULT(write(fd, buffer, count)); }
int64_t skiff_pread(int fd, void *buffer, size_t count, int64_t offset) { RESULT(pread(fd, buffer, count, offset)); }
int64_t skiff_pwrite(int fd, const void *buffer, size_t count, int64_t offset) {
    RESULT(pwrite(fd, buffer, count, offset));
}
int skiff_close(int fd) { RESULT(close(fd)); }
int skiff_fsync(int fd) { RESULT(fsync(fd)); }
int skiff_fdatasync(int fd) { RESULT(fdatasync(fd)); }
int skiff_syncfs(int fd) { RESULT(syncfs(fd)); }
int skiff_ftruncate(int fd, int64_t length) { RESULT(ftruncate(fd, length)); }
int skiff_fallocate_punch(int fd, int64_t offset, int64_t length) {
    RESULT(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length));
}
int skiff_fstat(int fd, struct stat *status) { RESULT(fstat(fd, status)); }
int skiff_fstatat(int directory, const char *path, struct stat *status, int flags) {
    RESULT(fstatat(directory, path, status, flags));
}
int skiff_mkdirat(int directory, const char *path, mode_t mode) { RESULT(mkdirat(directory, path, mode)); }
int skiff_mknodat(int directory, const char *path, mode_t mode, unsigned major, unsigned minor) {
    RESULT(mknodat(directory, path, mode, makedev(major, minor)));
}
int skiff_symlinkat(const char *target, int directory, const char *path) { RESULT(symlinkat(target, directory, path)); }
int skiff_linkat(int from, const char *old, int to, const char *new, int flags) {
    RESULT(linkat(from, old, to, new, flags));
}
int64_t skiff_readlinkat(int directory, const char *path, char *buffer, size_t count) {
    RESULT(readlinkat(directory, path, buffer, count));
}
int skiff_unlinkat(int directory, const char *path, int flags) { RESULT(unlinkat(directory, path, flags)); }
int skiff_renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
    RESULT(renameat2(from, old, to, new, flags));
}
int skiff_fchmod(int fd, mode_t mode) { RESULT(fchmod(fd, mode)); }
int skiff_fchmodat(int directory, const char *path, mode_t mode) { RESULT(fchmodat(directory, path, mode, 0)); }
int skiff_fchownat(int directory, const char *path, uid_t user, gid_t group, int flags) {
    RESULT(fchownat(directory, path, user, group, flags));
}
int skiff_utimensat(int directory, const char *path, const struct timespec times[2], int flags) {
    // The raw call, because only it accepts a null path (the descriptor itself).
    RESULT((int)syscall(SYS_utimensat, directory, path, times, flags));
}
int skiff_flock(int fd, int operation) { RESULT(flock(fd, operation)); }
int skiff_fcntl(int fd, int command, int64_t argument) { RESULT(fcntl(fd, command, argument)); }
int skiff_dup3(int from, int to, int flags) { RESULT(dup3(from, to, flags)); }
int64_t skiff_getdents(int fd, void *buffer, size_t count) { RESULT(syscall(SYS_getdents64, fd, buffer, count)); }
int64_t skiff_copy_file_range(int from, int to, size_t count) {
    RESULT(copy_file_range(from, NULL, to, NULL, count, 0));
}
int skiff_clone_file(int from, int to) { RESULT(ioctl(to, FICLONE, from)); }
int64_t skiff_sendfile(int to, int from, size_t count) { RESULT(sendfile(to, from, NULL, count)); }
int64_t skiff_lgetxattr(const char *path, const char *name, void *value, size_t size) {
    RESULT(lgetxattr(path, name, value, size));
}
int64_t skiff_llistxattr(const char *path, char *list, size_t size) { RESULT(llistxattr(path, list, size)); }
int skiff_lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags) {
    RESULT(lsetxattr(path, name, value, size, flags));
}
int64_t skiff_fgetxattr(int fd, const char *name, void *value, size_t size) {
    RESULT(fgetxattr(fd, name, value, size));
}
int64_t skiff_flistxattr(int fd, char *list, size_t size) { RESULT(flistxattr(fd, list, size)); }
int skiff_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags) {
    RESULT(fsetxattr(fd, name, value, size, flags));
}

static void describe(const struct statfs *in, struct skiff_filesystem *out) {
    uint64_t unit = in->f_frsize > 0 ? (uint64_t)in->f_frsize : (uint64_t)in->f_bsize;
    out->magic = (uint64_t)in->f_type & 0xffffffff;
    out->block_size = unit;
    out->total_bytes = in->f_blocks * unit;
    out->free_bytes = in->f_bfree * unit;
    out->available_bytes = in->f_bavail * unit;
    out->total_inodes = in->f_files;
    out->free_inodes = in->f_ffree;
}

int skiff_statfs(const char *path, struct skiff_filesystem *out) {
    struct statfs status;
    if (statfs(path, &status) < 0) return -errno;
    describe(&status, out);
    return 0;
}

int skiff_fstatfs(int fd, struct skiff_filesystem *out) {
    struct statfs status;
    if (fstatfs(fd, &status) < 0) return -errno;
    describe(&status, out);
    return 0;
}

unsigned skiff_device_major(uint64_t device) { return major(device); }
unsigned skiff_device_minor(uint64_t device) { return minor(device); }
uint64_t skiff_make_device(unsigned a, unsigned b) { return makedev(a, b); }
