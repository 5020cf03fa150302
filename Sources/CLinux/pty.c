#define _GNU_SOURCE
#include "include/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

int skiff_pty_unlock(int master) {
    int locked = 0;
    return result(ioctl(master, TIOCSPTLCK, &locked));
}

int skiff_pty_peer(int master) { return result(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)); }

int skiff_pty_resize(int fd, uint16_t rows, uint16_t columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return result(ioctl(fd, TIOCSWINSZ, &size));
}

int skiff_set_controlling_terminal(int fd) { return result(ioctl(fd, TIOCSCTTY, 0)); }
int skiff_set_foreground_group(int fd, int group) { return result(tcsetpgrp(fd, group)); }
