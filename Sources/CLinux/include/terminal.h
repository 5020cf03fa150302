// The terminal of a command line: raw mode and size, which Swift can't reach through the variadic ioctl.
#pragma once

#include <stdint.h>
#include <termios.h>

/// The terminal's size. Returns 0, or a negative errno (-ENOTTY when it is none).
int skiff_terminal_size(int fd, uint16_t *rows, uint16_t *columns);
/// Switches to raw mode and stores the mode before in `saved`. Returns 0, or a negative errno.
int skiff_terminal_make_raw(int fd, struct termios *saved);
/// Puts a saved mode back after pending output is written. Returns 0, or a negative errno.
int skiff_terminal_restore(int fd, const struct termios *saved);
