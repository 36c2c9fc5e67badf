/// Splits: which samples train and which validate.
#pragma once
#include <folio/datasets/sample_list.h>

namespace folio {

enum class SplitPart { kTraining, kValidation };

/// One part of a list by Keras' rule: of each class the first int(validation_split * n) samples
/// validate, the others train. Both parts keep all class names.
///
/// Errors  Error (kUsage) unless validation_split is strictly between 0 and 1.
SampleList split_by_class(const SampleList& samples, double validation_split, SplitPart part);

}  // namespace folio
