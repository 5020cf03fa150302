// What Swift's Glibc hides and what glibc does not wrap. One header per family; no policy.
#ifndef SKIFF_CLINUX_H
#define SKIFF_CLINUX_H
#include "clock.h"

#endif
