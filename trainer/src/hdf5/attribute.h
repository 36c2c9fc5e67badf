/// Attributes of groups and datasets.
#pragma once
#include <string>
#include <vector>

#include "datatype.h"
#include "file_view.h"
#include "global_heap.h"

namespace folio::internal::hdf5 {

struct Attribute {
  std::string name;
  Datatype type;
  Dataspace space;
  Bytes data;
};

/// Reads an attribute message of version 1, 2 or 3.
Attribute parse_attribute(const FileView& file, Bytes message);

/// The strings of a text attribute, of fixed or variable length. An attribute of no elements is an
/// empty list whatever its type: Keras writes empty lists of names as doubles.
///
/// Errors  Error (kModel) naming the attribute if it is no text.
std::vector<std::string> strings_of(const Attribute& attribute, FileView& file, GlobalHeap& heap);

}  // namespace folio::internal::hdf5
