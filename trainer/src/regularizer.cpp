#include "regularizer.h"

#include <folio/datasets/error.h>
#include <folio/datasets/message.h>

#include <cmath>
#include <utility>

#include "named_choice.h"

namespace folio {
namespace {

Regularizer named(const std::string& name) {
  if (name == "l1" || name == "L1") return L1{};
  if (name == "l2" || name == "L2") return L2{};
  if (name == "l1_l2" || name == "L1L2") return L1L2{};
  throw Error(ErrorKind::kUsage, "unknown regularizer '" + name + "', expected l1, l2 or l1_l2");
}

}  // namespace

Regularizer::Regularizer(std::string class_name, double l1, double l2)
    : class_name_(std::move(class_name)), l1_(l1), l2_(l2) {
  for (const double factor : {l1, l2}) {
    if (std::isfinite(factor) && factor >= 0.0) continue;
    throw Error(ErrorKind::kUsage,
                class_name_ + ": a factor must be at least 0, got " + number_text(factor));
  }
}

Regularizer::Regularizer(L1 choice) : Regularizer("L1", choice.l1, 0.0) {}
Regularizer::Regularizer(L2 choice) : Regularizer("L2", 0.0, choice.l2) {}
Regularizer::Regularizer(L1L2 choice) : Regularizer("L1L2", choice.l1, choice.l2) {}
Regularizer::Regularizer(const char* name) : Regularizer(named(name)) {}
Regularizer::Regularizer(const std::string& name) : Regularizer(named(name)) {}

namespace internal {

nlohmann::ordered_json regularizer_config(const Regularizer& regularizer) {
  const std::string& name = regularizer.class_name();
  if (name.empty()) return nullptr;
  nlohmann::ordered_json config = nlohmann::ordered_json::object();
  if (name != "L2") config["l1"] = regularizer.l1();
  if (name != "L1") config["l2"] = regularizer.l2();
  return {{"class_name", name}, {"config", config}};
}

Regularizer regularizer_from_config(const nlohmann::json& json) {
  if (json.is_null()) return {};
  auto [name, rest] = class_and_config("regularizer", json);
  try {
    const Regularizer defaults(name);
    double l1 = defaults.l1();
    double l2 = defaults.l2();
    if (defaults.class_name() != "L2") take_argument(name, rest, "l1", l1);
    if (defaults.class_name() != "L1") take_argument(name, rest, "l2", l2);
    refuse_rest(name, rest);
    if (defaults.class_name() == "L1") return L1{l1};
    if (defaults.class_name() == "L2") return L2{l2};
    return L1L2{l1, l2};
  } catch (const Error& error) {
    throw Error(ErrorKind::kModel, error.what());
  }
}

}  // namespace internal
}  // namespace folio
