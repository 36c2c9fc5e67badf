#include <folio/trainer/trainer.h>

namespace folio {

const double* find_log(const Logs& logs, const std::string& name) {
  for (const auto& [key, value] : logs) {
    if (key == name) return &value;
  }
  return nullptr;
}

}  // namespace folio
