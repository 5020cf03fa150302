#define _GNU_SOURCE
#include "include/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

// sys/mount.h clashes with linux/mount.h in this C library; these two are all that is needed of it.
int mount(const char *, const char *, const char *, unsigned long, const void *);
int umount2(const char *, int);

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

static int result(long value) { return value < 0 ? -errno : (int)value; }

int skiff_fsopen(const char *type) { return result(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC)); }
int skiff_fsconfig_string(int context, const char *key, const char *value) {
    return result(syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value, 0));
}
int skiff_fsconfig_flag(int context, const char *key) {
    return result(syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, key, NULL, 0));
}
int skiff_fsconfig_fd(int context, const char *key, int fd) {
    return result(syscall(SYS_fsconfig, context, FSCONFIG_SET_FD, key, NULL, fd));
}
int skiff_fsconfig_create(int context) {
    return result(syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
}
int skiff_fsmount(int context, uint64_t attributes) {
    return result(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes));
}

int64_t skiff_fs_message(int context, char *buffer, size_t size) {
    ssize_t count = read(context, buffer, size - 1);
    if (count <= 0) return 0;
    if (buffer[count - 1] == '\n') count--;
    buffer[count] = 0;
    return count;
}

int skiff_open_tree(int directory, const char *path, int recursive, int follow_links) {
    unsigned flags = OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0) |
                     (follow_links ? 0 : AT_SYMLINK_NOFOLLOW);
    return result(syscall(SYS_open_tree, directory, path, flags));
}
int skiff_move_mount(int from, int to) {
    return result(syscall(SYS_move_mount, from, "", to, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}
int skiff_move_mount_path(int from, const char *path) {
    return result(syscall(SYS_move_mount, from, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH));
}
int skiff_mount_setattr(int mount, int recursive, uint64_t set, uint64_t clear, uint64_t propagation, int userns) {
    struct mount_attr attributes = {
        .attr_set = set, .attr_clr = clear, .propagation = propagation, .userns_fd = userns >= 0 ? userns : 0};
    unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    return result(syscall(SYS_mount_setattr, mount, "", flags, &attributes, sizeof attributes));
}
int skiff_mount(const char *source, const char *target, const char *type, uint64_t flags, const char *data) {
    return result(mount(source, target, type, flags, data));
}
int skiff_umount(const char *path, int detach) {
    enum { DETACH = 2, NO_FOLLOW = 8 };
    return result(umount2(path, NO_FOLLOW | (detach ? DETACH : 0)));
}
int skiff_pivot_root_here(void) { return result(syscall(SYS_pivot_root, ".", ".")); }
