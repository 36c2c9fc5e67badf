/// Options as JSON objects with Keras' argument names.
#pragma once
#include <string>
#include <string_view>

#include <folio/augment/options.h>
#include <folio/pipeline/flow_options.h>

namespace [[gnu::visibility("default")]] folio {

/// Reads `{"shear_range": 0.2, "zoom_range": [0.8, 1.2], ...}`. Python's None is null. Numbers with
/// a decimal point or exponent are floats, others ints, as Keras' shift ranges distinguish.
///
/// Errors  Error (kUsage) naming an unknown key, a value of the wrong type, or bad JSON.
ImageDataGeneratorOptions parse_generator_options(std::string_view json);

/// Reads the arguments of flow_from_directory, `{"target_size": [28, 28], "batch_size": 32, ...}`,
/// onto `defaults`. Errors as above.
FlowOptions parse_flow_options(std::string_view json, FlowOptions defaults = {});

/// The options as JSON that the parsers above read back. A preprocessing_function is left out.
std::string to_json(const ImageDataGeneratorOptions& options);
/// The same for flow_from_directory's.
std::string to_json(const FlowOptions& options);

}  // namespace folio
