#include "op.h"

namespace folio::internal {

onednn::Description OpContext::description(Value value) const {
  const ValueInfo& info = network.value(value);
  const Extent3D used = info.used_extent();
  switch (info.layout) {
    case Layout::kImages:
      if (info.slices > 0) return onednn::volumes(images, info.channels, used);
      return onednn::images(images, info.channels, used.height, used.width);
    case Layout::kBlocked:
      if (info.slices > 0) {
        return onednn::blocked_volumes(network.block(), images, info.channels, used);
      }
      return onednn::blocked(network.block(), images, info.channels, used.height, used.width);
    case Layout::kRows:
      break;
  }
  return onednn::rows(images, info.channels);
}

}  // namespace folio::internal
