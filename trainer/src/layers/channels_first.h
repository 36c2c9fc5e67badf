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

/// Whether a data_format is `channels_first` and not `channels_last`.
///
/// Errors  Error (kUsage) naming the layer for another one.
bool is_channels_first(const std::string& layer, const std::string& data_format);

/// The layer seen with its channels first.
std::shared_ptr<const LayerDefinition> with_channels_first(
    std::shared_ptr<const LayerDefinition> layer);

/// make(axis), the layer that works along an axis, which it may refuse. With axis 1 it is that
/// along the last one, seen with its channels first.
template <typename Make>
std::shared_ptr<const LayerDefinition> along_axis(int axis, const Make& make) {
  if (axis == 1) return with_channels_first(make(-1));
  return make(axis);
}

}  // namespace folio::internal
