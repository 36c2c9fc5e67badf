/// ConfigReader: the arguments of a layer from Keras' JSON, checked.
#pragma once
#include <initializer_list>
#include <set>
#include <string>
#include <vector>

#include <folio/trainer/layers.h>
#include <nlohmann/json.hpp>

namespace folio::internal {

/// Reads typed arguments from a layer's `config`.
///
/// Errors  Error (kModel) naming layer, class, argument and value, for a missing argument without
///         default, a wrong type, and an argument that is set although folio does not support it.
///
/// An argument is known by being asked for: after a layer is read, refuse_unknown() names the rest.
class ConfigReader {
 public:
  ConfigReader(std::string class_name, const nlohmann::json& config);

  [[nodiscard]] std::string name() const { return name_; }
  [[nodiscard]] const nlohmann::json& config() const { return config_; }
  [[nodiscard]] int integer(const char* key) const;
  [[nodiscard]] double number(const char* key) const;
  [[nodiscard]] int integer(const char* key, int otherwise) const;
  [[nodiscard]] double number(const char* key, double otherwise) const;
  /// One integer or a list; empty if it is missing or null.
  [[nodiscard]] std::vector<int> integers(const char* key) const;
  /// Whether the argument is there and not null.
  [[nodiscard]] bool has(const char* key) const { return find(key) != nullptr; }
  /// The argument itself, which must be there.
  [[nodiscard]] const nlohmann::json& at(const char* key) const;
  [[nodiscard]] bool boolean(const char* key, bool otherwise) const;
  [[nodiscard]] std::string string(const char* key, const std::string& otherwise) const;
  /// One integer or a list of `dimensions`; `otherwise` if it is missing or null. Axes that there
  /// are not have extent 1.
  [[nodiscard]] Extent3D extent(const char* key, int dimensions, int otherwise) const;
  [[nodiscard]] Extent2D extent(const char* key, int otherwise) const;
  [[nodiscard]] Initializer initializer(const char* key, const Initializer& otherwise) const;
  [[nodiscard]] Regularizer regularizer(const char* key) const;
  [[nodiscard]] Constraint constraint(const char* key) const;
  /// Refuses any of these arguments that is present with another value than null.
  void refuse_set(std::initializer_list<const char*> keys) const;
  /// Refuses an argument that is present with another value than this.
  void expect(const char* key, const nlohmann::json& value) const;
  /// Knows these arguments, whatever their values: they change nothing of what folio computes.
  void pass_over(std::initializer_list<const char*> keys) const;
  /// Refuses an argument that nobody asked for, unless it is null.
  void refuse_unknown() const;

  [[noreturn]] void refuse(const std::string& what) const;

 private:
  template <typename Read>
  [[nodiscard]] auto read_value(const char* key, const nlohmann::json& value, Read read) const;
  [[nodiscard]] const nlohmann::json* find(const char* key) const;
  /// What there is of an argument, for a message.
  [[nodiscard]] std::string got(const char* key) const;
  std::string class_name_;
  const nlohmann::json& config_;
  mutable std::set<std::string> known_;
  std::string name_;
};

/// Refuses an axis other than the last, which Keras writes as -1 or as its number with the batch
/// axis counted.
///
/// Errors  Error (kModel) naming the axis and the shape.
void check_last_axis(int axis, const Shape& input);

/// `[3, 3]`, as Keras writes an extent.
nlohmann::ordered_json to_json(Extent2D extent);

}  // namespace folio::internal
