#include <folio/datasets/base64.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "message_of.h"

namespace folio {
namespace {

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

TEST(Base64Test, EncodesAndDecodesTheVectorsOfTheStandard) {
  // RFC 4648, section 10.
  const std::vector<std::pair<std::string, std::string>> vectors = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {std::string("\xFF\xFE\x00\xFB", 4), "//4A+w=="}};
  for (const auto& [text, encoded] : vectors) {
    EXPECT_EQ(base64_encode(bytes_of(text)), encoded);
    EXPECT_EQ(base64_decode(encoded), bytes_of(text));
  }
}

TEST(Base64Test, OtherTextIsRefused) {
  EXPECT_THAT(test::message_of([] { (void)base64_decode("Zm9vY"); }),
              testing::HasSubstr("multiple of 4 characters, got 5"));
  for (const char* text : {"Zm9-", "Z===", "====", "Zg==Zg==", "Zm 9", "\xFFm9v"}) {
    EXPECT_THAT(test::message_of([&] { (void)base64_decode(text); }),
                testing::HasSubstr("unexpected character"))
        << text;
  }
}

}  // namespace
}  // namespace folio
