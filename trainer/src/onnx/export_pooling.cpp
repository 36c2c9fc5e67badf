// Pooling over windows and over whole images.
#include "node_exporter.h"

namespace folio::internal::onnx_export {

std::string export_node(const NodeInModel& at, const PoolingNode& node) {
  std::vector<Attribute> attributes =
      window_attributes(at, node.window, node.window, node.strides, node.pad_before);
  // Keras divides by the number of pixels that are there.
  if (!node.max) attributes.emplace_back("count_include_pad", std::int64_t{0});
  return at.onnx.node(node.max ? "MaxPool" : "AveragePool", {at.input()}, attributes);
}

std::string export_node(const NodeInModel& at, const GlobalPoolingNode& node) {
  const ValueInfo& in = at.input_info();
  // OpenCV 4.6 pools whole volumes only by a window of their size.
  const std::string cells =
      in.slices > 0 ? at.onnx.node(node.max ? "MaxPool" : "AveragePool", {at.input()},
                                   {{"kernel_shape", axes(in, in.extent())}})
                    : at.onnx.node(node.max ? "GlobalMaxPool" : "GlobalAveragePool", {at.input()});
  if (at.output_info().layout != Layout::kRows) return cells;
  return at.onnx.node("Flatten", {cells}, {{"axis", std::int64_t{1}}});
}

}  // namespace folio::internal::onnx_export
