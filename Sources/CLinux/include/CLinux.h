// Umbrella of the C layer: one header per family, no policy.
#pragma once

#include "clock.h"
