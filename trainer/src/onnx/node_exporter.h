/// How each operation of a network becomes nodes of ONNX. One function per kind, in export_*.cpp.
///
/// Layers are lowered to operations in any case (LayerDefinition::lower), so what can be computed
/// can be exported, and nothing about a layer is said here a second time.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <folio/trainer/model.h>

#include "../network.h"
#include "onnx_builder.h"

namespace folio::internal::onnx_export {

/// A node of a network on its way to ONNX. Images lie as N x C x H x W there, rows as N x features.
struct NodeInModel {
  OnnxBuilder& onnx;
  const Network& network;
  const Node& node;
  const std::vector<std::string>& names;    ///< ONNX' name of each of the network's values.
  const std::vector<NamedWeight>& weights;  ///< By the network's indices.

  [[nodiscard]] const std::string& input() const { return names.at(node.input()); }
  [[nodiscard]] const ValueInfo& input_info() const { return network.value(node.input()); }
  [[nodiscard]] const ValueInfo& output_info() const { return network.value(node.output); }
  [[nodiscard]] const Tensor& weight(int index) const { return weights.at(index).value; }
};

// Each adds the nodes and returns the name of the output.
std::string export_node(const NodeInModel& at, const ActivationNode& node);
std::string export_node(const NodeInModel& at, const ActivityRegularizationNode& node);
std::string export_node(const NodeInModel& at, const AddNode& node);
std::string export_node(const NodeInModel& at, const BatchNormalizationNode& node);
std::string export_node(const NodeInModel& at, const ConcatenateNode& node);
std::string export_node(const NodeInModel& at, const ConvolutionNode& node);
std::string export_node(const NodeInModel& at, const DenseNode& node);
std::string export_node(const NodeInModel& at, const DropoutNode& node);
std::string export_node(const NodeInModel& at, const FlattenNode& node);
std::string export_node(const NodeInModel& at, const GlobalPoolingNode& node);
std::string export_node(const NodeInModel& at, const LayerNormalizationNode& node);
std::string export_node(const NodeInModel& at, const NoiseNode& node);
std::string export_node(const NodeInModel& at, const PReluNode& node);
std::string export_node(const NodeInModel& at, const PaddingNode& node);
std::string export_node(const NodeInModel& at, const PoolingNode& node);
std::string export_node(const NodeInModel& at, const UnflattenNode& node);
std::string export_node(const NodeInModel& at, const UpSamplingNode& node);

/// N x C x H x W to N x H x W x C, the order in which Keras counts, and back. `cells` are images or
/// volumes.
std::string channels_last(OnnxBuilder& onnx, const std::string& value, const ValueInfo& cells);
std::string channels_first(OnnxBuilder& onnx, const std::string& value, const ValueInfo& cells);

/// [H, W], or [D, H, W] of volumes.
std::vector<std::int64_t> axes(const ValueInfo& cells, const Extent3D& extent);

/// kernel_shape, strides and pads of a window over the node's input.
std::vector<Attribute> window_attributes(const NodeInModel& at, const Extent3D& window,
                                         const Extent3D& reach, const Extent3D& strides,
                                         const Extent3D& pad_before);

}  // namespace folio::internal::onnx_export
