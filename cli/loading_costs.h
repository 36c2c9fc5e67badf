/// What loading an image costs, part by part.
#pragma once
#include <folio/datasets/sample_list.h>
#include <folio/pipeline/flow_options.h>
#include <folio/pipeline/image_data_generator.h>

namespace folio::cli {

/// Mean seconds that one thread spends on one image.
struct LoadingCosts {
  double read = 0.0;
  double decode = 0.0;   ///< With resizing.
  double augment = 0.0;  ///< Drawing, warping, standardising.
};

/// Times the parts of loading one after the other on samples spread over the list, for about so
/// many seconds. Files that cannot be read are passed over. Nothing of it happens while batches are
/// made: the pipeline carries no clocks.
LoadingCosts measure_loading_costs(const SampleList& samples, const FlowOptions& flow,
                                   const ImageDataGenerator& generator, double seconds);

}  // namespace folio::cli
