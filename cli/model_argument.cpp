#include "model_argument.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <vector>

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/datasets/message.h>
#include <folio/trainer/model_file.h>

#include "argument.h"

namespace folio::cli {

bool is_model_file(const std::string& model) {
  return model.find_first_of("./") != std::string::npos;
}

Model open_model_file(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code unknown;
  if (fs::is_directory(path, unknown)) {
    const std::string model = (fs::path(path) / "model.h5").string();
    throw Error(ErrorKind::kIo, path + " is a directory, expected a model file" +
                                    (fs::exists(model, unknown) ? " such as " + model : ""));
  }
  const std::vector<std::string> names = model_names();
  if (!fs::exists(path, unknown) && std::ranges::find(names, path) != names.end()) {
    throw Error(ErrorKind::kIo, path +
                                    ": no such file; the network of that name has no weights "
                                    "until folio train has trained it");
  }
  if (!path.ends_with(".json")) return load_model(path);
  constexpr std::size_t kMostBytes = std::size_t{16} << 20;
  const std::vector<std::byte> bytes = read_file(path, kMostBytes);
  try {
    return model_from_json(
        std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  } catch (const Error& error) {
    throw Error(error.kind(), path + ": " + error.what());
  }
}

void require_weights(const std::string& model, const std::string& weights) {
  if (!model.ends_with(".json") || !weights.empty()) return;
  throw Error(ErrorKind::kUsage,
              model + " is an architecture alone; give its weights with --weights");
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
  const bool directory = std::filesystem::is_directory(name, unknown);
  std::string list;
  for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
  throw Error(ErrorKind::kUsage, "unknown model \"" + name + "\"" +
                                     (directory ? ", which is a directory" : "") + ", expected " +
                                     list + " or a .json or .h5 file" + did_you_mean(name, names));
}

Model built_in_model(const std::string& name, std::size_t num_classes, const Shape& image_shape) {
  require_known_model(name);
  return model_by_name(name, num_classes, image_shape);
}

Model model_for_input(const std::string& name, std::size_t num_classes,
                      const std::optional<std::string>& input) {
  const Shape image = shape_argument("--input", input.value_or("28x28x1")).get<Shape>();
  Model model =
      is_model_file(name) ? open_model_file(name) : built_in_model(name, num_classes, image);
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
