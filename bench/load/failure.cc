#include "failure.h"

#include <cstdlib>
#include <iostream>

namespace load {

void fail(std::string_view why) {
    std::cerr << "bench-load: " << why << std::endl;
    std::exit(1);
}

}  // namespace load
