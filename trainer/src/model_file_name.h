/// Which names a model's files may have.
#pragma once
#include <string>

namespace folio::internal {

/// Errors  Error (kUsage) unless `path` ends as the files that save_model(), or
///         save_model_weights(), writes.
void check_model_file_name(const std::string& path, bool weights_only);

}  // namespace folio::internal
