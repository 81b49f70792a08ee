// Counters, gauges and histograms as handles: made once at start, kept by reference, cheap to touch from any thread
// (a few ns). Each room declares a struct of the handles it needs; ops serves the page. A handle may outlive nothing but
// the Metrics that made it.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace base {

class Counter {
public:
    Counter() = default;  // counts nowhere: for tests that do not look
    explicit Counter(prometheus::Counter& counter) : counter_(&counter) {}
    void add(double amount = 1) const;
    [[nodiscard]] double value() const;

private:
    prometheus::Counter* counter_ = nullptr;
};

class Gauge {
public:
    Gauge() = default;
    explicit Gauge(prometheus::Gauge& gauge) : gauge_(&gauge) {}
    void set(double value) const;
    void add(double amount) const;
    [[nodiscard]] double value() const;

private:
    prometheus::Gauge* gauge_ = nullptr;
};

class Histogram {
public:
    Histogram() = default;
    explicit Histogram(prometheus::Histogram& histogram) : histogram_(&histogram) {}
    void observe(double value) const;

private:
    prometheus::Histogram* histogram_ = nullptr;
};

using Labels = std::initializer_list<std::pair<const std::string, std::string>>;

class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    // The same name and labels give the same series; a name has one help text and one type.
    Counter counter(const std::string& name, const std::string& help, Labels labels = {});
    Gauge gauge(const std::string& name, const std::string& help, Labels labels = {});
    Histogram histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds, Labels labels = {});

    // The page in Prometheus' text format 0.0.4.
    [[nodiscard]] std::string text() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace base
