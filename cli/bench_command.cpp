// folio bench
#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <folio/datasets/error.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/pipeline/threads.h>
#include <folio/trainer/model.h>

#include "class_evaluation.h"
#include "commands.h"
#include "dataset_options.h"
#include "loading_costs.h"
#include "model_argument.h"
#include "preprocessing.h"
#include "run_record.h"
#include "stream_talk.h"
#include "terminal.h"
#include "text_table.h"
#include "validators.h"

namespace folio::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct BenchArguments {
  DatasetOptions dataset;
  std::string directory;
  std::string model;
  std::optional<std::string> input;
  std::size_t classes = 10;
  double seconds = 3.0;
  int threads = 0;
  bool no_winograd = false;
  bool json = false;
};

// Seconds of each call of `work`, which is first called unmeasured for a third of the time.
template <typename Work>
std::vector<double> measure(double seconds, const Work& work) {
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  for (const auto start = Clock::now(); since(start) < seconds / 3;) work();
  std::vector<double> durations;
  for (const auto start = Clock::now(); since(start) < seconds || durations.empty();) {
    const auto begin = Clock::now();
    work();
    durations.push_back(since(begin));
  }
  return durations;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void compile_for_measuring(const BenchArguments& arguments, Model& model) {
  model.set_winograd(!arguments.no_winograd);
  model.compile({.optimizer = "sgd", .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
}

Model make_model(const BenchArguments& arguments, std::size_t classes, const Shape& image) {
  Model model = is_model_file(arguments.model) ? open_model_file(arguments.model)
                                               : built_in_model(arguments.model, classes, image);
  if (!model.built()) model.set_seed(1);
  compile_for_measuring(arguments, model);
  return model;
}

// A batch of noise, which costs a trainer what images cost.
Batch noise_batch(const Shape& image, std::size_t classes, std::size_t size) {
  Batch batch;
  batch.x = Tensor({static_cast<std::int64_t>(size), image[0], image[1], image[2]});
  batch.y = Tensor({static_cast<std::int64_t>(size), static_cast<std::int64_t>(classes)});
  std::mt19937 random(1);
  for (float& value : batch.x.values()) value = static_cast<float>(random() % 256) / 255.0F;
  batch.indices.resize(size);
  batch.files.resize(size);
  std::iota(batch.indices.begin(), batch.indices.end(), std::size_t{0});
  for (std::size_t row = 0; row < size; ++row) batch.y.row(row)[random() % classes] = 1.0F;
  return batch;
}

Json bench_trainer(const BenchArguments& arguments) {
  Model model = model_for_input(arguments.model, arguments.classes, arguments.input);
  compile_for_measuring(arguments, model);
  const Shape image = model.input_shape();
  const auto batch_size = static_cast<std::size_t>(arguments.dataset.flow_options().batch_size);
  const auto outputs = static_cast<std::size_t>(model.output_shape().at(0));
  model.prepare(image, outputs, batch_size);
  const Batch batch = noise_batch(image, outputs, batch_size);
  const double step = median(measure(arguments.seconds, [&] { model.train_on_batch(batch); }));
  const double prediction = median(measure(arguments.seconds, [&] { model.predict(batch.x); }));
  return {{"ms_per_step", step * 1e3},
          {"images_per_second", static_cast<double>(batch_size) / step},
          {"predict_ms_per_step", prediction * 1e3},
          {"batch_size", batch_size},
          {"threads", threads()},
          {"winograd", model.winograd()}};
}

// Images a second of `steps` batches in `total` seconds. Over whole epochs the last batch may be
// smaller; what counts is images, not batches.
double throughput(const BatchStream& stream, const std::vector<double>& steps) {
  const double total = std::accumulate(steps.begin(), steps.end(), 0.0);
  const double mean_batch =
      static_cast<double>(stream.samples()) / static_cast<double>(stream.size());
  return static_cast<double>(steps.size()) * mean_batch / total;
}

// How the time of an image divides up. Loading and training share the cores, so their times, each
// measured alone, add up; loading divides as the costs of its parts do.
Json shares(const LoadingCosts& costs, double loading_seconds, double training_seconds) {
  const double parts = costs.read + costs.decode + costs.augment;
  const double all = loading_seconds + training_seconds;
  Json result = Json::object();
  result["read"] = costs.read / parts * loading_seconds / all;
  result["decode"] = costs.decode / parts * loading_seconds / all;
  result["augment"] = costs.augment / parts * loading_seconds / all;
  if (training_seconds > 0.0) result["train"] = training_seconds / all;
  return result;
}

std::string largest_share(const Json& shares) {
  std::string name;
  double most = -1.0;
  for (const auto& [part, share] : shares.items()) {
    if (share.get<double>() <= most) continue;
    most = share;
    name = part;
  }
  return name;
}

Json bench_stream(BenchArguments& arguments) {
  std::optional<Model> model;
  Shape input_shape;
  if (!arguments.model.empty() && is_model_file(arguments.model)) {
    model = make_model(arguments, 0, {});
    input_shape = image_shape(*model);
  }
  DatasetOptions& dataset = arguments.dataset;
  const LabelledSamples samples = dataset.list_samples(arguments.directory);
  if (!arguments.model.empty()) take_default_rescale(dataset);
  take_image_options(input_shape, samples.samples, dataset);
  const ImageDataGenerator generator = fitted_generator(dataset, samples.samples);
  BatchStream stream = generator.flow_from_list(samples, dataset.flow_options());
  if (!arguments.model.empty() && (!has_class_labels(stream) || dataset.has_several_labels())) {
    throw Error(ErrorKind::kUsage, "--model: is measured on labels that are classes");
  }
  print_found(stream, Output::kJson);
  const double seconds = arguments.model.empty() ? arguments.seconds : arguments.seconds / 3;
  const double loading = throughput(stream, measure(seconds, [&] { stream.next(); }));
  const LoadingCosts costs = measure_loading_costs(samples.samples, stream.options(), generator,
                                                   std::min(1.0, arguments.seconds / 3));
  if (arguments.model.empty()) {
    const Json divided = shares(costs, 1.0 / loading, 0.0);
    return {{"images_per_second", loading},
            {"batch_size", stream.options().batch_size},
            {"threads", threads()},
            {"shares", divided},
            {"bound_by", largest_share(divided)}};
  }
  if (!model) model = make_model(arguments, stream.num_classes(), stream.image_shape());
  model->prepare(stream.image_shape(), stream.num_classes(),
                 static_cast<std::size_t>(stream.options().batch_size));
  stream.reset();
  const Batch batch = stream.next();
  const double step = median(measure(seconds, [&] { model->train_on_batch(batch); }));
  const std::vector<double> steps = measure(seconds, [&] { model->train_on_batch(stream.next()); });
  const Json divided = shares(costs, 1.0 / loading, step / static_cast<double>(batch.size()));
  return {{"images_per_second", throughput(stream, steps)},
          {"batch_size", stream.options().batch_size},
          {"threads", threads()},
          {"ms_per_step", std::accumulate(steps.begin(), steps.end(), 0.0) /
                              static_cast<double>(steps.size()) * 1e3},
          {"loading_images_per_second", loading},
          {"training_ms_per_step", step * 1e3},
          {"winograd", model->winograd()},
          {"shares", divided},
          {"bound_by", largest_share(divided)}};
}

// What helps against each bound.
std::string advice(const std::string& bound) {
  if (bound == "read") {
    return "reading files: keep decoded images for later epochs with --cache-file or "
           "--cache-memory, or move the data to a faster disk";
  }
  if (bound == "decode") {
    return "decoding: store images nearer to the size they are used at, or keep decoded ones with "
           "--cache-memory or --cache-file";
  }
  if (bound == "augment") {
    return "augmentation: smaller images (--target-size) or fewer transforms cost less";
  }
  return "training: a smaller model or smaller images cost less; loading keeps up";
}

void print_shares(const Json& shares, const std::string& bound) {
  for (const auto& [part, share] : shares.items()) {
    std::cout << "  " << part << std::string(8 - part.size(), ' ') << percent(share.get<double>())
              << '\n';
  }
  std::cout << wrapped("bound by " + advice(bound), output_columns()) << '\n';
}

void bench(BenchArguments& arguments) {
  if (arguments.directory.empty() && arguments.model.empty()) {
    throw Error(ErrorKind::kUsage, "bench: a directory, --model, or both are needed");
  }
  arguments.dataset.read_files();
  if (!arguments.model.empty()) require_known_model(arguments.model);
  set_threads(arguments.threads);
  const Json result =
      arguments.directory.empty() ? bench_trainer(arguments) : bench_stream(arguments);
  if (arguments.json) {
    std::cout << json_text(result) << '\n';
    return;
  }
  for (const auto& [name, value] : result.items()) {
    if (name == "shares" || name == "bound_by") continue;
    std::cout << name << ": "
              << (value.is_number_float() ? format_number(value.get<double>()) : value.dump())
              << '\n';
  }
  if (result.contains("shares")) print_shares(result.at("shares"), result.at("bound_by"));
}

}  // namespace

void add_bench_command(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("bench", "Measure loading, training, or both together");
  command.footer(
      "With a directory: images a second that loading and augmentation deliver, and how their "
      "time\n"
      "divides into reading, decoding (with resizing) and augmenting. With --model: the median "
      "time\n"
      "of a training step on images in memory. With both: end to end, and what bounds it.\n"
      "\n"
      "Examples:\n"
      "  folio bench photos --zoom-range 0.2 --json\n"
      "  folio bench --model mnist_cnn --input 28x28x1 --batch-size 32 --json");
  const auto arguments = std::make_shared<BenchArguments>();
  command.add_option("directory", arguments->directory, "Holds one folder of images per class")
      ->type_name("DIR");
  command.add_option("--model", arguments->model, "A network by name, or a file (.json, .h5)")
      ->type_name(model_type());
  command.add_option("--input", arguments->input, "Input of the model; 28x28x1 by default")
      ->type_name("HxWxC");
  command.add_option("--num-classes", arguments->classes, "Classes of a built-in model")
      ->type_name("N")
      ->check(whole_number(1))
      ->capture_default_str();
  command.add_option("--seconds", arguments->seconds, "How long to measure")
      ->check(positive_number())
      ->capture_default_str();
  command.add_option("--threads", arguments->threads, "0: one per core")
      ->type_name("N")
      ->check(whole_number(0, kMostThreads));
  command.add_flag("--no-winograd", arguments->no_winograd,
                   "Compute all convolutions of the model directly");
  command.add_flag("--json", arguments->json, "Print the result as JSON");
  arguments->dataset.add_augmentation(command);
  arguments->dataset.add_validation_split(command);
  arguments->dataset.add_flow(command);
  command.callback([arguments] { bench(*arguments); });
}

}  // namespace folio::cli
