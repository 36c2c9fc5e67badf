#include "layer_exporter.h"

#include <folio/datasets/error.h>

#include <algorithm>

namespace folio::internal::onnx_export {

const Tensor* LayerInModel::weight(const std::string& name) const {
  const auto found = std::find_if(weights.begin(), weights.end(),
                                  [&](const NamedWeight* one) { return one->name == name; });
  return found == weights.end() ? nullptr : &(*found)->value;
}

void LayerInModel::refuse(const std::string& what) const {
  throw Error(ErrorKind::kModel, "layer '" + layer.name() + "' of class " + layer.class_name() +
                                     " cannot be exported to ONNX: " + what);
}

std::vector<std::int64_t> pair(const LayerInModel& layer, const char* argument) {
  return layer.config.at(argument).get<std::vector<std::int64_t>>();
}

std::vector<std::int64_t> pads(const LayerInModel& layer, const std::vector<std::int64_t>& window,
                               const std::vector<std::int64_t>& strides) {
  std::vector<std::int64_t> pads(4);
  if (layer.config.at("padding") != "same") return pads;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t needed =
        (layer.output_shape[axis] - 1) * strides[axis] + window[axis] - layer.input().shape[axis];
    pads[axis] = std::max<std::int64_t>(0, needed) / 2;
    pads[axis + 2] = std::max<std::int64_t>(0, needed) - pads[axis];
  }
  return pads;
}

}  // namespace folio::internal::onnx_export
