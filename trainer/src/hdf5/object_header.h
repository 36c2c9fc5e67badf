/// Object headers: the messages that describe a group or a dataset.
#pragma once
#include <cstdint>
#include <vector>

#include "file_view.h"

namespace folio::internal::hdf5 {

enum class MessageType : std::uint16_t {
  kDataspace = 0x01,
  kLinkInfo = 0x02,
  kDatatype = 0x03,
  kFillValue = 0x05,
  kLink = 0x06,
  kDataLayout = 0x08,
  kFilterPipeline = 0x0B,
  kAttribute = 0x0C,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
  kAttributeInfo = 0x15,
};

struct Message {
  MessageType type;
  Bytes body;
};

/// Reads an object header of version 1 or 2 with its continuations.
std::vector<Message> read_object_header(FileView& file, std::uint64_t address);

}  // namespace folio::internal::hdf5
