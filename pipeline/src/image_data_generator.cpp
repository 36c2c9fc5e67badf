#include <folio/datasets/class_folders.h>
#include <folio/datasets/error.h>
#include <folio/datasets/split.h>
#include <folio/pipeline/image_data_generator.h>

#include <algorithm>
#include <string>
#include <utility>

#include "batch_stream_impl.h"

namespace folio {
namespace {

/// Of a list that was split its part, otherwise Keras' rule.
SampleList take_subset(const SampleList& samples, Subset subset, double validation_split) {
  const SplitPart part = subset == Subset::kTraining     ? SplitPart::kTraining
                         : subset == Subset::kValidation ? SplitPart::kValidation
                                                         : SplitPart::kTest;
  const std::string name = std::string("subset '") + to_string(part) + "'";
  const bool split = std::any_of(samples.samples.begin(), samples.samples.end(),
                                 [](const Sample& sample) { return sample.part.has_value(); });
  SampleList result;
  if (split) {
    if (validation_split != 0.0) {
      throw Error(ErrorKind::kUsage,
                  name + ": the list is split already, a validation_split cannot split it again");
    }
    result = take_part(samples, part);
  } else if (part == SplitPart::kTest) {
    throw Error(ErrorKind::kUsage, name + " needs a list that is split into parts");
  } else if (validation_split == 0.0) {
    throw Error(ErrorKind::kUsage, name + " needs a validation_split in the generator");
  } else {
    result = split_by_class(samples, validation_split, part);
  }
  if (!result.samples.empty()) return result;
  throw Error(ErrorKind::kData,
              samples.root + ": " +
                  (split ? "its split" : "validation_split " + std::to_string(validation_split)) +
                  " leaves no image for " + name);
}

}  // namespace

ImageDataGenerator::ImageDataGenerator(ImageDataGeneratorOptions options)
    : options_(std::move(options)) {
  options_.validate();
}

void ImageDataGenerator::fit(const Tensor& x) { statistics_ = fit_statistics(options_, x); }

BatchStream ImageDataGenerator::flow_from_directory(const std::string& directory,
                                                    FlowOptions options) const {
  options.validate();
  SampleList samples = scan_class_folders(
      directory, {.classes = options.classes, .follow_links = options.follow_links});
  return flow_from_list(std::move(samples), std::move(options));
}

BatchStream ImageDataGenerator::flow_from_list(SampleList samples, FlowOptions options) const {
  options.validate();
  if (options.subset != Subset::kAll) {
    samples = take_subset(samples, options.subset, options_.validation_split);
  }
  return BatchStream(std::make_unique<BatchStream::Impl>(options_, statistics_, std::move(options),
                                                         std::move(samples), nullptr, Tensor()));
}

BatchStream ImageDataGenerator::flow(Tensor x, Tensor y, FlowOptions options) const {
  const Shape shape = x.shape();
  if (shape.size() != 4 || x.empty() || (shape[3] != 1 && shape[3] != 3 && shape[3] != 4)) {
    throw Error(ErrorKind::kUsage,
                "flow needs images of shape N x H x W x C with 1, 3 or 4 channels, got " +
                    to_string(shape));
  }
  if (!y.empty() && y.shape()[0] != shape[0]) {
    throw Error(ErrorKind::kUsage, "flow needs as many labels as images, got " +
                                       to_string(y.shape()) + " for " + to_string(shape));
  }
  options.target_size = {static_cast<int>(shape[1]), static_cast<int>(shape[2])};
  options.color_mode = shape[3] == 1   ? ColorMode::kGrayscale
                       : shape[3] == 3 ? ColorMode::kRgb
                                       : ColorMode::kRgba;
  if (y.empty()) {
    options.class_mode = ClassMode::kNone;
  } else if (y.shape().size() == 1) {
    options.class_mode = ClassMode::kSparse;
  }
  options.validate();
  SampleList samples;
  samples.samples.resize(static_cast<std::size_t>(shape[0]));
  if (y.shape().size() == 2) {
    for (std::int64_t k = 0; k < y.shape()[1]; ++k) {
      samples.class_names.push_back(std::to_string(k));
    }
  }
  if (y.shape().size() <= 2) {
    for (std::size_t i = 0; i < samples.size() && !y.empty(); ++i) {
      const auto row = y.row(i);
      const auto largest = std::max_element(row.begin(), row.end());
      samples.samples[i].label = static_cast<int>(row.size() == 1 ? row[0] : largest - row.begin());
    }
  }
  return BatchStream(std::make_unique<BatchStream::Impl>(
      options_, statistics_, std::move(options), std::move(samples),
      internal::make_array_source(std::move(x)), std::move(y)));
}

TransformParameters ImageDataGenerator::get_random_transform(int height, int width,
                                                             std::uint32_t seed) const {
  NumpyRandom random(seed);
  TransformParameters drawn = draw_transform(options_, height, width, random);
  draw_extras(options_, height, width, random, drawn);
  return drawn;
}

}  // namespace folio
