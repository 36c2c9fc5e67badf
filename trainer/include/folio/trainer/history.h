/// History: what fit() returns.
#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] folio {

/// The result of every epoch of a run.
struct History {
  std::vector<std::size_t> epoch;                      ///< Index of each epoch that ran.
  std::map<std::string, std::vector<double>> history;  ///< `loss`, `accuracy`, `val_loss`, ...

  /// Values of one name, for `history["val_accuracy"]`; throws Error (kUsage) listing the names.
  [[nodiscard]] const std::vector<double>& operator[](const std::string& name) const;
};

}  // namespace folio
