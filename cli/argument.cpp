#include "argument.h"

#include <boost/filesystem/operations.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <vector>

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>

namespace folio::cli {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& text,
                         const std::string& expected) {
  throw Error(ErrorKind::kUsage, option + ": expected " + expected + ", got \"" + text + "\"");
}

std::vector<std::string> split(const std::string& text, const std::string& separators) {
  std::vector<std::string> parts(1);
  for (const char character : text) {
    if (separators.find(character) != std::string::npos) {
      parts.emplace_back();
    } else if (character != ' ' || !parts.back().empty()) {
      parts.back() += character;
    }
  }
  return parts;
}

template <typename Number>
bool parse_whole(const std::string& text, Number& value) {
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  return error == std::errc() && stop == end && begin != end;
}

bool parse_number(const std::string& text, Json& value) {
  std::int64_t whole = 0;
  double real = 0.0;
  const std::size_t slash = text.find('/');
  double divisor = 0.0;
  if (slash != std::string::npos) {
    if (!parse_whole(text.substr(0, slash), real) ||
        !parse_whole(text.substr(slash + 1), divisor) || divisor == 0.0) {
      return false;
    }
    value = real / divisor;
  } else if (parse_whole(text, whole)) {
    value = whole;
  } else if (parse_whole(text, real) && std::isfinite(real)) {
    value = real;
  } else {
    return false;
  }
  return true;
}

Json extents(const std::string& option, const std::string& text, std::size_t count,
             const std::string& expected) {
  std::vector<std::string> parts = split(text, "x,");
  if (count == 2 && parts.size() == 1) parts.push_back(parts.front());
  Json result = Json::array();
  for (const std::string& part : parts) {
    int extent = 0;
    if (!parse_whole(part, extent) || extent <= 0) refuse(option, text, expected);
    result.push_back(extent);
  }
  if (result.size() != count) refuse(option, text, expected);
  return result;
}

}  // namespace

Json number_argument(const std::string& option, const std::string& text) {
  Json value;
  if (!parse_number(text, value)) refuse(option, text, "a number");
  return value;
}

Json share_argument(const std::string& option, const std::string& text) {
  Json value;
  const bool percent = text.ends_with('%');
  if (!parse_number(percent ? text.substr(0, text.size() - 1) : text, value)) {
    refuse(option, text, "a share such as 0.05 or 5%");
  }
  return percent ? Json(value.get<double>() / 100.0) : value;
}

Json bytes_argument(const std::string& option, const std::string& text) {
  constexpr std::string_view kUnits = "kMGT";
  std::string digits = text;
  int shift = 0;
  if (const std::size_t unit = text.empty() ? kUnits.npos : kUnits.find(text.back());
      unit != kUnits.npos) {
    digits.pop_back();
    shift = 10 * (static_cast<int>(unit) + 1);
  }
  std::uint64_t count = 0;
  if (!parse_whole(digits, count) || count > (std::uint64_t{1} << 62) >> shift) {
    refuse(option, text, "a number of bytes such as 500M or 2G");
  }
  return count << shift;
}

Json numbers_argument(const std::string& option, const std::string& text) {
  std::string list = text;
  const bool bracketed = list.size() >= 2 && list.front() == '[' && list.back() == ']';
  if (bracketed) list = list.substr(1, list.size() - 2);
  const std::vector<std::string> parts = split(list, ",");
  if (parts.size() == 1 && !bracketed) return number_argument(option, text);
  Json result = Json::array();
  for (const std::string& part : parts) {
    Json value;
    if (!parse_number(part, value)) refuse(option, text, "a number or numbers such as 0.8,1.2");
    result.push_back(value);
  }
  return result;
}

Json size_argument(const std::string& option, const std::string& text) {
  return extents(option, text, 2, "HEIGHTxWIDTH, such as 28x28");
}

Json shape_argument(const std::string& option, const std::string& text) {
  return extents(option, text, 3, "HEIGHTxWIDTHxCHANNELS, such as 28x28x1");
}

Json words_argument(const std::string& text) {
  Json result = Json::array();
  for (const std::string& word : split(text, ",")) result.push_back(word);
  return result;
}

std::string json_text(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

namespace {

/// A file's content, or what comes through a pipe: `--augment <(echo '{...}')`.
std::string option_text(const std::string& path) {
  constexpr std::size_t kMostBytes = std::size_t{16} << 20;
  boost::system::error_code unknown;
  if (boost::filesystem::status(path, unknown).type() == boost::filesystem::fifo_file) {
    std::ifstream pipe(path);
    return {std::istreambuf_iterator<char>(pipe), {}};
  }
  const std::vector<std::byte> bytes = read_file(path, kMostBytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

namespace {

/// Parses JSON; of a key that an object has twice, the library would silently take the last.
Json parse_with_unique_keys(const std::string& text, const std::string& name) {
  std::vector<std::set<std::string>> keys;  // Of each object that is open.
  const auto check = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed).second) {
      throw Error(ErrorKind::kUsage, name + ": has the key " + json_text(parsed) + " twice");
    }
    return true;
  };
  return Json::parse(text, check);
}

}  // namespace

Json read_json_object(const std::string& path) {
  Json object;
  try {
    object = parse_with_unique_keys(path.starts_with('{') ? path : option_text(path), path);
  } catch (const Json::exception& error) {
    const std::string reason = error.what();
    // Without the library's own name of the error, in brackets.
    throw Error(ErrorKind::kUsage, path + ": not JSON: " + reason.substr(reason.find("] ") + 2));
  }
  if (!object.is_object()) {
    throw Error(ErrorKind::kUsage,
                path + ": expected a JSON object such as {\"shear_range\": 0.2}, got " +
                    std::string(object.type_name()));
  }
  return object;
}

}  // namespace folio::cli
