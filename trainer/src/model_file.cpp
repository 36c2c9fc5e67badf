#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/trainer/model_file.h>

#include <algorithm>
#include <ctime>
#include <optional>

#include "file_format.h"
#include "hdf5/model_contents.h"
#include "keras3_json.h"
#include "keras_archive.h"
#include "model_json.h"
#include "model_saving.h"
#include "optimizer_state.h"
#include "weight_matching.h"

namespace folio {
namespace {

using internal::ModelContents;
using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

ModelContents layers_of(const Model& model) {
  if (!model.built()) throw Error(ErrorKind::kUsage, "a model must be built before it is saved");
  ModelContents contents;
  for (const internal::WantedLayer& layer : internal::wanted_layers(model)) {
    contents.layers.push_back({layer.name, layer.class_path});
  }
  for (NamedWeight& weight : model.named_weights()) {
    const auto layer =
        std::find_if(contents.layers.begin(), contents.layers.end(),
                     [&](const internal::StoredLayer& one) { return one.name == weight.layer; });
    layer->weights.push_back({weight.layer + "/" + weight.name + ":0", std::move(weight.value)});
  }
  contents.metadata = model.metadata();
  return contents;
}

OrderedJson training_of(const Model& model) {
  return model.compiled() ? internal::training_json(model.compile_options()) : OrderedJson();
}

ModelContents h5_contents(const Model& model) {
  ModelContents contents = layers_of(model);
  const OrderedJson architecture = internal::architecture_json(model);
  contents.architecture = architecture.dump();
  contents.keras_version = architecture["keras_version"].get<std::string>();
  if (model.compiled()) {
    contents.training = training_of(model).dump();
    add_optimizer_by_kind(model, contents);
  }
  return contents;
}

std::string now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d@%H:%M:%S", &parts)};
}

/// The contents of the archive's weights, and its configuration as their architecture.
ModelContents archive_contents(const Model& model) {
  ModelContents contents = layers_of(model);
  if (model.compiled()) add_optimizer_by_weight(model, contents);
  contents.keras_version = internal::hard_sigmoid_version(model) == 2 ? "2.15.0" : "3.0.0";
  contents.architecture =
      internal::keras3_config(internal::architecture_json(model), training_of(model)).dump();
  return contents;
}

std::vector<std::byte> archive_of(const ModelContents& contents) {
  return internal::write_keras_archive(
      {.metadata =
           OrderedJson{{"keras_version", contents.keras_version}, {"date_saved", now()}}.dump(),
       .config = contents.architecture,
       .weights = internal::write_weights_h5(contents)});
}

bool ends_with_one_of(const std::string& path, std::initializer_list<const char*> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](const char* ending) { return path.ends_with(ending); });
}

template <typename Action>
auto naming(const std::string& path, Action action) {
  try {
    return action();
  } catch (const Error& error) {
    throw Error(error.kind(), path + ": " + error.what());
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kModel, path + ": its JSON is no model: " + error.what());
  }
}

/// A file of any of the formats; its content decides which. Messages do not name it.
ModelContents contents_of(std::vector<std::byte> bytes) {
  const std::string other = internal::other_format(bytes);
  if (!other.empty()) throw Error(ErrorKind::kModel, "it is " + other);
  if (!internal::is_zip(bytes)) return internal::parse_h5(std::move(bytes));
  internal::KerasArchive archive = internal::parse_keras_archive(bytes);
  ModelContents contents = internal::parse_h5(std::move(archive.weights));
  contents.architecture = archive.config;
  const Json metadata = Json::parse(archive.metadata, nullptr, false);
  const bool says = metadata.is_object() && metadata.contains("keras_version") &&
                    metadata["keras_version"].is_string();
  contents.keras_version = says ? metadata["keras_version"].get<std::string>() : "";
  const Json training = internal::training_from_keras3(internal::parse_model_json(archive.config));
  if (training.is_object()) contents.training = training.dump();
  return contents;
}

ModelContents read_contents(const std::string& path) {
  std::vector<std::byte> bytes = read_file(path);
  try {
    return contents_of(std::move(bytes));
  } catch (const Error& error) {
    throw Error(error.kind(), path + " cannot be read as a Keras model: " + error.what());
  }
}

/// Gives the model the weights of the contents. Initial weights are drawn only where a model that
/// has none gets some of them.
std::vector<std::string> take_weights(Model& model, const ModelContents& contents,
                                      const LoadWeightsOptions& options) {
  const internal::MatchedWeights matched =
      internal::match_weights(internal::wanted_layers(model), contents, options);
  const bool all =
      std::find(matched.values.begin(), matched.values.end(), nullptr) == matched.values.end();
  if (all && !model.built()) {
    std::vector<std::span<const float>> values;
    for (const internal::FloatArray* value : matched.values) values.push_back(value->values());
    model.build(model.input_shape(), values);
    return {};
  }
  if (!model.built()) model.build(model.input_shape());
  std::vector<Tensor> values = model.weights();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (matched.values[i] != nullptr) values[i] = matched.values[i]->tensor();
  }
  model.set_weights(values);
  return matched.left_out;
}

}  // namespace

void internal::check_model_file_name(const std::string& path, bool weights_only) {
  if (ends_with_one_of(path, {".h5", ".hdf5"})) return;
  if (!weights_only && path.ends_with(".keras")) return;
  throw Error(ErrorKind::kUsage,
              "cannot save " + std::string(weights_only ? "weights" : "a model") + " as " + path +
                  ": expected a name that ends in " +
                  (weights_only ? ".weights.h5, .h5 or .hdf5" : ".keras, .h5 or .hdf5"));
}

std::function<void()> internal::prepare_save(const Model& model, const std::string& path,
                                             bool weights_only) {
  check_model_file_name(path, weights_only);
  const bool archive = path.ends_with(".keras");
  const auto write = archive                                         ? archive_of
                     : path.ends_with(".weights.h5") && weights_only ? write_weights_h5
                                                                     : write_h5;
  ModelContents contents = weights_only ? layers_of(model)
                           : archive    ? archive_contents(model)
                                        : h5_contents(model);
  return [path, write, contents = std::move(contents)] { write_file(path, write(contents)); };
}

void save_model(const Model& model, const std::string& path) {
  internal::prepare_save(model, path, false)();
}

void save_model_weights(const Model& model, const std::string& path) {
  internal::prepare_save(model, path, true)();
}

Model load_model(const std::string& path) {
  const ModelContents contents = read_contents(path);
  return naming(path, [&] {
    if (contents.architecture.empty()) {
      throw Error(ErrorKind::kModel,
                  "it has no model_config: it holds weights alone, or is not a Keras model");
    }
    Model model = internal::model_from_architecture(
        internal::parse_model_json(contents.architecture), contents.keras_version);
    if (model.input_shape().empty()) {
      throw Error(ErrorKind::kModel, "its architecture does not say the shape of its input");
    }
    take_weights(model, contents, {});
    model.set_metadata(contents.metadata);
    if (!contents.training.empty()) {
      const auto options =
          internal::compile_options_from(internal::parse_model_json(contents.training));
      if (options) {
        model.compile(*options);
        take_optimizer(model, contents);
      }
    }
    return model;
  });
}

std::vector<std::string> load_model_weights(Model& model, const std::string& path,
                                            const LoadWeightsOptions& options) {
  if (model.input_shape().empty()) {
    throw Error(ErrorKind::kUsage,
                "the shape of the model's input must be known before weights are loaded into it");
  }
  const ModelContents contents = read_contents(path);
  return naming(path, [&] {
    if (options.by_name && contents.by_class) {
      throw Error(ErrorKind::kUsage,
                  "by_name is for .h5 files: Keras 3's weights are stored by "
                  "the classes of their layers");
    }
    return take_weights(model, contents, options);
  });
}

std::string to_json(const Model& model) { return internal::architecture_json(model).dump(2); }

Model model_from_json(std::string_view json) {
  return internal::model_from_architecture(internal::parse_model_json(json));
}

}  // namespace folio
