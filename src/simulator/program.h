// The program around a fleet: limits of the process, signals, time, what is printed. Returns the exit code: 0 when every
// charge point did what it should, 1 when one did not, 2 when the fleet could not start.
#pragma once

#include "simulator/options.h"

namespace simulator {

[[nodiscard]] int run(const Options& options);

}  // namespace simulator
