#include <folio/datasets/error.h>
#include <folio/trainer/optimizer.h>

#include <cmath>

namespace folio {
namespace {

void check(bool holds, const char* what, double value, const char* expected) {
  if (holds) return;
  throw Error(ErrorKind::kUsage,
              std::string(what) + " must be " + expected + ", got " + std::to_string(value));
}

}  // namespace

Optimizer::Optimizer(const std::string& name) {
  if (name == "sgd" || name == "SGD") {
    kind_ = SGD{};
  } else if (name == "adam" || name == "Adam") {
    kind_ = Adam{};
  } else {
    throw Error(ErrorKind::kUsage, "unknown optimizer '" + name + "', expected sgd or adam");
  }
}

double Optimizer::learning_rate() const {
  return std::visit([](const auto& kind) { return kind.learning_rate; }, kind_);
}

void Optimizer::set_learning_rate(double rate) {
  std::visit([&](auto& kind) { kind.learning_rate = rate; }, kind_);
}

void Optimizer::validate() const {
  const auto fraction = [](double value) { return value >= 0.0 && value < 1.0; };
  check(std::isfinite(learning_rate()) && learning_rate() >= 0.0, "learning_rate", learning_rate(),
        "at least 0");
  if (const auto* sgd = std::get_if<SGD>(&kind_)) {
    check(sgd->momentum >= 0.0 && sgd->momentum <= 1.0, "SGD: momentum", sgd->momentum,
          "in [0, 1]");
  } else if (const auto* adam = std::get_if<Adam>(&kind_)) {
    check(fraction(adam->beta_1), "Adam: beta_1", adam->beta_1, "in [0, 1)");
    check(fraction(adam->beta_2), "Adam: beta_2", adam->beta_2, "in [0, 1)");
    check(adam->epsilon >= 0.0, "Adam: epsilon", adam->epsilon, "at least 0");
  }
}

}  // namespace folio
