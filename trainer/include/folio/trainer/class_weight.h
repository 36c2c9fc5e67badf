/// ClassWeight: how much each class counts in the training loss.
#pragma once
#include <cstddef>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace [[gnu::visibility("default")]] folio {

/// Factors by label, `{{0, 1.0}, {3, 2.5}}`, 1 for labels that are not named; or `"balanced"`:
/// samples / (classes * samples of the class), so that every class counts alike.
class ClassWeight {
 public:
  ClassWeight() = default;  ///< Every sample counts alike.
  /// As a braced list of labels and factors.
  ClassWeight(std::initializer_list<std::pair<const int, double>> factors)
      : ClassWeight(std::map<int, double>(factors)) {}
  /// Factors by label.
  ///
  /// Errors  Error (kUsage) for a negative label or a factor that is negative or not finite.
  ClassWeight(std::map<int, double> factors);  // NOLINT(*-explicit-*)
  ///@{
  /// From the word `balanced`.
  ///
  /// Errors  Error (kUsage) for another word.
  ClassWeight(const char* rule) : ClassWeight(std::string(rule)) {}  // NOLINT(*-explicit-*)
  ClassWeight(const std::string& rule);                              // NOLINT(*-explicit-*)
  ///@}

  /// Whether every sample counts alike.
  [[nodiscard]] bool empty() const { return !balanced_ && factors_.empty(); }
  /// Whether the factors follow from the samples.
  [[nodiscard]] bool balanced() const { return balanced_; }

  /// The factor of each of `num_classes` classes (0: as many as the labels show), for samples with
  /// these labels.
  ///
  /// Errors  Error (kUsage) naming a label that is none of the classes.
  [[nodiscard]] std::vector<float> factors(const std::vector<int>& labels,
                                           std::size_t num_classes) const;

 private:
  std::map<int, double> factors_;
  bool balanced_ = false;
};

}  // namespace folio
