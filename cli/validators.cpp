#include "validators.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include <folio/datasets/message.h>

namespace folio::cli {
namespace {

template <typename Number>
std::optional<Number> read_all(const std::string& text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::string expected(std::size_t least, std::size_t most) {
  if (most == kMostCount) {
    return least == 0 ? "a whole number from 0 to 999999999"
                      : "a whole number from " + std::to_string(least) + " on";
  }
  return "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
}

template <typename Holds>
CLI::Validator number_that(const std::string& expected, Holds holds) {
  return {[=](const std::string& text) {
            const std::optional<double> value = read_all<double>(text);
            return value && std::isfinite(*value) && holds(*value)
                       ? std::string()
                       : "expected " + expected + ", got " + text;
          },
          ""};
}

}  // namespace

CLI::Validator whole_number(std::size_t least, std::size_t most) {
  return {[least, most](const std::string& text) {
            const std::optional<std::size_t> value = read_all<std::size_t>(text);
            return value && *value >= least && *value <= most
                       ? std::string()
                       : "expected " + expected(least, most) + ", got " + text;
          },
          ""};
}

CLI::Validator one_of(std::vector<std::string> choices) {
  std::string listed;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    listed += (i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ") + choices[i];
  }
  return {[listed, choices = std::move(choices)](const std::string& text) {
            return std::ranges::find(choices, text) != choices.end()
                       ? std::string()
                       : "expected " + listed + ", got " + text + did_you_mean(text, choices);
          },
          ""};
}

CLI::Validator not_empty() {
  return {[](const std::string& text) {
            return text.empty() ? std::string("expected a path, got nothing") : std::string();
          },
          ""};
}

CLI::Validator positive_number() {
  return number_that("a number above 0", [](double value) { return value > 0.0; });
}

CLI::Validator non_negative_number() {
  return number_that("a number from 0 on", [](double value) { return value >= 0.0; });
}

}  // namespace folio::cli
