#include "dataset.h"

#include <array>

#include "chunks.h"

namespace folio::internal::hdf5 {
namespace {

constexpr const char* kWhat = "a dataset";

/// The bytes of all elements, as the file has them. `memory` holds them where the file itself does
/// not have them in one piece.
Bytes raw_bytes(FileView& file, const Dataset& dataset, std::vector<std::byte>& memory) {
  const std::uint64_t size = dataset.space.count * dataset.type.size;
  if (size == 0) return {};
  const auto zeros = [&] {
    // Never written: HDF5 reads such a dataset as zeros.
    file.charge(size);
    memory.assign(static_cast<std::size_t>(size), std::byte{0});
    return Bytes(memory);
  };
  Cursor cursor(dataset.layout, kWhat);
  const std::uint8_t version = cursor.u8();
  enum : std::uint8_t { kCompact, kContiguous, kChunked };
  if (version == 1 || version == 2) {
    const std::uint8_t rank = cursor.u8();
    const std::uint8_t kind = cursor.u8();
    cursor.skip(5);
    if (kind == kCompact) {
      cursor.skip(4ULL * rank);
      const std::uint32_t length = cursor.u32();
      if (length < size) damaged("a dataset is cut off");
      return cursor.take(length);
    }
    const std::uint64_t address = file.address(cursor);
    if (file.undefined(address)) return zeros();
    if (kind == kContiguous) return file.at(address, size, kWhat);
    if (kind == kChunked) return read_chunks(file, dataset, address, rank, cursor, memory);
  } else if (version == 3 || version == 4) {
    const std::uint8_t kind = cursor.u8();
    if (kind == kCompact) {
      const std::uint16_t length = cursor.u16();
      if (length < size) damaged("a dataset is cut off");
      return cursor.take(length);
    }
    if (kind == kContiguous) {
      const std::uint64_t address = file.address(cursor);
      return file.undefined(address) ? zeros() : file.at(address, size, kWhat);
    }
    if (kind == kChunked && version == 3) {
      const std::uint8_t rank = cursor.u8();
      const std::uint64_t address = file.address(cursor);
      if (file.undefined(address)) return zeros();
      return read_chunks(file, dataset, address, rank, cursor, memory);
    }
    if (kind == kChunked) unsupported("chunk indices of HDF5 1.10");
  }
  unsupported("a dataset layout of version " + std::to_string(version));
}

}  // namespace

std::optional<Dataset> find_dataset(const FileView& file, const std::vector<Message>& messages) {
  Dataset dataset;
  bool typed = false;
  bool shaped = false;
  for (const Message& message : messages) {
    if (message.type == MessageType::kDatatype) {
      dataset.type = parse_datatype(message.body);
      typed = true;
    } else if (message.type == MessageType::kDataspace) {
      dataset.space = parse_dataspace(file, message.body);
      shaped = true;
    } else if (message.type == MessageType::kDataLayout) {
      dataset.layout = message.body;
    } else if (message.type == MessageType::kFilterPipeline) {
      dataset.filters = message.body;
    }
  }
  if (!typed || !shaped || dataset.layout.empty()) return std::nullopt;
  return dataset;
}

FloatArray read_floats(FileView& file, const Dataset& dataset) {
  if (!dataset.type.is_number()) damaged("a dataset holds no numbers");
  std::vector<std::byte> memory;
  // Comes first: it makes sure that the file has as many bytes as it claims.
  const Bytes bytes = raw_bytes(file, dataset, memory);
  file.charge(dataset.space.count * sizeof(float));
  Shape shape(dataset.space.extents.begin(), dataset.space.extents.end());
  const bool aligned = reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(float) == 0;
  if (memory.empty() && aligned && is_native_float(dataset.type)) {
    // Compact values may have more bytes than they need.
    const std::span<const float> values(reinterpret_cast<const float*>(bytes.data()),
                                        bytes.size() / sizeof(float));
    if (values.size() < dataset.space.count) damaged("a dataset is cut off");
    return {std::move(shape), values.first(static_cast<std::size_t>(dataset.space.count))};
  }
  Tensor tensor;
  tensor.resize(std::move(shape));
  to_floats(dataset.type, bytes, tensor.values());
  return tensor;
}

double read_number(FileView& file, const Dataset& dataset) {
  if (dataset.space.count != 1) damaged("a dataset is no single number");
  std::vector<std::byte> memory;
  std::array<double, 1> value{};
  to_doubles(dataset.type, raw_bytes(file, dataset, memory), value);
  return value[0];
}

}  // namespace folio::internal::hdf5
