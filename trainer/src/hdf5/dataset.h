/// Datasets: arrays of numbers, contiguous, compact or in chunks.
#pragma once
#include <optional>
#include <vector>

#include "datatype.h"
#include "file_view.h"
#include "float_array.h"
#include "object_header.h"

namespace folio::internal::hdf5 {

/// What an object header says of a dataset.
struct Dataset {
  Datatype type;
  Dataspace space;
  Bytes layout;
  Bytes filters;  ///< Empty if there are none.
};

/// Nothing if the object is no dataset.
std::optional<Dataset> find_dataset(const FileView& file, const std::vector<Message>& messages);

/// All values, as float32: where they lie in the file, if they stand there as they are needed.
///
/// Errors  Error (kModel): not numbers, damaged, or stored in a way that folio does not read.
FloatArray read_floats(FileView& file, const Dataset& dataset);

/// The value of a dataset of one number.
double read_number(FileView& file, const Dataset& dataset);

}  // namespace folio::internal::hdf5
