#include <folio/datasets/error.h>
#include <folio/trainer/layer.h>

#include "layer_definition.h"

namespace folio {

std::string Layer::class_name() const { return definition_->class_name(); }

Shape Layer::output_shape(const Shape& input_shape) const {
  try {
    return definition_->output_shape(input_shape);
  } catch (const Error& error) {
    throw Error(error.kind(), "layer '" + name_ + "' (" + class_name() + ") " + error.what());
  }
}

}  // namespace folio
