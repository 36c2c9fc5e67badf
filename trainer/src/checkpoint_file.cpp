#include "checkpoint_file.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <folio/datasets/error.h>
#include <nlohmann/json.hpp>

#include "crc32c.h"

namespace folio::internal {
namespace {

static_assert(std::endian::native == std::endian::little, "checkpoints are little-endian");

using Json = nlohmann::json;

constexpr std::string_view kMagic = "folio checkpoint 1\n";
constexpr std::size_t kPrefix = kMagic.size() + sizeof(std::uint64_t);

// Numbers as text: JSON has no NaN, and a State keeps them exactly.
std::string exact(double number) {
  State state;
  state.put("", number);
  return state.text("");
}

double number(const Json& json) {
  State state;
  state.values[""] = json.get<std::string>();
  return state.number("");
}

template <typename Value>
void append(std::vector<std::byte>& bytes, const Value* values, std::size_t count) {
  const auto* begin = reinterpret_cast<const std::byte*>(values);
  bytes.insert(bytes.end(), begin, begin + count * sizeof(Value));
}

Json header_of(const State& state) {
  Json tensors = Json::array();
  for (const auto& [name, tensor] : state.tensors) tensors.push_back({name, tensor.shape()});
  return {{"values", state.values}, {"tensors", tensors}};
}

Json header_of(const RunState& state) {
  Json logs = Json::array();
  for (const auto& [name, value] : state.logs) logs.push_back({name, exact(value)});
  Json history = Json::object();
  for (const auto& [name, values] : state.history.history) {
    for (const double value : values) history[name].push_back(exact(value));
  }
  Json callbacks = Json::array();
  for (const State& callback : state.callbacks) callbacks.push_back(header_of(callback));
  return {{"epoch", state.epoch},
          {"step", state.step},
          {"in_epoch", state.in_epoch},
          {"stop_training", state.stop_training},
          {"logs", logs},
          {"history", {{"epoch", state.history.epoch}, {"history", history}}},
          {"conditions", state.conditions},
          {"trainer", header_of(state.trainer)},
          {"callbacks", callbacks}};
}

/// Hands out tensors' values in the order in which they were written.
class Values {
 public:
  explicit Values(std::span<const std::byte> bytes) : bytes_(bytes) {}

  State state(const Json& header) {
    State state;
    state.values = header.at("values").get<std::map<std::string, std::string>>();
    for (const Json& entry : header.at("tensors")) {
      const auto shape = entry.at(1).get<Shape>();
      const std::size_t size = element_count(shape) * sizeof(float);
      if (size > bytes_.size()) throw Error(ErrorKind::kData, "it is cut off");
      Tensor tensor(shape);
      std::memcpy(tensor.data(), bytes_.data(), size);
      bytes_ = bytes_.subspan(size);
      state.tensors[entry.at(0).get<std::string>()] = std::move(tensor);
    }
    return state;
  }

 private:
  std::span<const std::byte> bytes_;
};

RunState run_state(const Json& header, Values values) {
  RunState state;
  state.epoch = header.at("epoch");
  state.step = header.at("step");
  state.in_epoch = header.at("in_epoch");
  state.stop_training = header.at("stop_training");
  for (const Json& log : header.at("logs")) state.logs.emplace_back(log.at(0), number(log.at(1)));
  state.history.epoch = header.at("history").at("epoch").get<std::vector<std::size_t>>();
  for (const auto& [name, list] : header.at("history").at("history").items()) {
    for (const Json& value : list) state.history.history[name].push_back(number(value));
  }
  state.conditions = header.at("conditions").get<std::map<std::string, std::string>>();
  state.trainer = values.state(header.at("trainer"));
  for (const Json& callback : header.at("callbacks")) {
    state.callbacks.push_back(values.state(callback));
  }
  return state;
}

}  // namespace

std::vector<std::byte> run_state_to_bytes(const RunState& state) {
  // Names of files or classes may be any bytes; what is compared was made the same way.
  const std::string header = header_of(state).dump(-1, ' ', false, Json::error_handler_t::replace);
  std::vector<std::byte> bytes;
  append(bytes, kMagic.data(), kMagic.size());
  const std::uint64_t length = header.size();
  append(bytes, &length, 1);
  append(bytes, header.data(), header.size());
  const auto append_tensors = [&](const State& one) {
    for (const auto& [name, tensor] : one.tensors) append(bytes, tensor.data(), tensor.size());
  };
  append_tensors(state.trainer);
  for (const State& callback : state.callbacks) append_tensors(callback);
  const std::uint32_t checksum = crc32c(bytes.data(), bytes.size());
  append(bytes, &checksum, 1);
  return bytes;
}

RunState run_state_from_bytes(std::span<const std::byte> bytes) {
  std::uint32_t checksum = 0;
  if (bytes.size() < kPrefix + sizeof checksum) throw Error(ErrorKind::kData, "it is cut off");
  const auto content = bytes.first(bytes.size() - sizeof checksum);
  std::memcpy(&checksum, bytes.data() + content.size(), sizeof checksum);
  if (std::memcmp(content.data(), kMagic.data(), kMagic.size()) != 0) {
    throw Error(ErrorKind::kData, "it is no checkpoint of this version of folio");
  }
  if (crc32c(content.data(), content.size()) != checksum) {
    throw Error(ErrorKind::kData, "its checksum is wrong: it is damaged");
  }
  std::uint64_t length = 0;
  std::memcpy(&length, content.data() + kMagic.size(), sizeof length);
  const auto rest = content.subspan(kPrefix);
  if (length > rest.size()) throw Error(ErrorKind::kData, "it is cut off");
  const std::string_view header(reinterpret_cast<const char*>(rest.data()), length);
  try {
    return run_state(Json::parse(header), Values(rest.subspan(length)));
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kData, std::string("its header cannot be read: ") + error.what());
  }
}

}  // namespace folio::internal
