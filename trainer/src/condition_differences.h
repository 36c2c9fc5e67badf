/// What keeps a run from being the continuation of another, in words.
#pragma once
#include <map>
#include <string>

namespace folio::internal {

/// Names of conditions that begin so have a number for a value that means nothing to a reader.
inline constexpr const char* kChecksumOf = "checksum of ";

/// `batch_size is 16, it was 8; layer 'dense': units is 20, it was 10`, or nothing where both are
/// alike. Values that are JSON are compared in depth: objects with a `class_name` as Keras'
/// configurations, lists of them by the names of their elements. A long list is cut.
std::string condition_differences(const std::map<std::string, std::string>& now,
                                  const std::map<std::string, std::string>& then);

}  // namespace folio::internal
