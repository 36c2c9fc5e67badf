#include "model_argument.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/datasets/message.h>
#include <folio/trainer/model_file.h>

#include "argument.h"

namespace folio::cli {
namespace fs = std::filesystem;

bool is_model_file(const std::string& model) {
  return model.find_first_of("./") != std::string::npos;
}

namespace {

/// Names that stand for a model without being the path of one.
void refuse_other_names(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    const std::string model = (fs::path(path) / "model.h5").string();
    throw Error(ErrorKind::kUsage,
                path + ": is a folder" +
                    (fs::exists(model, ignored) ? "; the model of this run is " + model
                     : fs::exists(fs::path(path) / "checkpoint.folio", ignored)
                         ? " of a run that has not come to its end; folio train --resume "
                           "--output " +
                               path + " continues it"
                     : fs::exists(fs::path(path) / "saved_model.pb", ignored)
                         ? " with a TensorFlow SavedModel, which folio does not read; "
                           "Keras' model.save(\"model.h5\") writes one that it does"
                         : ", expected a model (.h5, .keras)"));
  }
  const std::vector<std::string> names = model_names();
  if (!fs::exists(path, ignored) && std::ranges::find(names, path) != names.end()) {
    throw Error(ErrorKind::kUsage, path +
                                       " is the name of an architecture, which has no weights; "
                                       "train it first: folio train DIR --model " +
                                       path);
  }
}

}  // namespace

Model open_model_file(const std::string& path) {
  refuse_other_names(path);
  if (!path.ends_with(".json")) return load_model(path);
  constexpr std::size_t kMostBytes = std::size_t{16} << 20;
  const std::vector<std::byte> bytes = read_file(path, kMostBytes);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\x89HDF") || text.starts_with("PK")) {
    throw Error(ErrorKind::kModel, path +
                                       ": is no JSON but a model with its weights; its name "
                                       "must end in " +
                                       (text.starts_with("PK") ? ".keras" : ".h5"));
  }
  try {
    return model_from_json(text);
  } catch (const Error& error) {
    throw Error(error.kind(), path + ": " + error.what());
  }
}

void require_weights(const std::string& model, const std::string& weights) {
  if (!model.ends_with(".json") || !weights.empty()) return;
  throw Error(ErrorKind::kUsage,
              model + " is an architecture alone; give its weights with --weights");
}

void take_weights(Model& model, const std::string& weights, const Shape& image_shape) {
  if (weights.empty()) return;
  if (model.input_shape().empty() && !image_shape.empty()) model.build(image_shape);
  load_model_weights(model, weights);
}

std::string model_type() {
  std::string type;
  for (const std::string& known : model_names()) type += known + "|";
  return type + "FILE";
}

void require_known_model(const std::string& name) {
  const std::vector<std::string> names = model_names();
  if (is_model_file(name) || std::ranges::find(names, name) != names.end()) return;
  std::error_code unknown;
  const bool directory = fs::is_directory(name, unknown);
  std::string list;
  for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
  throw Error(ErrorKind::kUsage, "unknown model \"" + name + "\"" +
                                     (directory ? ", which is a directory" : "") + ", expected " +
                                     list + " or a .json or .h5 file" + did_you_mean(name, names));
}

Shape image_shape(const Model& model) {
  Shape shape = model.input_shape();
  if (model.data_format() == DataFormat::kChannelsLast) return shape;
  if (shape.empty()) {
    throw Error(ErrorKind::kModel,
                "the model has data_format channels_first and declares no input shape; write it "
                "into its first layer, such as \"batch_input_shape\": [null, 3, 32, 32]");
  }
  const Shape own = shape;
  std::rotate(shape.begin(), shape.begin() + 1, shape.end());
  if (shape.size() == 3 && shape[2] != 1 && shape[2] != 3 && shape[2] != 4) {
    throw Error(ErrorKind::kModel,
                "the model's layers have data_format channels_first, so that its input shape " +
                    to_string(own) + " means " + std::to_string(shape[2]) +
                    " channels; images have 1, 3 or 4");
  }
  if (shape == own && element_count(shape) > 1) {
    throw Error(ErrorKind::kModel, "the model has data_format channels_first and images of shape " +
                                       to_string(shape) +
                                       ", whose axes cannot be told apart; use channels_last");
  }
  return shape;
}

Model built_in_model(const std::string& name, std::size_t num_classes, const Shape& image_shape) {
  require_known_model(name);
  return model_by_name(name, num_classes, image_shape);
}

Model model_for_input(const std::string& name, std::size_t num_classes,
                      const std::optional<std::string>& input) {
  Shape image = shape_argument("--input", input.value_or("28x28x1")).get<Shape>();
  Model model =
      is_model_file(name) ? open_model_file(name) : built_in_model(name, num_classes, image);
  if (model.data_format() == DataFormat::kChannelsFirst) {
    if (!input && model.input_shape().empty()) (void)image_shape(model);  // Says what is missing.
    std::rotate(image.begin(), image.end() - 1, image.end());
  }
  if (model.built()) {
    if (input && image != model.input_shape()) {
      throw Error(ErrorKind::kUsage, "--input: " + name + " takes images of shape " +
                                         to_string(model.input_shape()) + ", got " + *input);
    }
    return model;
  }
  model.set_seed(1);
  if (!input && !model.input_shape().empty()) {
    model.build(model.input_shape());
    return model;
  }
  try {
    model.build(image);
  } catch (const Error& error) {
    if (input) throw;
    throw Error(error.kind(),
                std::string(error.what()) + "; for images of another size say --input HxWxC");
  }
  return model;
}

}  // namespace folio::cli
