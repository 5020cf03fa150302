// Pseudo terminals. Calls return their value or a negative errno.
#pragma once

#include <stdint.h>

/// Unlocks a master's other side.
int skiff_pty_unlock(int master);
/// TIOCGPTPEER: opens the other side by descriptor, so no path can be swapped (CVE-2025-52565).
int skiff_pty_peer(int master);
int skiff_pty_resize(int fd, uint16_t rows, uint16_t columns);
/// Makes a terminal the controlling one of this session.
int skiff_set_controlling_terminal(int fd);
int skiff_set_foreground_group(int fd, int group);
