#include "dataset_options.h"

#include <algorithm>
#include <functional>
#include <vector>

#include <folio/datasets/error.h>
#include <folio/datasets/manifest.h>
#include <folio/datasets/message.h>
#include <folio/pipeline/json_options.h>
#include <CLI/CLI.hpp>

#include "scan_folders.h"
#include "terminal.h"

namespace folio::cli {
namespace {

constexpr const char* kAugmentation = "Augmentation (ImageDataGenerator)";
constexpr const char* kFlow = "Images and batches (flow_from_directory)";

// `nearest, constant or wrap`
std::string listed(const std::vector<std::string>& choices) {
  std::string text = choices.front();
  for (std::size_t i = 1; i < choices.size(); ++i) {
    text += (i + 1 == choices.size() ? " or " : ", ") + choices[i];
  }
  return text;
}

// Adds options that write into one JSON object under Keras' names.
class OptionAdder {
 public:
  OptionAdder(CLI::App& command, Json& target, const char* group)
      : command_(command), target_(target), group_(group) {}

  using Parse = std::function<Json(const std::string& option, const std::string& text)>;

  void add(const std::string& key, const std::string& type, const std::string& help,
           const Parse& parse) {
    const std::string option = option_name(key);
    command_
        .add_option_function<std::string>(
            option,
            [this_target = &target_, key, option, parse](const std::string& text) {
              (*this_target)[key] = parse(option, text);
            },
            help)
        ->type_name(type)
        ->group(group_);
  }
  void number(const std::string& key, const std::string& type, const std::string& help) {
    add(key, type, help, number_argument);
  }
  void numbers(const std::string& key, const std::string& type, const std::string& help) {
    add(key, type, help, numbers_argument);
  }
  void text(const std::string& key, const std::string& type, const std::string& help) {
    add(key, type, help, [](const std::string&, const std::string& text) { return Json(text); });
  }
  void size(const std::string& key, const std::string& help) {
    add(key, "HxW", help, size_argument);
  }
  void choice(const std::string& key, const std::vector<std::string>& choices,
              const std::string& help) {
    std::string type;
    for (const std::string& name : choices) type += (type.empty() ? "" : "|") + name;
    add(key, type, help, [choices](const std::string& option, const std::string& text) {
      if (std::find(choices.begin(), choices.end(), text) != choices.end()) return Json(text);
      throw Error(ErrorKind::kUsage, option + ": unknown value \"" + text + "\", expected " +
                                         listed(choices) + did_you_mean(text, choices));
    });
  }
  void flag(const std::string& key, const std::string& help) {
    const std::string option = option_name(key);
    command_
        .add_flag_function(
            option + ",!--no-" + option.substr(2),
            [this_target = &target_, key](std::int64_t count) { (*this_target)[key] = count > 0; },
            help)
        ->group(group_);
  }

 private:
  static std::string option_name(const std::string& key) {
    std::string name = "--" + key;
    for (char& character : name) {
      if (character == '_') character = '-';
    }
    return name;
  }

  CLI::App& command_;
  Json& target_;
  const char* group_;
};

// Runs a parser on a file's object alone first, so that a mistake in it is blamed on the file.
template <typename Parser>
void merge_file(const std::string& path, Json& options, const Parser& parse) {
  if (path.empty()) return;
  Json merged = read_json_object(path);
  try {
    parse(json_text(merged));
  } catch (const Error& error) {
    throw Error(error.kind(), path + ": " + error.what());
  }
  merged.update(options);
  options = std::move(merged);
}

}  // namespace

void DatasetOptions::add_augmentation(CLI::App& command) {
  command
      .add_option(
          "--augment", augment_file_,
          "ImageDataGenerator's arguments as a JSON object, in a file or as it is; options\n"
          "given here win over it")
      ->type_name("FILE.json|JSON")
      ->group(kAugmentation);
  OptionAdder options(command, generator, kAugmentation);
  options.number("rotation_range", "DEGREES", "Rotate by up to this much to either side");
  options.numbers("width_shift_range", "SHIFT",
                  "Shift sideways: a fraction (0.1), whole pixels (2) or a list to choose from");
  options.numbers("height_shift_range", "SHIFT", "Shift up and down, likewise");
  options.numbers("brightness_range", "LOW,HIGH", "Factor of brightness");
  options.number("shear_range", "DEGREES", "Shear by up to this much to either side");
  options.numbers("zoom_range", "Z|LOW,HIGH", "Zoom within [1-Z, 1+Z]; below 1 magnifies");
  options.number("channel_shift_range", "LEVELS", "Shift every channel's value");
  options.choice("fill_mode", {"nearest", "constant", "reflect", "wrap"},
                 "What lies outside the image");
  options.number("cval", "LEVEL", "Value outside the image with --fill-mode constant");
  options.flag("horizontal_flip", "Mirror left-right, every other image");
  options.flag("vertical_flip", "Mirror up-down, every other image");
  options.flag("featurewise_center", "Subtract the mean of the training images, by channel");
  options.flag("featurewise_std_normalization",
               "Divide by the deviation of the training images, by channel");
  options.flag("zca_whitening",
               "Decorrelate pixels by a matrix found in the training images; for small ones");
  options.number("zca_epsilon", "EPSILON", "With --zca-whitening, what its divisors are raised by");
  options.flag("samplewise_center", "Subtract each image's own mean");
  options.flag("samplewise_std_normalization", "Divide by each image's own deviation");
  options.number("interpolation_order", "0|1|2|3|4|5",
                 "Of the warp: 0 nearest, 1 linear, 2 to 5 splines");
  options.choice("axis_convention", {"correct", "keras3"},
                 "Along which axes images move; keras3 as Keras 2.9 and later do");
  options.numbers("contrast_range", "LOW,HIGH",
                  "Factor of contrast (not in Keras, as what follows)");
  options.numbers("saturation_range", "LOW,HIGH", "Factor of saturation; 0 is grey");
  options.number("hue_range", "DEGREES", "Turn colours by up to this much to either side");
  options.number("random_erase", "SHARE", "Share of images in which a rectangle is painted over");
  options.number("mixup_alpha", "ALPHA", "Blend each image and its label with another's");
  options.number("cutmix_alpha", "ALPHA", "Paste a rectangle of another image into each");
  add_rescale(command);
}

void DatasetOptions::add_rescale(CLI::App& command) {
  OptionAdder(command, generator, kAugmentation)
      .number("rescale", "FACTOR", "Multiply every value by this, such as 1/255; 0 leaves them");
}

void DatasetOptions::add_validation_split(CLI::App& command) {
  OptionAdder(command, generator, kFlow)
      .number("validation_split", "SHARE",
              "Hold back the first SHARE of each class for validation, as Keras does");
  command
      .add_option("--manifest", manifest_,
                  "Take files, classes and subsets from a table that folio dataset split wrote")
      ->type_name("FILE.csv")
      ->group(kFlow);
  CLI::Option* csv =
      command
          .add_option(
              "--csv", csv_,
              "Take files and classes from a table, as flow_from_dataframe does; paths are\n"
              "relative to the directory, --validation-split takes the first rows")
          ->type_name("FILE.csv")
          ->group(kFlow);
  command
      .add_option("--x-col", columns_.x_col,
                  "With --csv, the column of the paths; filename by default")
      ->type_name("NAME")
      ->needs(csv)
      ->group(kFlow);
  command
      .add_option("--y-col", columns_.y_col,
                  "With --csv, the column of the labels, several for --class-mode raw and\n"
                  "multi_output; class by default")
      ->type_name("NAME,...")
      ->delimiter(',')
      ->needs(csv)
      ->group(kFlow);
  command
      .add_option("--weight-col", columns_.weight_col,
                  "With --csv, the column of the samples' weights")
      ->type_name("NAME")
      ->needs(csv)
      ->group(kFlow);
  command
      .add_option("--label-separator", columns_.label_separator,
                  "With --csv, what stands between the labels of an image that has several: '|'")
      ->type_name("TEXT")
      ->needs(csv)
      ->group(kFlow);
  command
      .add_flag("--validate-filenames,!--no-validate-filenames", columns_.validate_filenames,
                "With --csv, leave out rows that name no image file; the default")
      ->needs(csv)
      ->group(kFlow);
}

void DatasetOptions::add_flow(CLI::App& command) {
  command
      .add_option(
          "--flow", flow_file_,
          "flow_from_directory's arguments as a JSON object; options given here win over it")
      ->type_name("FILE.json")
      ->group(kFlow);
  add_image_options(command);
  OptionAdder options(command, flow, kFlow);
  options.add("classes", "A,B,...", "Class folders in label order; all of them, sorted, by default",
              [](const std::string&, const std::string& text) { return words_argument(text); });
  options.choice("class_mode",
                 {"categorical", "binary", "sparse", "input", "none", "raw", "multi_output"},
                 "How labels become numbers; raw and multi_output take those of a --csv");
  options.number("batch_size", "N", "Images in a batch; 32 by default");
  options.flag("shuffle", "Draw a new order in every epoch; the default");
  options.number("seed", "S", "Decides order and augmentation; drawn and told if not given");
  options.flag("follow_links", "Follow links to folders inside a class");
  options.choice("subset", {"training", "validation", "test"},
                 "With --validation-split or --manifest, the part to use");
  options.choice("on_bad_file", {"error", "skip", "zero"},
                 "For a file that cannot be decoded; zero is a black image");
  options.add("max_bad", "SHARE", "Fail when more than this share of the files (0.05, 5%) is bad",
              share_argument);
  options.number("prefetch", "N", "Batches prepared ahead");
  options.flag("balance_classes", "Show every class equally often, rare images again");
  options.add("cache_memory", "BYTES", "Memory (500M, 2G) for images that later epochs use again",
              bytes_argument);
  options.text("cache_file", "FILE", "Keep read images in this file, for later runs too");
  options.text("save_to_dir", "DIR", "Also write every augmented image there, stretched to 0..255");
  options.text("save_prefix", "TEXT", "With --save-to-dir, the names' beginning");
  options.choice("save_format", {"png", "jpeg"}, "With --save-to-dir");
}

void DatasetOptions::add_image_options(CLI::App& command) {
  OptionAdder options(command, flow, kFlow);
  options.size("target_size", "Resize images to this height and width");
  options.choice("color_mode", {"grayscale", "rgb", "rgba"}, "Channels to read");
  options.choice("interpolation", {"nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"},
                 "Filter of resizing");
  options.flag("keep_aspect_ratio", "Crop the centre to the target's ratio before resizing");
  options.flag("keras_16_bit", "Read 16-bit images as Keras does, not scaled to 0..255");
  options.flag("exif_orientation", "Turn images upright as their EXIF orientation says");
}

void DatasetOptions::read_files() {
  merge_file(augment_file_, generator,
             [](const std::string& json) { parse_generator_options(json).validate(); });
  merge_file(flow_file_, flow,
             [](const std::string& json) { parse_flow_options(json).validate(); });
  generator_options().validate();
  flow_options().validate();
  detail("ImageDataGenerator " + json_text(generator));
  detail("flow_from_directory " + json_text(flow));
}

ImageDataGeneratorOptions DatasetOptions::generator_options() const {
  return parse_generator_options(json_text(generator));
}

LabelledSamples DatasetOptions::list_samples(const std::string& directory) const {
  const FlowOptions options = flow_options();
  if (!csv_.empty() && !manifest_.empty()) {
    throw Error(ErrorKind::kUsage, "--csv: not together with --manifest");
  }
  if (has_numbers(options.class_mode) && csv_.empty()) {
    throw Error(ErrorKind::kUsage,
                "--class-mode: raw and multi_output take numbers from the columns of a --csv");
  }
  if (!csv_.empty()) {
    CsvOptions columns = columns_;
    columns.directory = directory;
    return read_csv_samples(csv_, columns, options);
  }
  if (!manifest_.empty()) return {read_manifest(manifest_, directory, options.classes), {}};
  return {
      scan_folders(directory, {.classes = options.classes, .follow_links = options.follow_links}),
      {}};
}

FlowOptions DatasetOptions::flow_options() const { return parse_flow_options(json_text(flow)); }

void require_trainable_labels(const FlowOptions& flow) {
  if (flow.class_mode != ClassMode::kMultiOutput) return;
  throw Error(ErrorKind::kUsage,
              "--class-mode multi_output: is for models of several outputs, which folio does not "
              "have; raw gives all columns to the one output");
}

FlowOptions for_measuring(FlowOptions flow) {
  flow.augment = false;
  flow.shuffle = false;
  flow.balance_classes = false;
  return flow;
}

}  // namespace folio::cli
