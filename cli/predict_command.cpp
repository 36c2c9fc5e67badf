// folio predict
#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/datasets/npy.h>
#include <folio/pipeline/threads.h>
#include <folio/trainer/classifier.h>
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
  std::string on_bad_file = "error";
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
    // What is no file, or cannot be looked at, such as a link to itself, is told when it is read.
    std::error_code unknown;
    if (!entry.is_directory(unknown) && has_image_extension(entry.path().filename().string())) {
      files.push_back(entry.path().string());
    }
  }
  if (files.empty()) throw Error(ErrorKind::kData, directory + ": holds no image");
  std::sort(files.begin(), files.end());
  return files;
}

SampleList list_images(const PredictArguments& arguments) {
  SampleList list;
  list.class_names = {""};
  for (const std::string& path : arguments.paths) {
    std::error_code reason;
    const fs::file_status status = fs::status(path, reason);
    // With skip, a file that is not there is one that cannot be read.
    if (!fs::exists(status) && arguments.on_bad_file != "skip") {
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

void check_output_name(const std::string& output) {
  if (output.empty() || output.ends_with(".csv") || output.ends_with(".json") ||
      output.ends_with(".npy")) {
    return;
  }
  throw Error(ErrorKind::kUsage, "--out: expected a .csv, .json or .npy file, got " + output);
}

// The model with the preparation of images that it was trained with, and what the line says
// instead.
Classifier open_classifier(const PredictArguments& arguments, DatasetOptions& dataset,
                           const SampleList& samples) {
  Model model = open_model_file(arguments.model);
  const std::string record = model.metadata();
  take_preprocessing(record, dataset, false);
  take_default_rescale(dataset);
  take_image_options(image_shape(model), samples, dataset);
  std::vector<std::string> class_names;
  if (!record.empty()) class_names = parse_preprocessing(record).class_names;
  if (!record.empty() && class_names.empty() &&
      (arguments.json || !arguments.output.ends_with(".npy"))) {
    throw Error(ErrorKind::kUsage, arguments.model +
                                       ": was trained on numbers, not on classes; --out FILE.npy "
                                       "writes its outputs");
  }
  Preprocessing preprocessing = preprocessing_of(generator_for(dataset, record),
                                                 dataset.flow_options(), std::move(class_names));
  take_weights(model, arguments.weights, preprocessing.image_shape());
  return {std::move(model), std::move(preprocessing)};
}

// The outputs as the model gives them: where it has one, that is the second class' probability.
Tensor outputs_of(const Classifier& classifier, const Tensor& rows) {
  if (element_count(classifier.model().output_shape()) != 1) return rows;
  Tensor outputs({rows.shape().at(0), 1});
  for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i] = rows.row(i)[1];
  return outputs;
}

void predict_images(PredictArguments& arguments) {
  check_output_name(arguments.output);
  DatasetOptions& dataset = arguments.dataset;
  dataset.read_files();
  set_threads(arguments.threads);
  require_weights(arguments.model, arguments.weights);
  const SampleList samples = list_images(arguments);
  Classifier classifier = open_classifier(arguments, dataset, samples);

  std::vector<std::string> paths;
  for (const Sample& sample : samples.samples) paths.push_back(sample.path);
  const InterruptWatch watch;
  PredictOptions options;
  std::set<std::string> left_out;
  if (arguments.on_bad_file == "skip") {
    options.on_bad_file = [&](const BadFile& bad) {
      left_out.insert(bad.path);
      note("left out " + bad.path + ": " + bad.reason);
    };
  }
  const Tensor rows = [&] {
    ProgressLine progress("predicting", "images");
    options.on_progress = [&](std::size_t done) { progress.update(done, paths.size()); };
    return classifier.predict(paths, options);
  }();

  const std::vector<std::string>& names = classifier.class_names();
  std::vector<Prediction> predictions;
  for (std::size_t index = 0; index < paths.size(); ++index) {
    if (left_out.contains(paths[index])) continue;
    const std::span<const float> row = rows.row(index);
    const auto best = std::max_element(row.begin(), row.end());
    predictions.push_back({.path = paths[index],
                           .class_name = names[static_cast<std::size_t>(best - row.begin())],
                           .probability = *best,
                           .row = row});
  }
  if (predictions.empty()) {
    throw Error(ErrorKind::kData,
                "none of " + std::to_string(paths.size()) + " files could be predicted");
  }
  if (arguments.output.ends_with(".npy")) {
    write_npy(arguments.output, outputs_of(classifier, rows));
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
      "the images). With --on-bad-file skip, files that cannot be read are named and left out;\n"
      "their rows in an .npy file are NaN.\n"
      "\n"
      "Examples:\n"
      "  folio predict runs/mnist_cnn-1/model.h5 photo.jpg\n"
      "  folio predict model.h5 new_photos --out predictions.csv");
  const auto arguments = std::make_shared<PredictArguments>();
  command
      .add_option("model", arguments->model,
                  "A model (.h5, .keras), or an architecture (.json) and --weights")
      ->type_name("MODEL")
      ->required();
  command.add_option("paths", arguments->paths, "Images, or folders that hold them at any depth")
      ->type_name("PATH...")
      ->required();
  command.add_option("--weights", arguments->weights, "Weights for the model")
      ->type_name("FILE.h5");
  command
      .add_option("--out", arguments->output,
                  "File to write: .csv, .json or .npy, in folders that are made where needed")
      ->type_name("FILE");
  command
      .add_option("--on-bad-file", arguments->on_bad_file,
                  "For a file that cannot be read: end with its name, or go on with the others")
      ->type_name("error|skip")
      ->check(one_of({"error", "skip"}))
      ->capture_default_str();
  command.add_option("--threads", arguments->threads, "0: one per core")
      ->type_name("N")
      ->check(whole_number(0, kMostThreads));
  command.add_flag("--json", arguments->json, "Print JSON");
  arguments->dataset.add_rescale(command);
  arguments->dataset.add_image_options(command);
  command.callback([arguments] { predict_images(*arguments); });
}

}  // namespace folio::cli
