/// Base64 (RFC 4648): bytes as text that JSON and pages can hold.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace [[gnu::visibility("default")]] folio {

/// The bytes as text, padded with `=`.
std::string base64_encode(std::span<const std::byte> bytes);

/// The way back.
///
/// Errors  Error (kData) for another length or other characters.
std::vector<std::byte> base64_decode(std::string_view text);

}  // namespace folio
