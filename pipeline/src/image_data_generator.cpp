#include <folio/datasets/class_folders.h>
#include <folio/datasets/error.h>
#include <folio/datasets/split.h>
#include <folio/pipeline/image_data_generator.h>

#include <string>
#include <utility>

#include "batch_stream_impl.h"

namespace folio {

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
    const bool training = options.subset == Subset::kTraining;
    const char* name = training ? "training" : "validation";
    if (options_.validation_split == 0.0) {
      throw Error(ErrorKind::kUsage,
                  std::string("subset '") + name + "' needs a validation_split in the generator");
    }
    samples = split_by_class(samples, options_.validation_split,
                             training ? SplitPart::kTraining : SplitPart::kValidation);
    if (samples.samples.empty()) {
      throw Error(ErrorKind::kData, samples.root + ": validation_split " +
                                        std::to_string(options_.validation_split) +
                                        " leaves no image for subset '" + name + "'");
    }
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
  return BatchStream(std::make_unique<BatchStream::Impl>(
      options_, statistics_, std::move(options), std::move(samples),
      internal::make_array_source(std::move(x)), std::move(y)));
}

TransformParameters ImageDataGenerator::get_random_transform(int height, int width,
                                                             std::uint32_t seed) const {
  NumpyRandom random(seed);
  return draw_transform(options_, height, width, random);
}

}  // namespace folio
