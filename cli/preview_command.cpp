// folio preview
#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/pipeline/json_options.h>

#include "augmentation_preview.h"
#include "commands.h"
#include "contact_sheet.h"
#include "dataset_options.h"
#include "page_template.h"
#include "picture.h"
#include "preprocessing.h"
#include "preview_server.h"
#include "terminal.h"
#include "transform_parameters.h"
#include "validators.h"

namespace folio::cli {
namespace {

struct PreviewArguments {
  DatasetOptions dataset;
  std::string directory;
  std::string output = "preview.png";
  std::optional<std::size_t> rows;
  std::optional<std::size_t> columns;
  std::string strip;
  bool serve = false;
  int port = 0;
};

// The samples that are shown, and how they look before anything happens to them.
struct Originals {
  SampleList samples;
  std::vector<cv::Mat> pictures;
  std::uint32_t seed = 0;

  [[nodiscard]] std::string class_of(std::size_t row) const {
    return samples.class_names[static_cast<std::size_t>(samples.samples[row].label)];
  }
};

using Variants = std::vector<std::vector<PreviewVariant>>;

// A picture cannot show what only scales values, or what makes them signed.
void tell_what_is_not_shown(const ImageDataGeneratorOptions& options) {
  if (needs_statistics(options) || options.samplewise_center ||
      options.samplewise_std_normalization) {
    note("pictures show images before they are standardised or whitened");
  }
}

// Large photos are shown smaller, with their shape kept: what augmentation does is seen as well.
void shrink_target_size(DatasetOptions& dataset) {
  constexpr int kLongest = 256;
  const ImageSize size = dataset.flow_options().target_size;
  const int longest = std::max(size.height, size.width);
  if (longest <= kLongest) return;
  const auto shrunk = [&](int extent) { return std::max(1, extent * kLongest / longest); };
  dataset.flow["target_size"] = {shrunk(size.height), shrunk(size.width)};
  note("images are shown at " + std::to_string(shrunk(size.height)) + "x" +
       std::to_string(shrunk(size.width)) + "; --target-size shows them at another size");
}

Originals load_originals(PreviewArguments& arguments, std::size_t rows) {
  DatasetOptions& dataset = arguments.dataset;
  Originals originals;
  originals.seed = dataset.flow_options().seed.value_or(std::random_device()());
  const SampleList all = dataset.list_samples(arguments.directory).samples;
  for (const std::string& notice : all.notices) note(notice);
  const bool size_given = dataset.flow.contains("target_size");
  take_image_options(Shape{}, all, dataset);
  if (!size_given) shrink_target_size(dataset);
  originals.samples = choose_samples(all, rows, originals.seed);
  originals.pictures = read_pictures(originals.samples, dataset.flow_options());
  return originals;
}

std::string heading(const PreviewArguments& arguments, const Originals& originals) {
  return describe_preprocessing(arguments.dataset) + ", seed " + std::to_string(originals.seed);
}

Json variants_json(const std::vector<PreviewVariant>& variants) {
  Json list = Json::array();
  for (const PreviewVariant& variant : variants) {
    list.push_back({{"picture", data_uri(variant.picture)},
                    {"lines", describe_parameters(variant.parameters)},
                    {"parameters", parameters_json(variant.parameters)}});
  }
  return list;
}

// What pages/preview.js draws from.
Json page_data(const PreviewArguments& arguments, const Originals& originals) {
  Json rows = Json::array();
  std::vector<std::string> classes;
  for (std::size_t row = 0; row < originals.pictures.size(); ++row) {
    const std::string name = originals.class_of(row);
    if (std::find(classes.begin(), classes.end(), name) == classes.end()) classes.push_back(name);
    rows.push_back({{"class", name},
                    {"file", originals.samples.samples[row].path},
                    {"original", data_uri(originals.pictures[row])},
                    {"variants", Json::array()}});
  }
  // The options that were given, in the one form in which they can be compared.
  const Json all = Json::parse(to_json(arguments.dataset.generator_options()));
  Json options = Json::object();
  for (const auto& [key, value] : arguments.dataset.generator.items()) {
    if (!value.is_null()) options[key] = all.value(key, value);
  }
  return {{"directory", arguments.directory},
          {"seed", originals.seed},
          {"width", originals.pictures.front().cols},
          {"colour", originals.pictures.front().channels() >= 3},
          {"captions", !arguments.strip.empty()},
          {"classes", classes},
          {"options", options},
          {"rows", rows}};
}

std::string preview_page(const PreviewArguments& arguments, const Originals& originals,
                         const std::string& title, const Json& data) {
  return render_page(
      "preview.html",
      {{"title", title}, {"subtitle", heading(arguments, originals)}, {"data", data}});
}

std::string title_of(const PreviewArguments& arguments) {
  return arguments.strip.empty() ? "Augmentation of " + arguments.directory
                                 : arguments.strip + " on " + arguments.directory;
}

void write_page(const PreviewArguments& arguments, const Originals& originals,
                const Variants& variants) {
  Json data = page_data(arguments, originals);
  for (std::size_t row = 0; row < variants.size(); ++row) {
    data["rows"][row]["variants"] = variants_json(variants[row]);
  }
  write_file(arguments.output, preview_page(arguments, originals, title_of(arguments), data));
}

void write_sheet(const PreviewArguments& arguments, const Originals& originals,
                 const Variants& variants) {
  std::vector<SheetRow> rows;
  for (std::size_t row = 0; row < variants.size(); ++row) {
    SheetRow sheet_row{
        .title = originals.class_of(row) + "   " + originals.samples.samples[row].path,
        .cells = {}};
    sheet_row.cells.push_back({.image = originals.pictures[row], .caption = {"original"}});
    for (const PreviewVariant& variant : variants[row]) {
      sheet_row.cells.push_back(
          {.image = variant.picture, .caption = describe_parameters(variant.parameters)});
    }
    rows.push_back(std::move(sheet_row));
  }
  const cv::Mat sheet =
      draw_contact_sheet(title_of(arguments) + ": " + heading(arguments, originals), rows);
  std::vector<unsigned char> png;
  cv::imencode(".png", sheet, png, {cv::IMWRITE_PNG_COMPRESSION, 9});
  write_file(arguments.output, std::as_bytes(std::span(png)));
}

void write_preview(PreviewArguments& arguments) {
  const bool page = arguments.output.ends_with(".html");
  if (!page && !arguments.output.ends_with(".png")) {
    throw Error(ErrorKind::kUsage, "--out: expected a .png or .html file, got " + arguments.output);
  }
  const bool strip = !arguments.strip.empty();
  const std::size_t columns = arguments.columns.value_or(strip ? 9 : 6);
  const Originals originals = load_originals(arguments, arguments.rows.value_or(strip ? 4 : 8));
  const AugmentationPreview preview(originals.pictures);
  const ImageDataGeneratorOptions options = arguments.dataset.generator_options();
  const Variants variants = strip ? preview.draw_strip(options, arguments.strip, columns)
                                  : preview.draw(options, originals.seed, columns);
  if (page) {
    write_page(arguments, originals, variants);
  } else {
    write_sheet(arguments, originals, variants);
  }
  std::cout << arguments.output << '\n';
}

Json draw_batch(const AugmentationPreview& preview, const Json& request) {
  const auto begin = std::chrono::steady_clock::now();
  if (!request.is_object() || !request.contains("augment") || !request.contains("seed") ||
      !request.at("seed").is_number_unsigned()) {
    throw Error(ErrorKind::kUsage, "expected {\"augment\": {...}, \"seed\": ...}");
  }
  const Variants drawn = preview.draw(parse_generator_options(json_text(request.at("augment"))),
                                      request.at("seed").get<std::uint32_t>(), 1);
  Json variants = Json::array();
  for (const std::vector<PreviewVariant>& row : drawn) variants.push_back(variants_json(row)[0]);
  const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - begin;
  return {{"milliseconds", spent.count()}, {"variants", variants}};
}

void serve_preview(PreviewArguments& arguments) {
  const Originals originals = load_originals(arguments, arguments.rows.value_or(32));
  const AugmentationPreview preview(originals.pictures);
  Json data = page_data(arguments, originals);
  data["live"] = true;
  PreviewServer server(arguments.port,
                       preview_page(arguments, originals, title_of(arguments), data),
                       [&preview](const Json& request) { return draw_batch(preview, request); });
  const InterruptWatch watch;
  std::cout << server.address() << std::endl;
  note("open this page in a browser; Ctrl-C ends");
  server.run(InterruptWatch::interrupted);
}

void preview(PreviewArguments& arguments, bool output_given) {
  if (arguments.serve && output_given) {
    throw Error(ErrorKind::kUsage, "--serve: writes no file, not together with --out");
  }
  if (arguments.serve && !arguments.strip.empty()) {
    throw Error(ErrorKind::kUsage, "--serve: not together with --strip");
  }
  if (arguments.serve && arguments.columns) {
    throw Error(ErrorKind::kUsage, "--serve: draws one variant of each image, not --columns");
  }
  arguments.dataset.read_files();
  tell_what_is_not_shown(arguments.dataset.generator_options());
  if (arguments.serve) {
    serve_preview(arguments);
  } else {
    write_preview(arguments);
  }
}

}  // namespace

void add_preview_command(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("preview", "Show what augmentation does to your images");
  command.footer(
      "Each row is one image: the original, then augmented variants with what was drawn for them;\n"
      "they are the batches that training sees for the same seed. --strip shows one parameter\n"
      "from its least to its greatest value. --serve opens a page with a slider for every\n"
      "parameter. Size and colour are those of the first image (256x256 where it is larger)\n"
      "unless given. Pictures show images before rescaling, standardisation and whitening. The\n"
      "dataset is only read.\n"
      "\n"
      "Examples:\n"
      "  folio preview photos --rotation-range 20 --zoom-range 0.2 --horizontal-flip --out p.png\n"
      "  folio preview photos --augment augment.json --rows 20 --out preview.html\n"
      "  folio preview photos --rotation-range 30 --strip rotation_range --out rotation.png\n"
      "  folio preview photos --serve");
  const auto arguments = std::make_shared<PreviewArguments>();
  const std::string preview_group = "Preview";
  command.add_option("directory", arguments->directory, "Holds one folder of images per class")
      ->type_name("DIR")
      ->required();
  command.add_option("--rows", arguments->rows, "Images to show; 8, or 32 with --serve")
      ->type_name("R")
      ->check(whole_number(1, 200))
      ->group(preview_group);
  command
      .add_option("--columns", arguments->columns, "Variants of each; 6, or 9 steps of a --strip")
      ->type_name("C")
      ->check(whole_number(1, 50))
      ->group(preview_group);
  command
      .add_option("--out", arguments->output,
                  "Picture (.png) or page (.html, works alone and offline) to write")
      ->type_name("FILE")
      ->capture_default_str()
      ->group(preview_group);
  command
      .add_option("--strip", arguments->strip,
                  "Show this parameter alone, such as rotation_range, from end to end")
      ->type_name("NAME")
      ->group(preview_group);
  CLI::Option* serve =
      command
          .add_flag("--serve", arguments->serve,
                    "Open a page on this machine (127.0.0.1) with a slider for every parameter")
          ->group(preview_group);
  command.add_option("--port", arguments->port, "Of --serve; 0 takes a free one")
      ->type_name("N")
      ->check(whole_number(0, 65535))
      ->needs(serve)
      ->capture_default_str()
      ->group(preview_group);
  arguments->dataset.add_augmentation(command);
  arguments->dataset.add_flow(command);
  command.callback([arguments, &command] { preview(*arguments, command.count("--out") > 0); });
}

}  // namespace folio::cli
