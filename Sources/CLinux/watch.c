#include "watch.h"

#include <errno.h>
#include <sys/inotify.h>

int skiff_inotify_unwatch(int fd, int watch)
{
    return inotify_rm_watch(fd, watch) < 0 ? -errno : 0;
}
