#define _GNU_SOURCE
#include "include/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

_Static_assert(sizeof(struct termios) <= sizeof(struct skiff_terminal_state), "termios must fit");

static int result(int value) { return value < 0 ? -errno : value; }

int skiff_pty_unlock(int master) {
    int locked = 0;
    return result(ioctl(master, TIOCSPTLCK, &locked));
}
int skiff_pty_peer(int master) { return result(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)); }

int skiff_set_window_size(int fd, uint16_t rows, uint16_t columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return result(ioctl(fd, TIOCSWINSZ, &size));
}

int skiff_get_window_size(int fd, uint16_t *rows, uint16_t *columns) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0) return -errno;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return 0;
}

int skiff_set_controlling_terminal(int fd) { return result(ioctl(fd, TIOCSCTTY, 0)); }
int skiff_set_foreground_group(int fd, int group) { return result(tcsetpgrp(fd, group)); }
int skiff_is_terminal(int fd) { return isatty(fd); }

int skiff_terminal_raw(int fd, struct skiff_terminal_state *saved) {
    struct termios mode;
    if (tcgetattr(fd, &mode) < 0) return -errno;
    memset(saved, 0, sizeof *saved);
    memcpy(saved->bytes, &mode, sizeof mode);
    cfmakeraw(&mode);
    return result(tcsetattr(fd, TCSANOW, &mode));
}

int skiff_terminal_restore(int fd, const struct skiff_terminal_state *saved) {
    struct termios mode;
    memcpy(&mode, saved->bytes, sizeof mode);
    return result(tcsetattr(fd, TCSANOW, &mode));
}
