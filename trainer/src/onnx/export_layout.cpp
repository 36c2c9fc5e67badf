// What moves or repeats values, or leaves them as they are.
#include <algorithm>

#include "node_exporter.h"

namespace folio::internal::onnx_export {

std::string export_node(const NodeInModel& at, const DropoutNode&) { return at.input(); }

// What training alone knows.
std::string export_node(const NodeInModel& at, const NoiseNode&) { return at.input(); }
std::string export_node(const NodeInModel& at, const ActivityRegularizationNode&) {
  return at.input();
}

std::string export_node(const NodeInModel& at, const FlattenNode& node) {
  const ValueInfo& in = at.input_info();
  const bool same_order = node.channels_first || in.channels == 1 || in.height * in.width == 1;
  const std::string value = same_order ? at.input() : channels_last(at.onnx, at.input(), in);
  return at.onnx.node("Flatten", {value}, {{"axis", std::int64_t{1}}});
}

std::string export_node(const NodeInModel& at, const UnflattenNode& node) {
  const ValueInfo& out = at.output_info();
  // 0: as many as there are.
  std::vector<std::int64_t> shape = axes(out, out.extent());
  shape.insert(shape.begin(), 0);
  shape.insert(node.channels_first ? shape.begin() + 1 : shape.end(), out.channels);
  if (node.channels_first) {
    return at.onnx.node("Reshape", {at.input(), at.onnx.constant("shape", shape)});
  }
  return channels_first(
      at.onnx, at.onnx.node("Reshape", {at.input(), at.onnx.constant("shape", shape)}), out);
}

std::string export_node(const NodeInModel& at, const PaddingNode& node) {
  const ValueInfo& in = at.input_info();
  const ValueInfo& out = at.output_info();
  const int bottom = out.height - in.height - node.top;
  const int right = out.width - in.width - node.left;
  std::string value = at.input();
  const auto more = [](int cells) { return std::int64_t{std::max(0, cells)}; };
  const auto less = [](int cells) { return std::int64_t{std::max(0, -cells)}; };
  if (std::max({node.top, node.left, bottom, right}) > 0) {
    const std::vector<std::int64_t> pads{0, 0, more(node.top), more(node.left),
                                         0, 0, more(bottom),   more(right)};
    value =
        at.onnx.node("Pad", {value, at.onnx.constant("pads", pads), at.onnx.scalar("zero", 0.0F)});
  }
  // Cropping is padding by less than nothing.
  if (std::min({node.top, node.left, bottom, right}) >= 0) return value;
  const std::vector<std::int64_t> starts{less(node.top), less(node.left)};
  const std::vector<std::int64_t> ends{starts[0] + out.height, starts[1] + out.width};
  return at.onnx.node("Slice",
                      {value, at.onnx.constant("starts", starts), at.onnx.constant("ends", ends),
                       at.onnx.constant("axes", std::vector<std::int64_t>{2, 3})});
}

std::string export_node(const NodeInModel& at, const UpSamplingNode& node) {
  const std::vector<float> scales{1.0F, 1.0F, static_cast<float>(node.size.height),
                                  static_cast<float>(node.size.width)};
  const std::vector<std::string> inputs{at.input(), "", at.onnx.constant("scales", {4}, scales)};
  if (node.bilinear) {
    return at.onnx.node("Resize", inputs,
                        {{"mode", std::string("linear")},
                         {"coordinate_transformation_mode", std::string("half_pixel")}});
  }
  return at.onnx.node("Resize", inputs,
                      {{"mode", std::string("nearest")},
                       {"coordinate_transformation_mode", std::string("asymmetric")},
                       {"nearest_mode", std::string("floor")}});
}

std::string channels_last(OnnxBuilder& onnx, const std::string& value, const ValueInfo& cells) {
  std::vector<std::int64_t> order{0, 2, 3, 1};
  if (cells.slices > 0) order = {0, 2, 3, 4, 1};
  return onnx.node("Transpose", {value}, {{"perm", order}});
}

std::string channels_first(OnnxBuilder& onnx, const std::string& value, const ValueInfo& cells) {
  std::vector<std::int64_t> order{0, 3, 1, 2};
  if (cells.slices > 0) order = {0, 4, 1, 2, 3};
  return onnx.node("Transpose", {value}, {{"perm", order}});
}

std::vector<std::int64_t> axes(const ValueInfo& cells, const Extent3D& extent) {
  if (cells.slices > 0) return {extent.depth, extent.height, extent.width};
  return {extent.height, extent.width};
}

std::vector<Attribute> window_attributes(const NodeInModel& at, const Extent3D& window,
                                         const Extent3D& reach, const Extent3D& strides,
                                         const Extent3D& pad_before) {
  const ValueInfo& info = at.input_info();
  const std::vector<std::int64_t> in = axes(info, info.extent());
  const std::vector<std::int64_t> out = axes(info, at.output_info().extent());
  std::vector<std::int64_t> pads = axes(info, pad_before);
  for (std::size_t axis = 0; axis < in.size(); ++axis) {
    const std::int64_t read = (out[axis] - 1) * axes(info, strides)[axis] + axes(info, reach)[axis];
    pads.push_back(std::max<std::int64_t>(0, read - in[axis] - pads[axis]));
  }
  return {{"kernel_shape", axes(info, window)}, {"strides", axes(info, strides)}, {"pads", pads}};
}

}  // namespace folio::internal::onnx_export
