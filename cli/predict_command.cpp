// folio predict
#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/datasets/npy.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/pipeline/threads.h>
#include <folio/trainer/model.h>
#include <folio/trainer/model_file.h>

#include "commands.h"
#include "dataset_options.h"
#include "model_argument.h"
#include "preprocessing.h"
#include "progress.h"
#include "terminal.h"
#include "validators.h"

namespace folio::cli {
namespace {
namespace fs = std::filesystem;

struct PredictArguments {
  DatasetOptions dataset;
  std::string model;
  std::string weights;
  std::vector<std::string> paths;
  std::string output;
  int threads = 0;
  bool json = false;
};

bool has_image_extension(const std::string& name) {
  static constexpr std::array kExtensions = {"png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff"};
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char character) { return std::tolower(character); });
  return std::any_of(kExtensions.begin(), kExtensions.end(),
                     [&](const char* extension) { return lower.ends_with(extension); });
}

// The images below a directory, in the order of their paths.
std::vector<std::string> images_below(const std::string& directory) {
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file() && has_image_extension(entry.path().filename().string())) {
      files.push_back(entry.path().string());
    }
  }
  if (files.empty()) throw Error(ErrorKind::kData, directory + ": holds no image");
  std::sort(files.begin(), files.end());
  return files;
}

SampleList list_images(const std::vector<std::string>& paths) {
  SampleList list;
  list.class_names = {""};
  for (const std::string& path : paths) {
    std::error_code reason;
    const fs::file_status status = fs::status(path, reason);
    if (!fs::exists(status)) {
      throw Error(ErrorKind::kIo, path + ": " + (reason ? reason.message() : "no such file"));
    }
    if (!fs::is_directory(status)) {
      list.samples.push_back({.path = path});
      continue;
    }
    for (std::string& file : images_below(path)) list.samples.push_back({.path = std::move(file)});
  }
  return list;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char character : text) {
    if (character == '"') quoted += '"';
    quoted += character;
  }
  return quoted + '"';
}

// What was predicted for one image.
struct Prediction {
  std::string path;
  std::string class_name;
  float probability;
  std::span<const float> row;
};

std::string as_csv(const std::vector<Prediction>& predictions) {
  std::string text = "path,class,probability\n";
  for (const Prediction& prediction : predictions) {
    text += csv_field(prediction.path) + ',' + csv_field(prediction.class_name) + ',' +
            format_number(prediction.probability) + '\n';
  }
  return text;
}

std::string as_json(const std::vector<Prediction>& predictions,
                    const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const Prediction& prediction : predictions) {
    Json probabilities = Json::object();
    for (std::size_t label = 0; label < prediction.row.size(); ++label) {
      probabilities[names[label]] = prediction.row[label];
    }
    list.push_back({{"path", prediction.path},
                    {"class", prediction.class_name},
                    {"probability", prediction.probability},
                    {"probabilities", probabilities}});
  }
  return json_text(list) + "\n";
}

std::vector<std::string> class_names_of(const Model& model, std::size_t outputs) {
  std::vector<std::string> names;
  if (!model.metadata().empty()) {
    const Json record = Json::parse(model.metadata());
    if (record.contains("class_names")) names = record.at("class_names");
  }
  if (names.size() == outputs) return names;
  names.clear();
  for (std::size_t label = 0; label < outputs; ++label) names.push_back(std::to_string(label));
  return names;
}

// A row for each class: a single output is the probability of the second of two.
Tensor class_probabilities(const Tensor& outputs) {
  if (outputs.shape().at(1) != 1) return outputs;
  Tensor both({outputs.shape().at(0), 2});
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    both.row(i)[0] = 1.0F - outputs[i];
    both.row(i)[1] = outputs[i];
  }
  return both;
}

void check_output_name(const std::string& output) {
  if (output.empty() || output.ends_with(".csv") || output.ends_with(".json") ||
      output.ends_with(".npy")) {
    return;
  }
  throw Error(ErrorKind::kUsage, "--out: expected a .csv, .json or .npy file, got " + output);
}

// The outputs for all images of the stream, in its order.
Tensor predict_all(Model& model, BatchStream& stream) {
  const InterruptWatch watch;
  ProgressLine progress("predicting", "images");
  model.prepare(stream.image_shape(), 0, static_cast<std::size_t>(stream.options().batch_size));
  Tensor all({static_cast<std::int64_t>(stream.samples()), model.output_shape().at(0)});
  std::size_t row = 0;
  for (const Batch& batch : stream.epoch()) {
    const Tensor outputs = model.predict_on_batch(batch.x);
    for (std::size_t i = 0; i < batch.size(); ++i, ++row) {
      const std::span<const float> values = outputs.row(i);
      std::copy(values.begin(), values.end(), all.row(row).begin());
    }
    progress.update(row, stream.samples());
  }
  return all;
}

void predict_images(PredictArguments& arguments) {
  check_output_name(arguments.output);
  DatasetOptions& dataset = arguments.dataset;
  dataset.read_files();
  set_threads(arguments.threads);
  require_weights(arguments.model, arguments.weights);
  Model model = open_model_file(arguments.model);
  take_preprocessing(model.metadata(), dataset, false);
  take_default_rescale(dataset);
  const SampleList samples = list_images(arguments.paths);
  take_image_options(model.input_shape(), samples, dataset);

  FlowOptions flow = for_measuring(dataset.flow_options());
  flow.class_mode = ClassMode::kNone;
  BatchStream stream =
      ImageDataGenerator(dataset.generator_options()).flow_from_list(samples, flow);
  if (!model.built()) model.build(stream.image_shape());
  if (!arguments.weights.empty()) load_model_weights(model, arguments.weights);
  const Tensor outputs = predict_all(model, stream);

  const Tensor rows = class_probabilities(outputs);
  const auto classes = static_cast<std::size_t>(rows.shape().at(1));
  const std::vector<std::string> names = class_names_of(model, classes);
  std::vector<Prediction> predictions;
  for (std::size_t index = 0; index < samples.size(); ++index) {
    const std::span<const float> row = rows.row(index);
    const auto best = std::max_element(row.begin(), row.end());
    predictions.push_back({.path = samples.samples[index].path,
                           .class_name = names[static_cast<std::size_t>(best - row.begin())],
                           .probability = *best,
                           .row = row});
  }
  if (arguments.output.ends_with(".npy")) {
    write_npy(arguments.output, outputs);
  } else if (arguments.output.ends_with(".json")) {
    write_file(arguments.output, as_json(predictions, names));
  } else if (!arguments.output.empty()) {
    write_file(arguments.output, as_csv(predictions));
  }
  if (arguments.json) {
    std::cout << as_json(predictions, names);
  } else if (arguments.output.empty()) {
    std::cout << as_csv(predictions);
  } else {
    std::cout << arguments.output << '\n';
  }
}

}  // namespace

void add_predict_command(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("predict", "Tell the class of images");
  command.footer(
      "Images are read as in training. Prints path,class,probability, or writes it to --out: "
      ".csv,\n"
      ".json (with every class' probability) or .npy (the rows of probabilities in the order of\n"
      "the images).\n"
      "\n"
      "Examples:\n"
      "  folio predict runs/mnist_cnn-1/model.h5 photo.jpg\n"
      "  folio predict model.h5 new_photos --out predictions.csv");
  const auto arguments = std::make_shared<PredictArguments>();
  command
      .add_option("model", arguments->model,
                  "A model (.h5), or an architecture (.json) and --weights")
      ->type_name("MODEL")
      ->required();
  command.add_option("paths", arguments->paths, "Images, or folders that hold them at any depth")
      ->type_name("PATH...")
      ->required();
  command.add_option("--weights", arguments->weights, "Weights for the model")
      ->type_name("FILE.h5");
  command.add_option("--out", arguments->output, "File to write: .csv, .json or .npy")
      ->type_name("FILE");
  command.add_option("--threads", arguments->threads, "0: one per core")
      ->type_name("N")
      ->check(whole_number(0, kMostThreads));
  command.add_flag("--json", arguments->json, "Print JSON");
  arguments->dataset.add_rescale(command);
  arguments->dataset.add_image_options(command);
  command.callback([arguments] { predict_images(*arguments); });
}

}  // namespace folio::cli
