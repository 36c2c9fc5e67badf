#include <folio/datasets/error.h>
#include <folio/datasets/message.h>
#include <folio/pipeline/json_options.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace folio {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

std::string shown(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

[[noreturn]] void refuse(const std::string& key, const Json& value, const std::string& expected) {
  throw Error(ErrorKind::kUsage, key + " must be " + expected + ", got " + shown(value));
}

template <typename Value>
struct Choice {
  const char* name;
  Value value;
};
template <typename Value>
Choice(const char*, Value) -> Choice<Value>;  // clang 14 deduces nothing from aggregates.

constexpr std::array kFillModes{
    Choice{"constant", FillMode::kConstant}, Choice{"nearest", FillMode::kNearest},
    Choice{"reflect", FillMode::kReflect}, Choice{"wrap", FillMode::kWrap}};
constexpr std::array kAxisConventions{Choice{"correct", AxisConvention::kCorrect},
                                      Choice{"keras3", AxisConvention::kKeras3}};
constexpr std::array kDataFormats{Choice{"channels_last", DataFormat::kChannelsLast},
                                  Choice{"channels_first", DataFormat::kChannelsFirst}};
constexpr std::array kColorModes{Choice{"grayscale", ColorMode::kGrayscale},
                                 Choice{"rgb", ColorMode::kRgb}, Choice{"rgba", ColorMode::kRgba}};
constexpr std::array kClassModes{Choice{"categorical", ClassMode::kCategorical},
                                 Choice{"binary", ClassMode::kBinary},
                                 Choice{"sparse", ClassMode::kSparse},
                                 Choice{"input", ClassMode::kInput},
                                 Choice{"none", ClassMode::kNone},
                                 Choice{"raw", ClassMode::kRaw},
                                 Choice{"multi_output", ClassMode::kMultiOutput}};
constexpr std::array kSubsets{Choice{"training", Subset::kTraining},
                              Choice{"validation", Subset::kValidation},
                              Choice{"test", Subset::kTest}};
constexpr std::array kInterpolations{
    Choice{"nearest", Interpolation::kNearest}, Choice{"bilinear", Interpolation::kBilinear},
    Choice{"bicubic", Interpolation::kBicubic}, Choice{"lanczos", Interpolation::kLanczos},
    Choice{"box", Interpolation::kBox},         Choice{"hamming", Interpolation::kHamming}};
constexpr std::array kOnBadFile{Choice{"error", OnBadFile::kError},
                                Choice{"skip", OnBadFile::kSkip}, Choice{"zero", OnBadFile::kZero}};

template <typename Choices>
auto choose(const std::string& key, const Json& json, const Choices& choices) {
  std::string expected = "one of";
  std::vector<std::string> names;
  for (const auto& choice : choices) {
    if (json.is_string() && json == choice.name) return choice.value;
    expected += std::string(names.empty() ? " '" : ", '") + choice.name + "'";
    names.emplace_back(choice.name);
  }
  throw Error(ErrorKind::kUsage,
              key + " must be " + expected + ", got " + shown(json) +
                  (json.is_string() ? did_you_mean(json.get<std::string>(), names) : ""));
}

template <typename Choices, typename Value>
const char* name_of(const Choices& choices, Value value) {
  for (const auto& choice : choices) {
    if (choice.value == value) return choice.name;
  }
  return "";
}

bool boolean(const std::string& key, const Json& json) {
  if (!json.is_boolean()) refuse(key, json, "true or false");
  return json.get<bool>();
}

double number(const std::string& key, const Json& json) {
  if (!json.is_number()) refuse(key, json, "a number");
  return json.get<double>();
}

int integer(const std::string& key, const Json& json) {
  if (!json.is_number_integer() || json < INT32_MIN || json > INT32_MAX) {
    refuse(key, json, "an integer");
  }
  return json.get<int>();
}

std::pair<double, double> pair_of_numbers(const std::string& key, const Json& json) {
  if (!json.is_array() || json.size() != 2 || !json[0].is_number() || !json[1].is_number()) {
    refuse(key, json, "a pair of numbers");
  }
  return {json[0].get<double>(), json[1].get<double>()};
}

ShiftRange shift_range(const std::string& key, const Json& json) {
  if (json.is_number_integer()) return ShiftRange(integer(key, json));
  if (json.is_number()) return ShiftRange(json.get<double>());
  const bool list = json.is_array() && std::all_of(json.begin(), json.end(), [](const Json& item) {
                      return item.is_number();
                    });
  if (!list) refuse(key, json, "a number or a list of numbers");
  return ShiftRange(json.get<std::vector<double>>());
}

std::string text(const std::string& key, const Json& json) {
  if (!json.is_string()) refuse(key, json, "a string");
  return json.get<std::string>();
}

std::size_t byte_count(const std::string& key, const Json& json) {
  if (!json.is_number_integer() || json < 0) refuse(key, json, "a number of bytes");
  return json.get<std::size_t>();
}

RandomErase random_erase(const std::string& key, const Json& json) {
  RandomErase erase;
  if (json.is_number()) {
    erase.probability = json.get<double>();
    return erase;
  }
  if (!json.is_object()) refuse(key, json, "a probability or an object");
  for (const auto& [name, value] : json.items()) {
    const std::string path = key + "." + name;
    if (name == "probability") {
      erase.probability = number(path, value);
    } else if (name == "area") {
      erase.area = pair_of_numbers(path, value);
    } else if (name == "ratio") {
      erase.ratio = pair_of_numbers(path, value);
    } else if (name == "value") {
      erase.value = number(path, value);
    } else {
      refuse(key, json, "an object of probability, area, ratio and value");
    }
  }
  return erase;
}

/// A share, or a text such as "5%".
double share(const std::string& key, const Json& json) {
  if (!json.is_string()) return number(key, json);
  const std::string text = json.get<std::string>();
  double percent = 0.0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, percent);
  if (error != std::errc() || stop + 1 != end || *stop != '%')
    refuse(key, json, "a share or \"5%\"");
  return percent / 100.0;
}

using Setters = std::map<std::string, std::function<void(const std::string&, const Json&)>>;

/// Calls the setter of every key that is not null.
void apply(std::string_view text, const char* what, const Setters& setters) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kUsage, std::string(what) + ": not valid JSON: " + error.what());
  }
  if (!json.is_object()) {
    throw Error(ErrorKind::kUsage,
                std::string(what) + " must be a JSON object, got " + shown(json));
  }
  for (const auto& [key, value] : json.items()) {
    const auto setter = setters.find(key);
    if (setter == setters.end()) {
      std::vector<std::string> names;
      for (const auto& [name, known] : setters) names.push_back(name);
      throw Error(ErrorKind::kUsage, std::string(what) + ": unknown argument '" + key + "'" +
                                         did_you_mean(key, names));
    }
    if (!value.is_null()) setter->second(key, value);
  }
}

/// A setter that stores read(key, value) in a field.
template <typename Field, typename Read>
auto set(Field& field, Read read) {
  return [&field, read](const std::string& key, const Json& json) { field = read(key, json); };
}

template <typename Field, typename Choices>
auto set_choice(Field& field, const Choices& choices) {
  return [&field, &choices](const std::string& key, const Json& json) {
    field = choose(key, json, choices);
  };
}

Json to_json(const ShiftRange& range) {
  if (range.kind == ShiftRange::Kind::kList) return range.values;
  const double value = range.values.empty() ? 0.0 : range.values.front();
  if (range.kind == ShiftRange::Kind::kInt) return static_cast<int>(value);
  return value;
}

}  // namespace

ImageDataGeneratorOptions parse_generator_options(std::string_view json) {
  ImageDataGeneratorOptions options;
  const auto zoom = [](const std::string& key, const Json& value) {
    if (value.is_number()) return ZoomRange(value.get<double>());
    const auto [low, high] = pair_of_numbers(key, value);
    return ZoomRange(low, high);
  };
  apply(json, "augmentation options",
        {{"featurewise_center", set(options.featurewise_center, boolean)},
         {"samplewise_center", set(options.samplewise_center, boolean)},
         {"featurewise_std_normalization", set(options.featurewise_std_normalization, boolean)},
         {"samplewise_std_normalization", set(options.samplewise_std_normalization, boolean)},
         {"zca_whitening", set(options.zca_whitening, boolean)},
         {"zca_epsilon", set(options.zca_epsilon, number)},
         {"rotation_range", set(options.rotation_range, number)},
         {"width_shift_range", set(options.width_shift_range, shift_range)},
         {"height_shift_range", set(options.height_shift_range, shift_range)},
         {"brightness_range", set(options.brightness_range, pair_of_numbers)},
         {"shear_range", set(options.shear_range, number)},
         {"zoom_range", set(options.zoom_range, zoom)},
         {"channel_shift_range", set(options.channel_shift_range, number)},
         {"fill_mode", set_choice(options.fill_mode, kFillModes)},
         {"cval", set(options.cval, number)},
         {"horizontal_flip", set(options.horizontal_flip, boolean)},
         {"vertical_flip", set(options.vertical_flip, boolean)},
         {"rescale", set(options.rescale, number)},
         {"data_format", set_choice(options.data_format, kDataFormats)},
         {"validation_split", set(options.validation_split, number)},
         {"interpolation_order", set(options.interpolation_order, integer)},
         {"axis_convention", set_choice(options.axis_convention, kAxisConventions)},
         {"contrast_range", set(options.contrast_range, pair_of_numbers)},
         {"saturation_range", set(options.saturation_range, pair_of_numbers)},
         {"hue_range", set(options.hue_range, number)},
         {"random_erase", set(options.random_erase, random_erase)},
         {"mixup_alpha", set(options.mixup_alpha, number)},
         {"cutmix_alpha", set(options.cutmix_alpha, number)},
         {"dtype", [](const std::string& key, const Json& value) {
            if (value != "float32") refuse(key, value, "'float32'");
          }}});
  options.validate();
  return options;
}

FlowOptions parse_flow_options(std::string_view json, FlowOptions defaults) {
  FlowOptions options = std::move(defaults);
  const auto size = [](const std::string& key, const Json& value) {
    const bool pair = value.is_array() && value.size() == 2;
    if (!pair) refuse(key, value, "a pair of integers (height, width)");
    return ImageSize{integer(key, value[0]), integer(key, value[1])};
  };
  const auto classes = [](const std::string& key, const Json& value) {
    const bool strings =
        value.is_array() &&
        std::all_of(value.begin(), value.end(), [](const Json& v) { return v.is_string(); });
    if (!strings) refuse(key, value, "a list of folder names");
    return value.get<std::vector<std::string>>();
  };
  const auto seed = [](const std::string& key, const Json& value) {
    if (!value.is_number_integer() || value < 0 || value > UINT32_MAX) {
      refuse(key, value, "an integer in [0, 2^32)");
    }
    return value.get<std::uint32_t>();
  };
  apply(json, "flow options",
        {{"target_size", set(options.target_size, size)},
         {"color_mode", set_choice(options.color_mode, kColorModes)},
         {"classes", set(options.classes, classes)},
         {"class_mode", set_choice(options.class_mode, kClassModes)},
         {"batch_size", set(options.batch_size, integer)},
         {"shuffle", set(options.shuffle, boolean)},
         {"seed", set(options.seed, seed)},
         {"save_to_dir", set(options.save_to_dir, text)},
         {"save_prefix", set(options.save_prefix, text)},
         {"save_format", set(options.save_format, text)},
         {"follow_links", set(options.follow_links, boolean)},
         {"subset", set_choice(options.subset, kSubsets)},
         {"interpolation", set_choice(options.interpolation, kInterpolations)},
         {"keep_aspect_ratio", set(options.keep_aspect_ratio, boolean)},
         {"augment", set(options.augment, boolean)},
         {"on_bad_file", set_choice(options.on_bad_file, kOnBadFile)},
         {"max_bad", set(options.max_bad, share)},
         {"prefetch", set(options.prefetch, integer)},
         {"keras_16_bit", set(options.keras_16_bit, boolean)},
         {"exif_orientation", set(options.exif_orientation, boolean)},
         {"balance_classes", set(options.balance_classes, boolean)},
         {"cache_memory", set(options.cache_memory, byte_count)},
         {"cache_file", set(options.cache_file, text)}});
  // class_mode null is a value of its own in Keras; apply() leaves null arguments alone.
  const Json parsed = Json::parse(json);
  if (parsed.contains("class_mode") && parsed["class_mode"].is_null()) {
    options.class_mode = ClassMode::kNone;
  }
  options.validate();
  return options;
}

std::string to_json(const ImageDataGeneratorOptions& options) {
  OrderedJson json{{"featurewise_center", options.featurewise_center},
                   {"samplewise_center", options.samplewise_center},
                   {"featurewise_std_normalization", options.featurewise_std_normalization},
                   {"samplewise_std_normalization", options.samplewise_std_normalization},
                   {"zca_whitening", options.zca_whitening},
                   {"zca_epsilon", options.zca_epsilon},
                   {"rotation_range", options.rotation_range},
                   {"width_shift_range", to_json(options.width_shift_range)},
                   {"height_shift_range", to_json(options.height_shift_range)},
                   {"brightness_range", nullptr},
                   {"shear_range", options.shear_range},
                   {"zoom_range", {options.zoom_range.low, options.zoom_range.high}},
                   {"channel_shift_range", options.channel_shift_range},
                   {"fill_mode", name_of(kFillModes, options.fill_mode)},
                   {"cval", options.cval},
                   {"horizontal_flip", options.horizontal_flip},
                   {"vertical_flip", options.vertical_flip},
                   {"rescale", options.rescale},
                   {"data_format", name_of(kDataFormats, options.data_format)},
                   {"validation_split", options.validation_split},
                   {"interpolation_order", options.interpolation_order},
                   {"axis_convention", name_of(kAxisConventions, options.axis_convention)},
                   {"contrast_range", nullptr},
                   {"saturation_range", nullptr},
                   {"hue_range", options.hue_range},
                   {"random_erase",
                    {{"probability", options.random_erase.probability},
                     {"area", options.random_erase.area},
                     {"ratio", options.random_erase.ratio},
                     {"value", options.random_erase.value}}},
                   {"mixup_alpha", options.mixup_alpha},
                   {"cutmix_alpha", options.cutmix_alpha}};
  const auto put = [&](const char* key, const std::optional<std::pair<double, double>>& range) {
    if (range) json[key] = *range;
  };
  put("brightness_range", options.brightness_range);
  put("contrast_range", options.contrast_range);
  put("saturation_range", options.saturation_range);
  return json.dump();
}

std::string to_json(const FlowOptions& options) {
  OrderedJson json{{"target_size", {options.target_size.height, options.target_size.width}},
                   {"color_mode", name_of(kColorModes, options.color_mode)},
                   {"classes", nullptr},
                   {"class_mode", name_of(kClassModes, options.class_mode)},
                   {"batch_size", options.batch_size},
                   {"shuffle", options.shuffle},
                   {"seed", nullptr},
                   {"save_to_dir", nullptr},
                   {"save_prefix", options.save_prefix},
                   {"save_format", options.save_format},
                   {"follow_links", options.follow_links},
                   {"subset", nullptr},
                   {"interpolation", name_of(kInterpolations, options.interpolation)},
                   {"keep_aspect_ratio", options.keep_aspect_ratio},
                   {"augment", options.augment},
                   {"on_bad_file", name_of(kOnBadFile, options.on_bad_file)},
                   {"max_bad", options.max_bad},
                   {"prefetch", options.prefetch},
                   {"keras_16_bit", options.keras_16_bit},
                   {"exif_orientation", options.exif_orientation},
                   {"balance_classes", options.balance_classes},
                   {"cache_memory", options.cache_memory},
                   {"cache_file", options.cache_file}};
  if (!options.classes.empty()) json["classes"] = options.classes;
  if (!options.save_to_dir.empty()) json["save_to_dir"] = options.save_to_dir;
  if (options.seed) json["seed"] = *options.seed;
  if (options.subset != Subset::kAll) json["subset"] = name_of(kSubsets, options.subset);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace folio
