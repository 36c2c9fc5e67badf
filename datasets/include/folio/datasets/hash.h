/// A fast hash that is the same on every machine. Not for secrets.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace [[gnu::visibility("default")]] folio {

/// 64 well-mixed bits of some bytes and a seed.
///
/// Source  FNV-1a (Fowler, Noll, Vo) over the bytes, then the finaliser of splitmix64 (Steele, Lea,
///         Flood 2014) over its sum with the finalised seed.
std::uint64_t hash_bytes(std::span<const std::byte> bytes, std::uint64_t seed = 0);
/// The same for a text.
std::uint64_t hash_bytes(std::string_view text, std::uint64_t seed = 0);

}  // namespace folio
