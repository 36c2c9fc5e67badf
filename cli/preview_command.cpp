// folio preview
#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include <folio/augment/transform.h>
#include <folio/datasets/class_folders.h>
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/pipeline/image_data_generator.h>

#include "commands.h"
#include "contact_sheet.h"
#include "dataset_options.h"
#include "preprocessing.h"
#include "stream_talk.h"
#include "terminal.h"

namespace folio::cli {
namespace {

struct PreviewArguments {
  DatasetOptions dataset;
  std::string directory;
  std::string output = "preview.png";
  std::size_t rows = 8;
  std::size_t columns = 6;
};

// A drawn value, or nothing when it changes nothing.
std::string term(const char* name, double value, double neutral, const char* unit = "") {
  if (value == neutral) return "";
  char text[64];
  std::snprintf(text, sizeof text, "%s %.3g%s", name, value, unit);
  return text;
}

// The drawn parameters in the words of the options, a few lines of them.
std::vector<std::string> caption(const TransformParameters& drawn,
                                 const ImageDataGeneratorOptions& options) {
  std::vector<std::string> terms;
  const auto add = [&](const std::string& text) {
    if (!text.empty()) terms.push_back(text);
  };
  add(term("rotation", drawn.theta, 0.0));
  add(term("width shift", drawn.ty, 0.0, "px"));
  add(term("height shift", drawn.tx, 0.0, "px"));
  add(term("shear", drawn.shear, 0.0));
  if (drawn.zx != 1.0 || drawn.zy != 1.0) {
    char text[64];
    std::snprintf(text, sizeof text, "zoom %.3g, %.3g", drawn.zx, drawn.zy);
    add(text);
  }
  if (options.horizontal_flip && drawn.flip_horizontal) add("flip left-right");
  if (options.vertical_flip && drawn.flip_vertical) add("flip up-down");
  if (drawn.channel_shift_intensity) add(term("channels", *drawn.channel_shift_intensity, 0.0));
  if (drawn.brightness) add(term("brightness", *drawn.brightness, 1.0));
  if (terms.empty()) terms.push_back("unchanged");
  return terms;
}

// Samples for the rows: class after class in turn, spread over each class' files.
SampleList choose_samples(const SampleList& all, std::size_t count, std::uint32_t seed) {
  std::vector<std::vector<std::size_t>> by_class(all.class_names.size());
  for (std::size_t index = 0; index < all.size(); ++index) {
    by_class[static_cast<std::size_t>(all.samples[index].label)].push_back(index);
  }
  std::mt19937 random(seed);
  SampleList chosen = all;
  chosen.samples.clear();
  for (std::size_t round = 0; chosen.size() < std::min(count, all.size()); ++round) {
    for (std::vector<std::size_t>& files : by_class) {
      if (files.empty() || chosen.size() == count) continue;
      const std::size_t pick = random() % files.size();
      chosen.samples.push_back(all.samples[files[pick]]);
      files.erase(files.begin() + static_cast<std::ptrdiff_t>(pick));
    }
  }
  return chosen;
}

cv::Mat to_8_bits(const cv::Mat& image) {
  cv::Mat result;
  image.convertTo(result, CV_8U);  // Rounds and saturates.
  return result;
}

SheetRow draw_row(const ImageDataGenerator& generator, const cv::Mat& image, std::string title,
                  std::size_t variants, std::uint32_t seed) {
  SheetRow row{.title = std::move(title), .cells = {}};
  row.cells.push_back({.image = to_8_bits(image), .caption = {"original"}});
  for (std::size_t variant = 0; variant < variants; ++variant) {
    const TransformParameters drawn = generator.get_random_transform(
        image.rows, image.cols, seed + static_cast<std::uint32_t>(variant));
    cv::Mat augmented(image.rows, image.cols, image.type());
    apply_transform(generator.options(), drawn, image,
                    std::span(augmented.ptr<float>(), augmented.total() * augmented.channels()));
    row.cells.push_back(
        {.image = to_8_bits(augmented), .caption = caption(drawn, generator.options())});
  }
  return row;
}

void preview(PreviewArguments& arguments) {
  if (!arguments.output.ends_with(".png")) {
    throw Error(ErrorKind::kUsage, "--out: expected a .png file, got " + arguments.output);
  }
  DatasetOptions& dataset = arguments.dataset;
  dataset.read_files();
  const std::uint32_t seed = dataset.flow_options().seed.value_or(std::random_device()());
  const SampleList all = scan_class_folders(arguments.directory,
                                            {.classes = dataset.flow_options().classes,
                                             .follow_links = dataset.flow_options().follow_links});
  take_image_options(Shape{}, all, dataset);

  // What moves the pixels is shown; what only scales them afterwards is not.
  ImageDataGeneratorOptions options = dataset.generator_options();
  options.rescale = 0.0;
  options.samplewise_center = false;
  options.samplewise_std_normalization = false;
  options.validation_split = 0.0;
  const ImageDataGenerator generator(options);
  FlowOptions flow = dataset.flow_options();
  flow.shuffle = false;
  flow.augment = false;
  flow.subset = Subset::kAll;
  flow.batch_size = 1;
  BatchStream stream = generator.flow_from_list(choose_samples(all, arguments.rows, seed), flow);
  print_notices(stream);

  std::vector<SheetRow> rows;
  for (const Batch& batch : stream.epoch()) {
    const std::size_t label = static_cast<std::size_t>(stream.labels()[batch.indices.front()]);
    const auto row_seed = static_cast<std::uint32_t>(seed + rows.size() * arguments.columns);
    rows.push_back(draw_row(generator, batch.x.image(0),
                            "class " + stream.class_names()[label] + "   " + batch.files.front(),
                            arguments.columns, row_seed));
  }
  const cv::Mat sheet =
      draw_contact_sheet(arguments.directory + ": " + describe_preprocessing(dataset) + ", seed " +
                             std::to_string(seed),
                         rows);
  std::vector<unsigned char> png;
  cv::imencode(".png", sheet, png);
  write_file(arguments.output, std::as_bytes(std::span(png)));
  std::cout << arguments.output << '\n';
}

}  // namespace

void add_preview_command(CLI::App& app) {
  CLI::App& command =
      *app.add_subcommand("preview", "Show what augmentation does, as a contact sheet");
  command.footer(
      "Each row is one image: the original, then augmented variants with what was drawn for them.\n"
      "Size and colour are those of the first image unless given. The dataset is only read.\n"
      "\n"
      "Example:\n"
      "  folio preview photos --rotation-range 20 --zoom-range 0.2 --horizontal-flip --out p.png");
  const auto arguments = std::make_shared<PreviewArguments>();
  command.add_option("directory", arguments->directory, "Holds one folder of images per class")
      ->type_name("DIR")
      ->required();
  command.add_option("--rows", arguments->rows, "Images to show")
      ->type_name("R")
      ->check(CLI::Range(1, 200))
      ->capture_default_str();
  command.add_option("--columns", arguments->columns, "Variants of each")
      ->type_name("C")
      ->check(CLI::Range(1, 50))
      ->capture_default_str();
  command.add_option("--out", arguments->output, "Picture to write")
      ->type_name("FILE.png")
      ->capture_default_str();
  arguments->dataset.add_augmentation(command);
  arguments->dataset.add_flow(command);
  command.callback([arguments] { preview(*arguments); });
}

}  // namespace folio::cli
