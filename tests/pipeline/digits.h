/// Ten folders of digits, 28 x 28, and how most tests read them.
#pragma once
#include <string>

#include <folio/pipeline/flow_options.h>

#include "reference_data.h"

namespace folio::test {

inline const std::string kDigits = data_path("pipeline/images/digits");

inline FlowOptions small_flow() {
  return {
      .target_size = {28, 28}, .color_mode = ColorMode::kGrayscale, .batch_size = 16, .seed = 5};
}

}  // namespace folio::test
