#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/datasets/npy.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

static_assert(std::endian::native == std::endian::little, ".npy values are written as they lie");

namespace folio {
namespace {

constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);
constexpr std::size_t kPrefix = 10;  // Magic, version and the two bytes of the header's length.

template <typename Number>
void convert(std::span<const std::byte> bytes, Tensor& tensor) {
  for (std::size_t i = 0; i < tensor.size(); ++i) {
    Number value;
    std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
    tensor[i] = static_cast<float>(value);
  }
}

std::string quoted_value(std::string_view header, std::string_view key) {
  const std::size_t found = header.find("'" + std::string(key) + "'");
  const std::size_t open = header.find('\'', found + key.size() + 2);
  const std::size_t close = header.find('\'', open + 1);
  if (found == header.npos || open == header.npos || close == header.npos) return "";
  return std::string(header.substr(open + 1, close - open - 1));
}

}  // namespace

void write_npy(const std::string& path, const Tensor& tensor) {
  std::string header =
      "{'descr': '<f4', 'fortran_order': False, 'shape': " + to_string(tensor.shape()) + ", }";
  // The values start at a multiple of 64 bytes; the header ends with a newline.
  header.append(63 - (kPrefix + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += static_cast<char>(header.size() & 0xFF);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(tensor.data()), tensor.size() * sizeof(float));
  write_file(path, bytes);
}

Tensor read_npy(const std::string& path) {
  const std::vector<std::byte> file = read_file(path);
  const auto refuse = [&](const std::string& why) -> Error {
    return {ErrorKind::kData, path + " is not a readable .npy file: " + why};
  };
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (text.size() < kPrefix || text.substr(0, 6) != kMagic.substr(0, 6)) throw refuse("no magic");
  if (text[6] != 1) throw refuse("version " + std::to_string(int{text[6]}) + ", expected 1");
  const std::size_t length = static_cast<unsigned char>(text[8]) |
                             static_cast<std::size_t>(static_cast<unsigned char>(text[9])) << 8;
  if (kPrefix + length > text.size()) throw refuse("truncated header");
  const std::string_view header = text.substr(kPrefix, length);
  if (header.find("'fortran_order': True") != header.npos) throw refuse("Fortran order");

  Shape shape;
  const std::size_t key = header.find("'shape'");
  std::size_t at = header.find('(', key);
  const std::size_t end = header.find(')', at);
  if (key == header.npos || at == header.npos || end == header.npos) throw refuse("no shape");
  for (++at; at < end; ++at) {
    if (header[at] < '0' || header[at] > '9') continue;
    std::int64_t extent = 0;
    for (; at < end && header[at] >= '0' && header[at] <= '9'; ++at) {
      if (extent > INT64_MAX / 16) throw refuse("impossible shape");
      extent = extent * 10 + (header[at] - '0');
    }
    shape.push_back(extent);
  }

  const std::span<const std::byte> values = std::span(file).subspan(kPrefix + length);
  const std::string type = quoted_value(header, "descr");
  const std::size_t item = type == "<f4" || type == "<i4"   ? 4
                           : type == "<f8" || type == "<i8" ? 8
                           : type == "|u1"                  ? 1
                                                            : 0;
  if (item == 0) throw refuse("type '" + type + "', expected <f4, <f8, |u1, <i4 or <i8");
  if (values.size() / item < element_count(shape)) {
    throw refuse("shape " + to_string(shape) + " needs more than its " +
                 std::to_string(values.size()) + " bytes of values");
  }
  Tensor tensor(shape);
  if (type == "<f4") convert<float>(values, tensor);
  if (type == "<f8") convert<double>(values, tensor);
  if (type == "|u1") convert<std::uint8_t>(values, tensor);
  if (type == "<i4") convert<std::int32_t>(values, tensor);
  if (type == "<i8") convert<std::int64_t>(values, tensor);
  return tensor;
}

}  // namespace folio
