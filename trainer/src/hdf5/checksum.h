/// The checksum inside a model file, over all of the file.
#pragma once
#include <span>

#include "file.h"

namespace folio::internal::hdf5 {

/// Root attributes of files that folio writes. Other readers ignore them. A file of a format must
/// have a checksum, so that no single flipped bit can hide one.
inline constexpr const char* kFormatAttribute = "folio_format";
inline constexpr const char* kChecksumAttribute = "folio_checksum";
inline constexpr std::size_t kChecksumSize = 8;  ///< CRC-32 in hexadecimal digits.

/// Fills in the checksum of a file whose attribute for it is there.
void stamp_checksum(std::span<std::byte> image);

/// Errors  Error (kModel) if the file has a checksum that is not its own. Files of other programs
///         have none.
void verify_checksum(File& file, Bytes image);

}  // namespace folio::internal::hdf5
