#include "terminal.h"

#include <errno.h>
#include <sys/ioctl.h>

int skiff_terminal_size(int fd, uint16_t *rows, uint16_t *columns)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0)
        return -errno;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return 0;
}

int skiff_terminal_make_raw(int fd, struct termios *saved)
{
    if (tcgetattr(fd, saved) < 0)
        return -errno;
    struct termios raw = *saved;
    cfmakeraw(&raw);
    return tcsetattr(fd, TCSANOW, &raw) < 0 ? -errno : 0;
}

int skiff_terminal_restore(int fd, const struct termios *saved)
{
    return tcsetattr(fd, TCSADRAIN, saved) < 0 ? -errno : 0;
}
