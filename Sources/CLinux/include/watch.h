// The end of an inotify watch; its beginning is in event.h.
#pragma once

/// Removes a watch. Returns 0, or a negative errno (-EINVAL when the watched file is gone already).
int skiff_inotify_unwatch(int fd, int watch);
