// Umbrella of the C layer: one header per family, no policy.
#pragma once

#include "bpf.h"
#include "clock.h"
#include "detach.h"
#include "event.h"
#include "file.h"
#include "mount.h"
#include "process.h"
#include "pty.h"
#include "socket.h"
#include "terminal.h"
#include "watch.h"
