/// The optimizer's state in files.
#pragma once
#include <folio/trainer/model.h>

#include "hdf5/model_contents.h"

namespace folio::internal {

/// Slots in the order of Keras 2.10: one kind for all weights, then the next.
void add_optimizer_by_kind(const Model& model, ModelContents& contents);

/// Slots in the order of Keras 3.
void add_optimizer_by_weight(const Model& model, ModelContents& contents);

/// Optimizer state, where the file's fits; otherwise the optimizer starts afresh, as in Keras.
void take_optimizer(Model& model, const ModelContents& contents);

}  // namespace folio::internal
