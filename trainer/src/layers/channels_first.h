/// Layers whose images have their channels first, C x H x W: Keras' data_format "channels_first".
///
/// Values lie in a network as they always do (see network.h), so only shapes and names differ: such
/// a layer is the layer of channels_last, seen through another order of the axes.
#pragma once
#include <memory>
#include <string>

#include "../layer_definition.h"

namespace folio::internal {

/// The layer as it is for `channels_last`, or with its channels first.
///
/// Errors  Error (kUsage) naming the layer for another data_format, and for an activation along the
///         last axis, which is not the channels' with `channels_first`.
std::shared_ptr<const LayerDefinition> in_data_format(std::shared_ptr<const LayerDefinition> layer,
                                                      const std::string& data_format);

/// The layer that works along the last axis, or with axis 1 along the first after the batch's.
/// Other axes are the layer's own to refuse.
std::shared_ptr<const LayerDefinition> along_axis(std::shared_ptr<const LayerDefinition> layer,
                                                  int axis);

}  // namespace folio::internal
