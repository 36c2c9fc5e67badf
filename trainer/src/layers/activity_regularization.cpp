#include <utility>

#include "../layer_definition.h"
#include "config_reader.h"
#include "layer_kinds.h"

namespace folio {
namespace internal {
namespace {

class ActivityRegularizationDefinition : public LayerDefinition {
 public:
  explicit ActivityRegularizationDefinition(const Regularizer& regularizer)
      : regularizer_(regularizer) {}

  [[nodiscard]] std::string class_name() const override { return "ActivityRegularization"; }
  [[nodiscard]] Shape output_shape(const Shape& input) const override { return input; }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    return {{"l1", regularizer_.l1()}, {"l2", regularizer_.l2()}};
  }
  [[nodiscard]] ChannelAxis channel_axis() const override { return ChannelAxis::kAny; }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    return network.activity_regularization(input, regularizer_);
  }

 private:
  Regularizer regularizer_;
};

}  // namespace

Layer read_activity_regularization(const ConfigReader& reader) {
  return ActivityRegularization({.l1 = reader.number("l1", 0.0), .l2 = reader.number("l2", 0.0)},
                                reader.name());
}

}  // namespace internal

ActivityRegularization::ActivityRegularization(L1L2 factors, std::string name)
    : Layer(std::make_shared<internal::ActivityRegularizationDefinition>(factors),
            std::move(name)) {}

}  // namespace folio
