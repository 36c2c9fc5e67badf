// What merges several inputs.
#include "node_exporter.h"

namespace folio::internal::onnx_export {

std::string export_node(const NodeInModel& at, const AddNode&) {
  std::string sum = at.input();
  for (std::size_t i = 1; i < at.node.inputs.size(); ++i) {
    sum = at.onnx.node("Add", {sum, at.names.at(at.node.inputs[i])});
  }
  return sum;
}

std::string export_node(const NodeInModel& at, const ConcatenateNode&) {
  std::vector<std::string> inputs;
  for (const Value input : at.node.inputs) inputs.push_back(at.names.at(input));
  // Along the channels of images and the features of rows, which both are the second axis.
  return at.onnx.node("Concat", inputs, {{"axis", std::int64_t{1}}});
}

}  // namespace folio::internal::onnx_export
