#define _GNU_SOURCE
#include "include/socket.h"

#include <errno.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

int skiff_unix_socket(int type, int flags) { return result(socket(AF_UNIX, type | flags | SOCK_CLOEXEC, 0)); }
int skiff_unix_pair(int type, int flags, int ends[2]) {
    return result(socketpair(AF_UNIX, type | flags | SOCK_CLOEXEC, 0, ends));
}

static int unix_address(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address->sun_path) return -ENAMETOOLONG;
    strcpy(address->sun_path, path);
    return 0;
}

int skiff_unix_bind(int fd, const char *path) {
    struct sockaddr_un address;
    int failed = unix_address(path, &address);
    return failed ? failed : result(bind(fd, (struct sockaddr *)&address, sizeof address));
}

int skiff_unix_connect(int fd, const char *path) {
    struct sockaddr_un address;
    int failed = unix_address(path, &address);
    return failed ? failed : result(connect(fd, (struct sockaddr *)&address, sizeof address));
}

int skiff_listen(int fd, int backlog) { return result(listen(fd, backlog)); }
int skiff_accept(int fd, int flags) { return result(accept4(fd, NULL, NULL, flags | SOCK_CLOEXEC)); }
int skiff_shutdown(int fd, int how) { return result(shutdown(fd, how)); }

int skiff_set_buffer_sizes(int fd, int bytes) {
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) < 0) return -errno;
    return result(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes));
}

int skiff_peer_credentials(int fd, int32_t *pid, uint32_t *uid, uint32_t *gid) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return -errno;
    *pid = peer.pid;
    *uid = peer.uid;
    *gid = peer.gid;
    return 0;
}

int64_t skiff_send_fds(int fd, const void *bytes, size_t count, const int *fds, size_t fd_count, int flags) {
    if (fd_count > SKIFF_MAX_DESCRIPTORS) return -EINVAL;
    union {
        char bytes[CMSG_SPACE(sizeof(int) * SKIFF_MAX_DESCRIPTORS)];
        struct cmsghdr alignment;
    } control;
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (fd_count > 0) {
        memset(&control, 0, CMSG_SPACE(sizeof(int) * fd_count));
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * fd_count);
    }
    ssize_t sent;
    do {
        sent = sendmsg(fd, &message, flags | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

static void close_all(const int *fds, size_t count) {
    for (size_t i = 0; i < count; i++) close(fds[i]);
}

int64_t skiff_receive_fds(int fd, void *bytes, size_t room, int *fds, size_t *fd_count, int flags) {
    union {
        char bytes[CMSG_SPACE(sizeof(int) * SKIFF_MAX_DESCRIPTORS)];
        struct cmsghdr alignment;
    } control;
    struct iovec vector = {.iov_base = bytes, .iov_len = room};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t received;
    do {
        received = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC);
    } while (received < 0 && errno == EINTR);
    size_t capacity = *fd_count;
    *fd_count = 0;
    if (received < 0) return -errno;
    int overflow = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        int *given = (int *)CMSG_DATA(header);
        for (size_t i = 0; i < count; i++) {
            if (*fd_count < capacity) {
                fds[(*fd_count)++] = given[i];
            } else {
                close(given[i]);
                overflow = 1;
            }
        }
    }
    if (overflow) {
        close_all(fds, *fd_count);
        *fd_count = 0;
        return -EMSGSIZE;
    }
    return received;
}

int skiff_netlink_socket(int protocol) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (fd < 0) return -errno;
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int failed = -errno;
        close(fd);
        return failed;
    }
    int on = 1;
    // Older kernels lack either option; both only make messages better or dumps stricter.
    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
    return fd;
}

int64_t skiff_netlink_send(int fd, const void *bytes, size_t count) {
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t sent = sendto(fd, bytes, count, 0, (struct sockaddr *)&kernel, sizeof kernel);
    return sent < 0 ? -errno : sent;
}

int64_t skiff_netlink_receive(int fd, void *bytes, size_t room) {
    struct sockaddr_nl sender = {0};
    struct iovec vector = {.iov_base = bytes, .iov_len = room};
    for (;;) {
        struct msghdr message = {
            .msg_name = &sender, .msg_namelen = sizeof sender, .msg_iov = &vector, .msg_iovlen = 1};
        ssize_t received = recvmsg(fd, &message, 0);
        if (received < 0) {
            if (errno == EINTR) continue;
            return -errno;
        }
        // Only the kernel (port 0) may answer: any local process can send to a netlink port.
        if (sender.nl_pid != 0) continue;
        if (message.msg_flags & MSG_TRUNC) return -EMSGSIZE;
        return received;
    }
}

int skiff_netlink_join(int fd, int group) {
    return result(setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group));
}

unsigned skiff_interface_index(const char *name) { return if_nametoindex(name); }
