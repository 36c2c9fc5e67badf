#include "layer_names.h"

namespace folio::internal {

std::string snake_case(const std::string& name) {
  std::string snake;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool upper = name[i] >= 'A' && name[i] <= 'Z';
    const bool after_lower = i > 0 && name[i - 1] >= 'a' && name[i - 1] <= 'z';
    const bool before_lower = i + 1 < name.size() && name[i + 1] >= 'a' && name[i + 1] <= 'z';
    if (upper && i > 0 && (after_lower || before_lower)) snake += '_';
    snake += static_cast<char>(upper ? name[i] - 'A' + 'a' : name[i]);
  }
  return snake;
}

std::string numbered(const std::string& name, std::map<std::string, int>& used) {
  const int number = used[name]++;
  return number == 0 ? name : name + "_" + std::to_string(number);
}

}  // namespace folio::internal
