/// What a file is, for the message about one that is not what was expected.
#pragma once
#include <cstddef>
#include <span>
#include <string>

namespace folio::internal {

/// `an ONNX model, which folio writes but does not read`: what the first bytes of a file say, and
/// what can be done with it; empty if they say nothing. Never for HDF5.
std::string other_format(std::span<const std::byte> bytes);

}  // namespace folio::internal
