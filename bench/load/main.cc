#include <iostream>

#include "modes.h"

namespace {

std::string run(const load::Options& options) {
    switch (options.mode) {
        case load::Mode::closed: return load::run_closed(options);
        case load::Mode::open: return load::run_open(options);
        case load::Mode::idle: return load::run_idle(options);
        case load::Mode::connects: return load::run_connects(options);
    }
    return {};
}

}  // namespace

int main(int count, char** arguments) {
    std::cout << run(load::read_options(count, arguments)) << std::endl;
    return 0;
}
