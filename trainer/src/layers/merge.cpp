#include <folio/datasets/error.h>

#include <string>
#include <utility>

#include "../layer_definition.h"
#include "channels_first.h"
#include "config_reader.h"
#include "layer_kinds.h"

namespace folio {
namespace internal {
namespace {

/// A layer of several inputs.
class MergeDefinition : public LayerDefinition {
 public:
  [[nodiscard]] Shape output_shape(const Shape& input) const override {
    return merged_shape({input});
  }
  Value lower(Network&, Value input, const std::vector<int>&) const override { return input; }

 protected:
  static void require_several(const std::vector<Shape>& inputs) {
    if (inputs.size() >= 2) return;
    throw Error(ErrorKind::kModel, "needs at least 2 inputs, got " + std::to_string(inputs.size()));
  }
};

class AddDefinition : public MergeDefinition {
 public:
  [[nodiscard]] std::string class_name() const override { return "Add"; }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    return nlohmann::ordered_json::object();
  }
  [[nodiscard]] ChannelAxis channel_axis() const override { return ChannelAxis::kAny; }
  [[nodiscard]] Shape merged_shape(const std::vector<Shape>& inputs) const override {
    require_several(inputs);
    for (const Shape& shape : inputs) {
      if (shape == inputs.front()) continue;
      throw Error(ErrorKind::kModel, "needs inputs of one shape, got " + to_string(inputs.front()) +
                                         " and " + to_string(shape));
    }
    return inputs.front();
  }
  Value lower_merged(Network& network, const std::vector<Value>& inputs,
                     const std::vector<int>&) const override {
    return network.add(inputs);
  }
};

class ConcatenateDefinition : public MergeDefinition {
 public:
  explicit ConcatenateDefinition(int axis) : axis_(axis) {}
  [[nodiscard]] std::string class_name() const override { return "Concatenate"; }
  [[nodiscard]] nlohmann::ordered_json config() const override { return {{"axis", axis_}}; }
  [[nodiscard]] Shape merged_shape(const std::vector<Shape>& inputs) const override {
    require_several(inputs);
    check_last_axis(axis_, inputs.front());
    Shape shape = inputs.front();
    shape.back() = 0;
    for (const Shape& input : inputs) {
      Shape rest = input;
      if (!rest.empty()) rest.back() = 0;
      Shape expected = shape;
      expected.back() = 0;
      if (rest != expected) {
        throw Error(ErrorKind::kModel, "needs inputs that agree in all axes but the last, got " +
                                           to_string(inputs.front()) + " and " + to_string(input));
      }
      shape.back() += input.back();
    }
    return shape;
  }
  Value lower_merged(Network& network, const std::vector<Value>& inputs,
                     const std::vector<int>&) const override {
    return network.concatenate(inputs);
  }

 private:
  int axis_;
};

}  // namespace

Layer read_add(const ConfigReader& reader) { return Add(reader.name()); }

Layer read_concatenate(const ConfigReader& reader) {
  return Concatenate(reader.integer("axis"), reader.name());
}

}  // namespace internal

Add::Add(std::string name) : Layer(std::make_shared<internal::AddDefinition>(), std::move(name)) {}

Concatenate::Concatenate(int axis, std::string name)
    : Layer(internal::along_axis(
                axis,
                [](int last) { return std::make_shared<internal::ConcatenateDefinition>(last); }),
            std::move(name)) {
  if (axis < -1 || axis == 0) {
    throw Error(ErrorKind::kUsage, "Concatenate: axis must be that of the channels, -1 or 1, got " +
                                       std::to_string(axis));
  }
}

}  // namespace folio
