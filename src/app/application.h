// Application: the composition root. create() builds every part by hand, in order; run() runs the pod until SIGTERM or
// SIGINT and drains it; the destructor takes the parts down in the one order that is safe. Read application.cc and you
// know the system.
#pragma once

#include <memory>

#include "app/config/config.h"
#include "base/result.h"

namespace app {

class Application {
public:
    // Fails when the pod cannot start: a port is taken, librdkafka refuses a setting.
    static base::Result<std::unique_ptr<Application>> create(Config config);
    ~Application();

    // On the process' main thread. Returns when the pod is drained.
    void run();

private:
    struct Parts;
    explicit Application(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace app
