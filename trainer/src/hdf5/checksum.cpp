#include "checksum.h"

#include <folio/datasets/error.h>
#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <optional>

namespace folio::internal::hdf5 {
namespace {

/// Where the digits stand, if they do.
std::optional<std::size_t> place_of_digits(File& file, Bytes image) {
  const Attribute* attribute = file.root().attribute(kChecksumAttribute);
  if (attribute == nullptr || attribute->data.size() != kChecksumSize) return std::nullopt;
  return static_cast<std::size_t>(attribute->data.data() - image.data());
}

/// Over the file with zeros in place of the digits.
std::array<char, kChecksumSize> checksum_of(Bytes image, std::size_t digits_at) {
  constexpr std::array<std::byte, kChecksumSize> kZeros{};
  std::uint32_t value = libdeflate_crc32(0, image.data(), digits_at);
  value = libdeflate_crc32(value, kZeros.data(), kZeros.size());
  const Bytes rest = image.subspan(digits_at + kChecksumSize);
  value = libdeflate_crc32(value, rest.data(), rest.size());
  std::array<char, kChecksumSize> digits{};
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, value >>= 4) {
    *digit = "0123456789abcdef"[value & 15];
  }
  return digits;
}

}  // namespace

void stamp_checksum(std::span<std::byte> image) {
  File file(image);
  const std::optional<std::size_t> at = place_of_digits(file, image);
  if (!at) throw Error(ErrorKind::kIo, "HDF5 has not written the checksum's attribute");
  const auto digits = checksum_of(image, *at);
  std::transform(digits.begin(), digits.end(), image.begin() + static_cast<std::ptrdiff_t>(*at),
                 [](char digit) { return static_cast<std::byte>(digit); });
}

void verify_checksum(File& file, Bytes image) {
  const File::Object root = file.root();
  if (!root.has_attribute(kFormatAttribute) && !root.has_attribute(kChecksumAttribute)) return;
  const std::optional<std::size_t> at = place_of_digits(file, image);
  if (at) {
    const auto digits = checksum_of(image, *at);
    if (std::equal(
            digits.begin(), digits.end(), image.begin() + static_cast<std::ptrdiff_t>(*at),
            [](char digit, std::byte found) { return static_cast<std::byte>(digit) == found; })) {
      return;
    }
  }
  throw Error(
      ErrorKind::kModel,
      std::string("its checksum does not match: it was damaged or changed since folio wrote "
                  "it (whoever changed it on purpose removes the attributes ") +
          kFormatAttribute + " and " + kChecksumAttribute + ")");
}

}  // namespace folio::internal::hdf5
