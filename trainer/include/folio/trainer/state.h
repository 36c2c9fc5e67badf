/// State: what something must remember to continue exactly where it stood.
#pragma once
#include <map>
#include <string>

#include <folio/datasets/tensor.h>

namespace [[gnu::visibility("default")]] folio {

/// Named tensors, and numbers and words as text.
struct State {
  std::map<std::string, Tensor> tensors;      ///< Such as weights.
  std::map<std::string, std::string> values;  ///< Numbers (see put()) and words.

  /// Whether there is nothing to remember.
  [[nodiscard]] bool empty() const { return tensors.empty() && values.empty(); }

  /// Keeps a number so that number() gives back the same bits; also infinities and NaN.
  void put(const std::string& name, double number);

  ///@{
  /// What was put under a name. What is not there, or is no number, is an Error (kModel) that names
  /// it.
  [[nodiscard]] double number(const std::string& name) const;
  [[nodiscard]] const std::string& text(const std::string& name) const;
  [[nodiscard]] const Tensor& tensor(const std::string& name) const;
  ///@}
};

}  // namespace folio
