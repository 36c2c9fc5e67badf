/// A RunState as bytes, and back.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <folio/trainer/run_state.h>

namespace folio::internal {

/// Magic word, length of the header, header (JSON), the tensors' values one after the other, and
/// the CRC-32C of all before it; integers and values are little-endian.
std::vector<std::byte> run_state_to_bytes(const RunState& state);

/// Errors  Error (kData) saying what is wrong: another format, cut off, a wrong checksum.
RunState run_state_from_bytes(std::span<const std::byte> bytes);

}  // namespace folio::internal
