/// Flags of standardisation that imply others.
#pragma once
#include <string>
#include <vector>

#include <folio/augment/options.h>

namespace folio::internal {

/// The options with the flags that Keras forces; a line for each change in `warnings`, if given.
ImageDataGeneratorOptions with_implied_flags(ImageDataGeneratorOptions options,
                                             std::vector<std::string>* warnings = nullptr);

}  // namespace folio::internal
