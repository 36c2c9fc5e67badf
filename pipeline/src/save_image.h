/// Writing an image of a batch to look at.
#pragma once
#include <span>
#include <string>

#include <folio/pipeline/flow_options.h>

namespace folio::internal {

/// Writes an image with its values stretched to 0..255, as Keras' save_to_dir does; the ending of
/// the path chooses the format.
///
/// Errors  Error (kIo) naming the path.
void save_stretched(std::span<const float> image, ImageSize size, int channels, bool planes,
                    const std::string& path);

}  // namespace folio::internal
