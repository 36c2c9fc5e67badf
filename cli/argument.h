/// Words of the command line as JSON values, the form in which all options are parsed.
#pragma once
#include <string>

#include <nlohmann/json.hpp>

namespace folio::cli {

using Json = nlohmann::ordered_json;

// Errors  Error (kUsage) naming the option, the text got and what was expected.

/// `0.2`, `30` or the fraction `1/255`. Without point, exponent or fraction it is an int, as Keras
/// distinguishes for shifts.
Json number_argument(const std::string& option, const std::string& text);

/// A share: `0.05`, `1/20` or `5%`.
Json share_argument(const std::string& option, const std::string& text);

/// A number of bytes: `500000`, `500k`, `500M` or `2G` (powers of 1024).
Json bytes_argument(const std::string& option, const std::string& text);

/// A number, or several: `0.8,1.2` or `[0.8, 1.2]`.
Json numbers_argument(const std::string& option, const std::string& text);

/// `28x28`, `28,28`, or `28` for both, as [height, width].
Json size_argument(const std::string& option, const std::string& text);

/// `28x28x1` as [height, width, channels].
Json shape_argument(const std::string& option, const std::string& text);

/// `cat,dog` as ["cat", "dog"].
Json words_argument(const std::string& text);

/// The value as text, on one line or indented; bytes that are not UTF-8 (file names may hold any)
/// become U+FFFD.
std::string json_text(const Json& value, int indent = -1);

/// Reads a file that holds one JSON object; what begins with a brace is taken as the object itself.
///
/// Errors  Error (kIo) if it cannot be read, Error (kUsage) naming the file if it is not one, and
///         if it has a key twice.
Json read_json_object(const std::string& path);

}  // namespace folio::cli
