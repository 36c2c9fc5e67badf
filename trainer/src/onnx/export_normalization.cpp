// Normalizations.
#include "node_exporter.h"

namespace folio::internal::onnx_export {
namespace {

/// One value for each channel: of a weight, or the same for all where there is none.
std::string for_channels(const NodeInModel& at, const char* name, int index, float otherwise) {
  const std::int64_t channels = at.input_info().channels;
  if (index >= 0) return at.onnx.constant(name, {channels}, at.weight(index).values());
  return at.onnx.constant(name, {channels},
                          std::vector<float>(static_cast<std::size_t>(channels), otherwise));
}

}  // namespace

std::string export_node(const NodeInModel& at, const BatchNormalizationNode& node) {
  return at.onnx.node("BatchNormalization",
                      {at.input(), for_channels(at, "gamma", node.gamma, 1.0F),
                       for_channels(at, "beta", node.beta, 0.0F),
                       for_channels(at, "moving_mean", node.moving_mean, 0.0F),
                       for_channels(at, "moving_variance", node.moving_variance, 1.0F)},
                      {{"epsilon", node.epsilon}});
}

// Opset 13 has no LayerNormalization, and OpenCV 4.6 takes no mean over channels.
// InstanceNormalization does it, where each cell is a channel and its channels are the cells.
std::string export_node(const NodeInModel& at, const LayerNormalizationNode& node) {
  OnnxBuilder& onnx = at.onnx;
  const ValueInfo& info = at.input_info();
  const bool rows = info.layout == Layout::kRows;
  const std::int64_t channels = info.channels;
  const std::int64_t cells = rows ? 1 : std::int64_t{info.height} * info.width;
  const auto same_for_all = [&](const char* name, float value) {
    return onnx.constant(name, {cells}, std::vector<float>(static_cast<std::size_t>(cells), value));
  };
  const auto reshaped = [&](const std::string& value, const std::vector<std::int64_t>& shape) {
    return onnx.node("Reshape", {value, onnx.constant("shape", shape)});
  };
  const std::string cells_first =
      reshaped(rows ? at.input() : channels_last(onnx, at.input(), info), {0, cells, channels});
  const std::string normalized =
      onnx.node("InstanceNormalization",
                {cells_first, same_for_all("scale", 1.0F), same_for_all("shift", 0.0F)},
                {{"epsilon", node.epsilon}});
  std::vector<std::int64_t> in_keras_order = axes(info, info.extent());
  in_keras_order.insert(in_keras_order.begin(), 0);
  in_keras_order.push_back(channels);
  const std::string result = rows
                                 ? reshaped(normalized, {0, channels})
                                 : channels_first(onnx, reshaped(normalized, in_keras_order), info);
  if (node.gamma < 0 && node.beta < 0) return result;
  // gamma x + beta for each channel.
  return onnx.node("BatchNormalization",
                   {result, for_channels(at, "gamma", node.gamma, 1.0F),
                    for_channels(at, "beta", node.beta, 0.0F), for_channels(at, "mean", -1, 0.0F),
                    for_channels(at, "variance", -1, 1.0F)},
                   {{"epsilon", 0.0F}});
}

}  // namespace folio::internal::onnx_export
