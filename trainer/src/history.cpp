#include <folio/datasets/error.h>
#include <folio/trainer/history.h>

namespace folio {

const std::vector<double>& History::operator[](const std::string& name) const {
  const auto found = history.find(name);
  if (found != history.end()) return found->second;
  std::string names;
  for (const auto& [key, values] : history) names += (names.empty() ? "" : ", ") + key;
  throw Error(ErrorKind::kUsage, "the history has no '" + name + "', it has " + names);
}

}  // namespace folio
