#include "file_format.h"

#include <algorithm>
#include <string_view>

namespace folio::internal {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::size_t at;
  std::string_view bytes;
  const char* format;
};

constexpr Signature kSignatures[] = {
    {0, "folio checkpoint "sv,
     "the checkpoint of a run, which folio train --resume --output RUN_DIR continues; the model of "
     "a run is model.h5 beside it"},
    {0, "\x80\x02"sv, "a Python pickle, as PyTorch writes it, which folio does not read"},
    {0, "\x80\x04"sv, "a Python pickle, which folio does not read"},
    {4, "TFL3"sv, "a TensorFlow Lite model, which folio does not read"},
    {0, "\x93NUMPY"sv, "a NumPy array"},
    {0, "\xFF\xD8\xFF"sv, "a JPEG image"},
    {0, "\x89PNG"sv, "a PNG image"},
    {0, "\x1F\x8B"sv, "compressed by gzip; gunzip unpacks it"},
    {0, "version https://git-lfs"sv,
     "a pointer of Git LFS; git lfs pull brings the file it stands for"},
};

bool has_at(std::string_view text, std::size_t at, std::string_view part) {
  return text.size() >= at && text.substr(at).starts_with(part);
}

/// A protobuf message that begins as ONNX' ModelProto: field 1, the version of the format, then
/// field 2 or 8, the name of the program that wrote it or the operators it uses, or 7, the graph.
bool is_onnx(std::string_view text) {
  constexpr char kVersion = 0x08;
  if (text.size() < 4 || text[0] != kVersion || text[1] <= 0 || text[1] > 32) return false;
  constexpr std::string_view kNext = "\x12\x1A\x22\x28\x32\x3A\x42";
  return kNext.find(text[2]) != std::string_view::npos;
}

}  // namespace

std::string other_format(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const Signature& signature : kSignatures) {
    if (has_at(text, signature.at, signature.bytes)) return signature.format;
  }
  if (is_onnx(text)) {
    return "an ONNX model, which folio convert writes but folio does not read; the .h5 or .keras "
           "file that it was made from can be used";
  }
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && (text[first] == '{' || text[first] == '[')) {
    return "JSON; an architecture has the ending .json, and --weights FILE.h5 gives its weights";
  }
  if (text.substr(first == std::string_view::npos ? 0 : first).starts_with("<")) {
    return "a web page, as a download that went wrong leaves it";
  }
  return "";
}

}  // namespace folio::internal
