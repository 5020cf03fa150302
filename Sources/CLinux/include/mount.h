// The mount API of Linux 5.2 and later, and the old calls it still needs. Calls return a value or a negative errno.
#pragma once

#include <stddef.h>
#include <stdint.h>

// mount_setattr(2) and fsmount(2) attributes (linux/mount.h).
#define SKIFF_MOUNT_ATTR_RDONLY 0x00000001ULL
#define SKIFF_MOUNT_ATTR_NOSUID 0x00000002ULL
#define SKIFF_MOUNT_ATTR_NODEV 0x00000004ULL
#define SKIFF_MOUNT_ATTR_NOEXEC 0x00000008ULL
#define SKIFF_MOUNT_ATTR__ATIME 0x00000070ULL
#define SKIFF_MOUNT_ATTR_RELATIME 0x00000000ULL
#define SKIFF_MOUNT_ATTR_NOATIME 0x00000010ULL
#define SKIFF_MOUNT_ATTR_STRICTATIME 0x00000020ULL
#define SKIFF_MOUNT_ATTR_NODIRATIME 0x00000080ULL
#define SKIFF_MOUNT_ATTR_IDMAP 0x00100000ULL
#define SKIFF_MOUNT_ATTR_NOSYMFOLLOW 0x00200000ULL

// Propagation types (sys/mount.h), for mount_setattr and mount.
#define SKIFF_MS_REC 0x4000ULL
#define SKIFF_MS_UNBINDABLE 0x20000ULL
#define SKIFF_MS_PRIVATE 0x40000ULL
#define SKIFF_MS_SLAVE 0x80000ULL
#define SKIFF_MS_SHARED 0x100000ULL
#define SKIFF_MS_RDONLY 0x1ULL
#define SKIFF_MS_BIND 0x1000ULL

int skiff_fsopen(const char *type);
int skiff_fsconfig_string(int context, const char *key, const char *value);
int skiff_fsconfig_flag(int context, const char *key);
int skiff_fsconfig_fd(int context, const char *key, int fd);
int skiff_fsconfig_create(int context);
/// The detached mount of a created context.
int skiff_fsmount(int context, uint64_t attributes);
/// One line the kernel left about the context, without its newline; 0 when there is none.
int64_t skiff_fs_message(int context, char *buffer, size_t size);
/// A detached copy of the mount at `path` (empty: of the descriptor itself).
int skiff_open_tree(int directory, const char *path, int recursive, int follow_links);
/// Attaches the detached mount `from` on top of the open place `to`.
int skiff_move_mount(int from, int to);
/// Attaches the detached mount `from` at a path.
int skiff_move_mount_path(int from, const char *path);
int skiff_mount_setattr(int mount, int recursive, uint64_t set, uint64_t clear, uint64_t propagation, int userns);
int skiff_mount(const char *source, const char *target, const char *type, uint64_t flags, const char *data);
int skiff_umount(const char *path, int detach);
/// pivot_root(".", "."): the old root ends up mounted over the new one, ready to be detached.
int skiff_pivot_root_here(void);
