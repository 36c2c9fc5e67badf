#include <folio/trainer/state.h>

#include <charconv>

#include <folio/datasets/error.h>

namespace folio {
namespace {

template <typename Map>
const auto& at(const Map& map, const std::string& name) {
  const auto found = map.find(name);
  if (found != map.end()) return found->second;
  throw Error(ErrorKind::kModel, "the state has no '" + name + "'");
}

}  // namespace

void State::put(const std::string& name, double number) {
  char digits[64];  // The shortest that read back as the same number.
  values[name] = std::string(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

double State::number(const std::string& name) const {
  const std::string& digits = text(name);
  double number = 0.0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) {
    throw Error(ErrorKind::kModel, "the state's '" + name + "' is no number: '" + digits + "'");
  }
  return number;
}

const std::string& State::text(const std::string& name) const { return at(values, name); }

const Tensor& State::tensor(const std::string& name) const { return at(tensors, name); }

}  // namespace folio
