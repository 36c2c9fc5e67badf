/// The links of a group: which names it has, and where they lead.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "file_view.h"
#include "object_header.h"

namespace folio::internal::hdf5 {

/// Addresses of object headers by name. Soft and external links are left out: a model file has no
/// business to point elsewhere.
using Links = std::map<std::string, std::uint64_t>;

/// Reads the links of a group: a symbol table, link messages, or dense storage.
Links read_links(FileView& file, const std::vector<Message>& messages);

}  // namespace folio::internal::hdf5
