/// What the first bytes of an image file say.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace folio::internal {

struct StoredFormat {
  std::string format;  ///< `png`, `jpeg`, `bmp`, `ppm`, `tiff`, `gif`, `webp`; empty: none of them.
  std::string mode;    ///< How pixels are stored; empty where the format does not say it early.
};

/// Looks at headers only: the rest of the file may be damaged.
StoredFormat read_stored_format(std::span<const std::byte> bytes);

/// The format that the ending of a file name promises; empty if none.
std::string format_of_name(std::string_view name);

}  // namespace folio::internal
