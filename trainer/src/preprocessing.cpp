#include <folio/datasets/base64.h>
#include <folio/datasets/error.h>
#include <folio/pipeline/json_options.h>
#include <folio/trainer/preprocessing.h>

#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

namespace folio {
namespace {

using Json = nlohmann::ordered_json;

// The arguments of flow_from_directory and of the generator that concern a single image.
constexpr std::array kFlowKeys = {"target_size",       "color_mode",       "interpolation",
                                  "keep_aspect_ratio", "exif_orientation", "keras_16_bit"};
constexpr std::array kGeneratorKeys = {"rescale", "samplewise_center",
                                       "samplewise_std_normalization"};

std::vector<float> values_of(const Tensor& tensor) {
  return {tensor.values().begin(), tensor.values().end()};
}

Tensor tensor_of(const std::vector<float>& values) {
  return values.empty() ? Tensor() : Tensor({static_cast<std::int64_t>(values.size())}, values);
}

// The bytes of a matrix are stored as they lie in memory.
static_assert(std::endian::native == std::endian::little);

std::string matrix_text(const std::vector<float>& matrix) {
  return base64_encode(std::as_bytes(std::span(matrix)));
}

/// Of `length` rows and columns.
std::vector<float> parse_matrix(const Json& json, std::size_t length) {
  const std::vector<std::byte> bytes = base64_decode(json.get<std::string>());
  const std::size_t row = length * sizeof(float);
  if (row == 0 || bytes.size() % row != 0 || bytes.size() / row != length) {
    throw Error(ErrorKind::kModel, "zca_matrix has " + std::to_string(bytes.size()) +
                                       " bytes, expected " + std::to_string(length) +
                                       " rows and columns of 4");
  }
  std::vector<float> matrix(length * length);
  std::memcpy(matrix.data(), bytes.data(), bytes.size());
  return matrix;
}

/// The part of an object under some of its keys, as text for the parser of those options.
template <typename Keys>
std::string picked(const Json& json, const Keys& keys) {
  Json part = Json::object();
  for (const char* key : keys) {
    if (json.contains(key)) part[key] = json[key];
  }
  return part.dump();
}

template <typename Value>
void take_list(const Json& json, const char* key, std::vector<Value>& values) {
  if (json.contains(key)) values = json[key].get<std::vector<Value>>();
}

}  // namespace

Shape Preprocessing::image_shape() const {
  const int channels = color_mode == ColorMode::kGrayscale ? 1
                       : color_mode == ColorMode::kRgb     ? 3
                                                           : 4;
  return {target_size.height, target_size.width, channels};
}

Preprocessing preprocessing_of(const ImageDataGenerator& generator, const FlowOptions& flow,
                               std::vector<std::string> class_names) {
  const ImageDataGeneratorOptions& options = generator.options();
  if (options.preprocessing_function) {
    throw Error(ErrorKind::kUsage, "a preprocessing_function cannot be stored with a model");
  }
  Preprocessing result{.class_names = std::move(class_names),
                       .target_size = flow.target_size,
                       .color_mode = flow.color_mode,
                       .interpolation = flow.interpolation,
                       .keep_aspect_ratio = flow.keep_aspect_ratio,
                       .exif_orientation = flow.exif_orientation,
                       .keras_16_bit = flow.keras_16_bit,
                       .rescale = options.rescale,
                       .samplewise_center = options.samplewise_center,
                       .samplewise_std_normalization = options.samplewise_std_normalization};
  // Without their statistics the flows leave these steps out.
  const FeatureStatistics& statistics = generator.statistics();
  const bool centers = options.featurewise_center || options.featurewise_std_normalization ||
                       options.zca_whitening;
  if (centers) result.featurewise_mean = values_of(statistics.mean);
  if (options.zca_whitening) {
    result.zca_matrix = values_of(statistics.whitening);
  } else if (options.featurewise_std_normalization) {
    result.featurewise_deviation = values_of(statistics.deviation);
  }
  return result;
}

ImageDataGenerator generator_of(const Preprocessing& preprocessing) {
  ImageDataGeneratorOptions options;
  options.rescale = preprocessing.rescale;
  options.samplewise_center = preprocessing.samplewise_center;
  options.samplewise_std_normalization = preprocessing.samplewise_std_normalization;
  options.featurewise_center = !preprocessing.featurewise_mean.empty();
  options.featurewise_std_normalization = !preprocessing.featurewise_deviation.empty();
  options.zca_whitening = !preprocessing.zca_matrix.empty();
  Tensor whitening;
  if (options.zca_whitening) {
    const auto length = static_cast<std::int64_t>(element_count(preprocessing.image_shape()));
    whitening = Tensor({length, length}, preprocessing.zca_matrix);
  }
  ImageDataGenerator generator(options);
  generator.set_statistics({.mean = tensor_of(preprocessing.featurewise_mean),
                            .deviation = tensor_of(preprocessing.featurewise_deviation),
                            .whitening = std::move(whitening)});
  return generator;
}

FlowOptions flow_of(const Preprocessing& preprocessing) {
  return {.target_size = preprocessing.target_size,
          .color_mode = preprocessing.color_mode,
          .class_mode = ClassMode::kNone,
          .shuffle = false,
          .interpolation = preprocessing.interpolation,
          .keep_aspect_ratio = preprocessing.keep_aspect_ratio,
          .augment = false,
          .keras_16_bit = preprocessing.keras_16_bit,
          .exif_orientation = preprocessing.exif_orientation};
}

std::string to_json(const Preprocessing& preprocessing) {
  const Json flow = Json::parse(to_json(flow_of(preprocessing)));
  Json record{{"class_names", preprocessing.class_names}};
  for (const char* key : kFlowKeys) record[key] = flow.at(key);
  record["rescale"] = preprocessing.rescale;
  record["samplewise_center"] = preprocessing.samplewise_center;
  record["samplewise_std_normalization"] = preprocessing.samplewise_std_normalization;
  if (!preprocessing.featurewise_mean.empty()) {
    record["featurewise_mean"] = preprocessing.featurewise_mean;
  }
  if (!preprocessing.featurewise_deviation.empty()) {
    record["featurewise_deviation"] = preprocessing.featurewise_deviation;
  }
  if (!preprocessing.zca_matrix.empty()) {
    record["zca_matrix"] = matrix_text(preprocessing.zca_matrix);
  }
  return record.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Preprocessing parse_preprocessing(std::string_view text) {
  const std::string what = "the record of how images were prepared is not usable: ";
  try {
    const Json json = Json::parse(text);
    if (!json.is_object()) throw Error(ErrorKind::kModel, "it is no JSON object");
    const FlowOptions flow = parse_flow_options(picked(json, kFlowKeys));
    const ImageDataGeneratorOptions options = parse_generator_options(picked(json, kGeneratorKeys));
    Preprocessing result{.target_size = flow.target_size,
                         .color_mode = flow.color_mode,
                         .interpolation = flow.interpolation,
                         .keep_aspect_ratio = flow.keep_aspect_ratio,
                         .exif_orientation = flow.exif_orientation,
                         .keras_16_bit = flow.keras_16_bit,
                         .rescale = options.rescale,
                         .samplewise_center = options.samplewise_center,
                         .samplewise_std_normalization = options.samplewise_std_normalization};
    take_list(json, "class_names", result.class_names);
    take_list(json, "featurewise_mean", result.featurewise_mean);
    take_list(json, "featurewise_deviation", result.featurewise_deviation);
    if (json.contains("zca_matrix")) {
      result.zca_matrix = parse_matrix(json["zca_matrix"], element_count(result.image_shape()));
    }
    return result;
  } catch (const Error& error) {
    throw Error(ErrorKind::kModel, what + error.what());
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::kModel, what + error.what());
  }
}

}  // namespace folio
