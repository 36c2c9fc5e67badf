/// Initializers: the values a weight starts from, with Keras' names, arguments and defaults.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace [[gnu::visibility("default")]] folio {

/// All values 0.
struct Zeros {};
/// All values 1.
struct Ones {};
/// All values alike.
struct Constant {
  double value = 0.0;  ///< Which.
};
/// `gain` on the diagonal, 0 elsewhere. Only for weights of two axes.
struct Identity {
  double gain = 1.0;  ///< On the diagonal.
};

/// A normal distribution.
struct RandomNormal {
  double mean = 0.0;     ///< Of the values.
  double stddev = 0.05;  ///< Of the values.
  /// What is drawn. Without one, values depend on the model's seed and on which weight it is; with
  /// one, on that alone, so that two weights of one shape start alike. So in all that draw.
  std::optional<std::uint64_t> seed{};
};
/// Evenly from [minval, maxval).
struct RandomUniform {
  double minval = -0.05;                ///< Least value.
  double maxval = 0.05;                 ///< End of the values.
  std::optional<std::uint64_t> seed{};  ///< As in RandomNormal.
};
/// A normal distribution without what is more than two stddev from the mean.
struct TruncatedNormal {
  double mean = 0.0;                    ///< Of the values.
  double stddev = 0.05;                 ///< Of the distribution before it is cut.
  std::optional<std::uint64_t> seed{};  ///< As in RandomNormal.
};

/// Variance scale / n, where n is a weight's inputs (`fan_in`), outputs (`fan_out`) or their mean
/// (`fan_avg`): of a normal distribution, cut (`truncated_normal`) or not (`untruncated_normal`),
/// or a `uniform` one.
struct VarianceScaling {
  double scale = 1.0;                             ///< Positive.
  std::string mode = "fan_in";                    ///< What n is.
  std::string distribution = "truncated_normal";  ///< Which of the three.
  std::optional<std::uint64_t> seed{};            ///< As in RandomNormal.
};
/// VarianceScaling(1, fan_avg, uniform).
struct GlorotUniform {
  std::optional<std::uint64_t> seed{};  ///< As in RandomNormal.
};
/// VarianceScaling(1, fan_avg, truncated_normal).
struct GlorotNormal {
  std::optional<std::uint64_t> seed{};  ///< As in RandomNormal.
};
/// VarianceScaling(2, fan_in, uniform).
struct HeUniform {
  std::optional<std::uint64_t> seed{};  ///< As in RandomNormal.
};
/// VarianceScaling(2, fan_in, truncated_normal).
struct HeNormal {
  std::optional<std::uint64_t> seed{};  ///< As in RandomNormal.
};
/// VarianceScaling(1, fan_in, uniform).
struct LecunUniform {
  std::optional<std::uint64_t> seed{};  ///< As in RandomNormal.
};
/// VarianceScaling(1, fan_in, truncated_normal).
struct LecunNormal {
  std::optional<std::uint64_t> seed{};  ///< As in RandomNormal.
};

/// An orthogonal matrix of all axes but the last times the last, times gain. Not for one axis.
struct Orthogonal {
  double gain = 1.0;                    ///< Factor on every value.
  std::optional<std::uint64_t> seed{};  ///< As in RandomNormal.
};

/// Any initializer. Converts from each of them, and from a name (`"he_normal"`) with its defaults.
/// A value.
///
/// Errors  Error (kUsage) for a name that is not known, listing those that are, and for an argument
///         that is out of range, naming it.
class Initializer {
 public:
  /// Those there are.
  using Kind = std::variant<Zeros, Ones, Constant, Identity, RandomNormal, RandomUniform,
                            TruncatedNormal, VarianceScaling, GlorotUniform, GlorotNormal,
                            HeUniform, HeNormal, LecunUniform, LecunNormal, Orthogonal>;
  ///@{
  /// From one of them, or from Keras' name for it with its defaults.
  template <typename Choice>
  requires std::is_constructible_v<Kind, Choice> Initializer(Choice choice)  // NOLINT(*-explicit-*)
      : kind_(std::move(choice)) {
    validate();
  }
  Initializer(const char* name) : Initializer(std::string(name)) {}  // NOLINT(*-explicit-*)
  Initializer(const std::string& name);                              // NOLINT(*-explicit-*)
  ///@}

  /// Which one, with its arguments.
  [[nodiscard]] const Kind& kind() const { return kind_; }
  /// Keras' class name, `HeNormal`.
  [[nodiscard]] std::string class_name() const;

 private:
  void validate() const;
  Kind kind_;
};

}  // namespace folio
