// Unix sockets with descriptors and credentials, and netlink. Calls return their value or a negative errno.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SKIFF_MAX_DESCRIPTORS = 253 };

/// type is 1 for stream, 5 for seqpacket; close-on-exec, plus `flags` (SOCK_NONBLOCK).
int skiff_unix_socket(int type, int flags);
int skiff_unix_pair(int type, int flags, int ends[2]);
int skiff_unix_bind(int fd, const char *path);
int skiff_unix_connect(int fd, const char *path);
int skiff_listen(int fd, int backlog);
int skiff_accept(int fd, int flags);
int skiff_shutdown(int fd, int how);
int skiff_set_buffer_sizes(int fd, int bytes);
/// SO_PEERCRED: who connected.
int skiff_peer_credentials(int fd, int32_t *pid, uint32_t *uid, uint32_t *gid);
/// Sends one message with `fd_count` descriptors (SCM_RIGHTS); never raises SIGPIPE.
int64_t skiff_send_fds(int fd, const void *bytes, size_t count, const int *fds, size_t fd_count, int flags);
/// Receives one message. `*fd_count` holds the room in `fds` before and the number received after (close-on-exec).
/// A truncated message or descriptor list gives -EMSGSIZE after the received descriptors were closed.
int64_t skiff_receive_fds(int fd, void *bytes, size_t room, int *fds, size_t *fd_count, int flags);

/// A NETLINK_ROUTE (0) or other netlink socket, bound, close-on-exec, with extended acknowledgements.
int skiff_netlink_socket(int protocol);
int64_t skiff_netlink_send(int fd, const void *bytes, size_t count);
int64_t skiff_netlink_receive(int fd, void *bytes, size_t room);
int skiff_netlink_join(int fd, int group);
unsigned skiff_interface_index(const char *name);
