#include <cstdio>

#include "simulator/options.h"
#include "simulator/program.h"

int main(int count, char** arguments) {
    const simulator::CommandLine command_line = simulator::read_command_line(count, arguments);
    if (!command_line.options) {
        std::fputs(command_line.text.c_str(), command_line.exit_code == 0 ? stdout : stderr);
        return command_line.exit_code;
    }
    return simulator::run(*command_line.options);
}
