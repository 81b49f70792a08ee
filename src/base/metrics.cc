#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>

namespace base {
namespace {

std::map<std::string, std::string> to_map(Labels labels) { return {labels.begin(), labels.end()}; }

}  // namespace

void Counter::add(double amount) const {
    if (counter_ != nullptr) {
        counter_->Increment(amount);
    }
}

double Counter::value() const { return counter_ != nullptr ? counter_->Value() : 0; }

void Gauge::set(double value) const {
    if (gauge_ != nullptr) {
        gauge_->Set(value);
    }
}

void Gauge::add(double amount) const {
    if (gauge_ != nullptr) {
        gauge_->Increment(amount);
    }
}

double Gauge::value() const { return gauge_ != nullptr ? gauge_->Value() : 0; }

void Histogram::observe(double value) const {
    if (histogram_ != nullptr) {
        histogram_->Observe(value);
    }
}

struct Metrics::Impl {
    // Merge: asking for a family again gives the one that is there.
    prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(const std::string& name, const std::string& help, Labels labels) {
    return Counter(prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry).Add(to_map(labels)));
}

Gauge Metrics::gauge(const std::string& name, const std::string& help, Labels labels) {
    return Gauge(prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry).Add(to_map(labels)));
}

Histogram Metrics::histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds, Labels labels) {
    return Histogram(prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry).Add(to_map(labels), bounds));
}

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(impl_->registry.Collect()); }

}  // namespace base
