#include <folio/datasets/error.h>

#include <string>
#include <utility>

#include "../layer_definition.h"
#include "config_reader.h"
#include "layer_kinds.h"

namespace folio {
namespace internal {
namespace {

class DropoutDefinition : public LayerDefinition {
 public:
  explicit DropoutDefinition(double rate) : rate_(rate) {
    if (!(rate >= 0.0 && rate < 1.0)) {
      throw Error(ErrorKind::kUsage,
                  "Dropout: rate must be in [0, 1), got " + std::to_string(rate));
    }
  }

  [[nodiscard]] std::string class_name() const override { return "Dropout"; }
  [[nodiscard]] Shape output_shape(const Shape& input) const override { return input; }
  [[nodiscard]] nlohmann::ordered_json config() const override {
    return {{"rate", rate_}, {"noise_shape", nullptr}, {"seed", nullptr}};
  }
  Value lower(Network& network, Value input, const std::vector<int>&) const override {
    return rate_ == 0.0 ? input : network.dropout(input, rate_);
  }

 private:
  double rate_;
};

}  // namespace

Layer read_dropout(const nlohmann::json& config) {
  const ConfigReader reader("Dropout", config);
  reader.refuse_set({"noise_shape"});
  return Dropout(reader.number("rate"), reader.name());
}

}  // namespace internal

Dropout::Dropout(double rate, std::string name)
    : Layer(std::make_shared<internal::DropoutDefinition>(rate), std::move(name)) {}

}  // namespace folio
