/// Saving a model: which names its files may have, and the part that can wait.
#pragma once
#include <functional>
#include <string>

#include <folio/trainer/model.h>

namespace folio::internal {

/// Errors  Error (kUsage) unless `path` ends as the files that save_model(), or
///         save_model_weights(), writes.
void check_model_file_name(const std::string& path, bool weights_only);

/// What save_model(), or save_model_weights(), does once it has copied what it writes: any thread
/// may call it, whatever becomes of the model meanwhile.
std::function<void()> prepare_save(const Model& model, const std::string& path, bool weights_only);

}  // namespace folio::internal
