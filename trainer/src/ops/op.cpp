#include "op.h"

namespace folio::internal {

onednn::Description OpContext::description(Value value) const {
  const ValueInfo& info = network.value(value);
  switch (info.layout) {
    case Layout::kImages:
      return onednn::images(images, info.channels, info.used_height, info.used_width);
    case Layout::kBlocked:
      return onednn::blocked(network.block(), images, info.channels, info.used_height,
                             info.used_width);
    case Layout::kRows:
      break;
  }
  return onednn::rows(images, info.channels);
}

}  // namespace folio::internal
