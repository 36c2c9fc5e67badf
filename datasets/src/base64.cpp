#include <folio/datasets/base64.h>
#include <folio/datasets/error.h>

#include <array>
#include <cstdint>

namespace folio {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::int8_t kNoDigit = -1;

constexpr std::array<std::int8_t, 256> values_of_digits() {
  std::array<std::int8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}

}  // namespace

std::string base64_encode(std::span<const std::byte> bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  const auto at = [&](std::size_t i) {
    return i < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i]) : 0U;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t group = at(i) << 16U | at(i + 1) << 8U | at(i + 2);
    text += kDigits[group >> 18U];
    text += kDigits[group >> 12U & 63U];
    text += i + 1 < bytes.size() ? kDigits[group >> 6U & 63U] : '=';
    text += i + 2 < bytes.size() ? kDigits[group & 63U] : '=';
  }
  return text;
}

std::vector<std::byte> base64_decode(std::string_view text) {
  static constexpr std::array<std::int8_t, 256> kValues = values_of_digits();
  const auto refuse = [](const std::string& reason) {
    throw Error(ErrorKind::kData, "not base64: " + reason);
  };
  if (text.size() % 4 != 0) {
    refuse("expected a multiple of 4 characters, got " + std::to_string(text.size()));
  }
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const std::size_t digits = i + 4 == text.size() ? 4 - padding : 4;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const std::int8_t value = kValues[static_cast<unsigned char>(text[i + k])];
      if (k < digits && value == kNoDigit) {
        refuse("unexpected character at " + std::to_string(i + k));
      }
      group = group << 6U | (k < digits ? static_cast<std::uint32_t>(value) : 0U);
    }
    for (std::size_t k = 0; k + 1 < digits; ++k) {
      bytes.push_back(static_cast<std::byte>(group >> (16U - 8U * k) & 0xFFU));
    }
  }
  return bytes;
}

}  // namespace folio
