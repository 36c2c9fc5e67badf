#include "preprocessing.h"

#include <algorithm>
#include <sstream>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include <folio/datasets/error.h>
#include <folio/pipeline/decode_image.h>
#include <folio/pipeline/json_options.h>
#include <folio/trainer/preprocessing.h>

#include "terminal.h"

namespace folio::cli {
namespace {

// Height, width and channels of the first file that can be read; empty if none of a few can.
Shape first_image_shape(const SampleList& samples) {
  constexpr std::size_t kTries = 16;
  for (std::size_t index = 0; index < std::min(kTries, samples.size()); ++index) {
    try {
      // Says nothing of its own about damaged files, as OpenCV's decoders do.
      static_cast<void>(read_image(samples.path(index), ColorMode::kRgb));
      const cv::Mat image =
          cv::imread(samples.path(index), cv::IMREAD_UNCHANGED | cv::IMREAD_IGNORE_ORIENTATION);
      if (!image.empty()) return {image.rows, image.cols, image.channels()};
    } catch (const Error&) {
      // Damaged or too large; loading it will say so.
    }
  }
  return {};
}

std::string color_mode_of(std::int64_t channels) {
  return channels == 1 ? "grayscale" : channels == 4 ? "rgba" : "rgb";
}

// Refuses images that are not the model's, whose order of axes the model could not tell.
void check_image_options(const Shape& input_shape, const DatasetOptions& options) {
  if (input_shape.size() != 3) return;
  const FlowOptions flow = options.flow_options();
  Preprocessing preprocessing;
  preprocessing.target_size = flow.target_size;
  preprocessing.color_mode = flow.color_mode;
  const Shape images = preprocessing.image_shape();
  if (images == input_shape) return;
  throw Error(ErrorKind::kModel, "the model expects images of shape " + to_string(input_shape) +
                                     ", got " + to_string(images));
}

}  // namespace

bool needs_statistics(const ImageDataGeneratorOptions& options) {
  return options.featurewise_center || options.featurewise_std_normalization ||
         options.zca_whitening;
}

ImageDataGenerator fitted_generator(const DatasetOptions& options, const SampleList& samples) {
  ImageDataGenerator generator(options.generator_options());
  if (!needs_statistics(generator.options())) return generator;
  FlowOptions flow = options.flow_options();
  const bool split = generator.options().validation_split > 0.0 ||
                     std::any_of(samples.samples.begin(), samples.samples.end(),
                                 [](const Sample& sample) { return sample.part.has_value(); });
  flow.subset = split ? Subset::kTraining : Subset::kAll;
  // Room for images is for the stream that comes back to them.
  flow.cache_memory = 0;
  flow.cache_file.clear();
  note(std::string("finding the statistics of the ") + (split ? "training images" : "images"));
  generator.fit_from_list(samples, flow);
  return generator;
}

void take_preprocessing(const std::string& record, DatasetOptions& options, bool with_classes) {
  if (record.empty()) return;
  const Json stored = Json::parse(to_json(parse_preprocessing(record)));
  const auto take = [](Json& target, const char* key, const Json& value) {
    if (!target.contains(key)) target[key] = value;
  };
  const Json generator = Json::parse(to_json(ImageDataGeneratorOptions{}));
  for (const auto& [key, value] : stored.items()) {
    if (key == "class_names") {
      if (with_classes && !value.empty()) take(options.flow, "classes", value);
    } else if (key == "featurewise_mean") {
      take(options.generator, "featurewise_center", true);
    } else if (key == "featurewise_deviation") {
      take(options.generator, "featurewise_std_normalization", true);
    } else if (key == "zca_matrix") {
      take(options.generator, "zca_whitening", true);
    } else {
      take(generator.contains(key) ? options.generator : options.flow, key.c_str(), value);
    }
  }
}

ImageDataGenerator generator_for(const DatasetOptions& options, const std::string& record) {
  ImageDataGenerator generator(options.generator_options());
  if (!record.empty()) {
    generator.set_statistics(generator_of(parse_preprocessing(record)).statistics());
  }
  return generator;
}

void take_default_rescale(DatasetOptions& options) {
  for (const char* key : {"rescale", "samplewise_center", "samplewise_std_normalization",
                          "featurewise_center", "featurewise_std_normalization", "zca_whitening"}) {
    if (options.generator.contains(key)) return;
  }
  options.generator["rescale"] = 1.0 / 255;
  note("pixels are rescaled by 1/255 (--rescale 0 leaves them 0..255)");
}

void take_image_options(const Shape& input_shape, const SampleList& samples,
                        DatasetOptions& options) {
  const bool size_given = options.flow.contains("target_size");
  const bool mode_given = options.flow.contains("color_mode");
  if (size_given && mode_given) return check_image_options(input_shape, options);
  Shape shape = input_shape;
  std::string source = "as the model's input";
  if (shape.size() != 3) {
    shape = first_image_shape(samples);
    source = "as the first image";
    if (shape.empty()) {
      throw Error(ErrorKind::kData,
                  samples.root +
                      ": none of the first images can be read to take their size from (" +
                      samples.path(0) + "); give --target-size and --color-mode");
    }
    // Photos would make networks and batches of any size.
    const auto [height, width] = FlowOptions().target_size;
    if (!size_given && (shape[0] > height || shape[1] > width)) {
      source = "Keras' default, as the first image is " + std::to_string(shape[0]) + "x" +
               std::to_string(shape[1]) + " (--target-size takes another)";
      shape[0] = height;
      shape[1] = width;
    }
    // An alpha channel is dropped unless asked for, as Keras' default does.
    if (shape[2] == 4) shape[2] = 3;
  }
  std::string told;
  if (!size_given) {
    options.flow["target_size"] = {shape[0], shape[1]};
    told += " " + std::to_string(shape[0]) + "x" + std::to_string(shape[1]);
  }
  if (!mode_given) {
    options.flow["color_mode"] = color_mode_of(shape[2]);
    told += " " + color_mode_of(shape[2]);
  }
  check_image_options(input_shape, options);
  note("images are read as" + told + ", " + source);
}

std::string describe_preprocessing(const DatasetOptions& options) {
  const FlowOptions flow = options.flow_options();
  std::ostringstream text;
  text << flow.target_size.height << 'x' << flow.target_size.width << ' '
       << Json::parse(to_json(flow)).at("color_mode").get<std::string>();
  const double rescale = options.generator_options().rescale;
  if (rescale != 0.0) text << ", rescale " << rescale;
  return text.str();
}

}  // namespace folio::cli
