#include <folio/datasets/class_folders.h>
#include <folio/datasets/error.h>
#include <folio/datasets/message.h>
#include <folio/datasets/split.h>
#include <folio/pipeline/image_data_generator.h>

#include <algorithm>
#include <opencv2/core/mat.hpp>
#include <set>
#include <string>
#include <utility>

#include "batch_stream_impl.h"
#include "channel_order.h"

namespace folio {
namespace {

struct Rows {
  std::size_t first;
  std::size_t last;
};

/// Keras' rule where there are no classes: the first int(validation_split * count) validate.
Rows rows_of_subset(std::size_t count, double validation_split, Subset subset) {
  if (subset == Subset::kTest) {
    throw Error(ErrorKind::kUsage, "subset 'test' needs a list that is split into parts");
  }
  const bool validates = subset == Subset::kValidation;
  if (validation_split == 0.0) {
    throw Error(ErrorKind::kUsage, std::string("subset '") +
                                       (validates ? "validation" : "training") +
                                       "' needs a validation_split in the generator");
  }
  const auto boundary = static_cast<std::size_t>(validation_split * static_cast<double>(count));
  const Rows rows = validates ? Rows{0, boundary} : Rows{boundary, count};
  if (rows.first == rows.last) {
    throw Error(ErrorKind::kData, "validation_split " + number_text(validation_split) +
                                      " leaves no image for subset '" +
                                      (validates ? "validation" : "training") + "'");
  }
  return rows;
}

Tensor take_rows(const Tensor& all, Rows rows) {
  Shape shape = all.shape();
  const std::size_t length = all.size() / static_cast<std::size_t>(shape[0]);
  shape[0] = static_cast<std::int64_t>(rows.last - rows.first);
  return {std::move(shape),
          all.values().subspan(rows.first * length, (rows.last - rows.first) * length)};
}

void take_rows(LabelledSamples& list, Rows rows) {
  std::vector<Sample>& samples = list.samples.samples;
  samples.erase(samples.begin() + static_cast<std::ptrdiff_t>(rows.last), samples.end());
  samples.erase(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(rows.first));
  if (!list.targets.empty()) list.targets = take_rows(list.targets, rows);
}

/// The targets of the samples of a part.
Tensor take_part_of(const Tensor& targets, const SampleList& samples, SplitPart part) {
  if (targets.empty()) return {};
  std::vector<float> taken;
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples.samples[i].part != part) continue;
    taken.insert(taken.end(), targets.row(i).begin(), targets.row(i).end());
    ++rows;
  }
  Shape shape = targets.shape();
  shape[0] = rows;
  return {std::move(shape), taken};
}

/// Of a list that was split its part, otherwise Keras' rule.
void take_subset(LabelledSamples& list, Subset subset, double validation_split) {
  const SplitPart part = subset == Subset::kTraining     ? SplitPart::kTraining
                         : subset == Subset::kValidation ? SplitPart::kValidation
                                                         : SplitPart::kTest;
  const std::string name = std::string("subset '") + to_string(part) + "'";
  SampleList& samples = list.samples;
  const bool split = std::any_of(samples.samples.begin(), samples.samples.end(),
                                 [](const Sample& sample) { return sample.part.has_value(); });
  if (split) {
    if (validation_split != 0.0) {
      throw Error(ErrorKind::kUsage,
                  name + ": the list is split already, a validation_split cannot split it again");
    }
    list.targets = take_part_of(list.targets, samples, part);
    samples = take_part(samples, part);
  } else if (part == SplitPart::kTest) {
    throw Error(ErrorKind::kUsage, name + " needs a list that is split into parts");
  } else if (validation_split == 0.0) {
    throw Error(ErrorKind::kUsage, name + " needs a validation_split in the generator");
  } else if (samples.split_by_rows || !list.targets.empty()) {
    take_rows(list, rows_of_subset(samples.size(), validation_split, subset));
  } else {
    samples = split_by_class(samples, validation_split, part);
  }
  if (!samples.samples.empty()) return;
  throw Error(ErrorKind::kData,
              samples.root + ": " +
                  (split ? "its split" : "validation_split " + number_text(validation_split)) +
                  " leaves no image for " + name);
}

void check_array(const Tensor& x, DataFormat format) {
  const bool first = format == DataFormat::kChannelsFirst;
  const Shape& shape = x.shape();
  if (shape.size() == 4 && !x.empty()) {
    const std::int64_t channels = shape[first ? 1 : 3];
    if (channels == 1 || channels == 3 || channels == 4) return;
  }
  throw Error(ErrorKind::kUsage, std::string("flow needs images of shape ") +
                                     (first ? "N x C x H x W" : "N x H x W x C") +
                                     " with 1, 3 or 4 channels, got " + to_string(shape));
}

std::set<float> values_of(const Tensor& labels) {
  return {labels.values().begin(), labels.values().end()};
}

/// Runs `work` on an image with interleaved channels, whatever its own format is.
template <typename Work>
Tensor on_image(const Tensor& image, DataFormat format, Work work) {
  if (image.shape().size() != 3 || image.empty()) {
    throw Error(ErrorKind::kUsage,
                "expected one image of three dimensions, got shape " + to_string(image.shape()));
  }
  if (format == DataFormat::kChannelsLast) return work(image);
  return internal::channels_first(work(internal::channels_last(image)));
}

}  // namespace

ImageDataGenerator::ImageDataGenerator(ImageDataGeneratorOptions options)
    : options_(std::move(options)) {
  options_.validate();
}

void ImageDataGenerator::fit(const Tensor& x, const StatisticsOptions& options) {
  const bool planes = options_.data_format == DataFormat::kChannelsFirst && x.shape().size() == 4;
  statistics_ = fit_statistics(options_, planes ? internal::channels_last(x) : x, options);
}

void ImageDataGenerator::fit_from_directory(const std::string& directory, FlowOptions flow,
                                            const StatisticsOptions& options) {
  flow.validate();
  SampleList samples =
      scan_class_folders(directory, {.classes = flow.classes, .follow_links = flow.follow_links});
  fit_from_list(std::move(samples), std::move(flow), options);
}

void ImageDataGenerator::fit_from_list(SampleList samples, FlowOptions flow,
                                       const StatisticsOptions& options) {
  options.validate();
  // What fit() sees: rescaled, perhaps augmented, not standardised in any other way.
  ImageDataGeneratorOptions plain = options_;
  plain.featurewise_center = false;
  plain.samplewise_center = false;
  plain.featurewise_std_normalization = false;
  plain.samplewise_std_normalization = false;
  plain.zca_whitening = false;
  plain.preprocessing_function = nullptr;
  plain.data_format = DataFormat::kChannelsLast;
  plain.mixup_alpha = 0.0;
  plain.cutmix_alpha = 0.0;
  flow.class_mode = ClassMode::kNone;
  flow.shuffle = false;
  flow.balance_classes = false;
  flow.augment = options.augment;
  if (options.seed) flow.seed = options.seed;
  flow.save_to_dir.clear();
  // A bad file is left out: nothing that stands in for it counts. It is told by its weight.
  if (flow.on_bad_file == OnBadFile::kSkip) flow.on_bad_file = OnBadFile::kZero;
  for (Sample& sample : samples.samples) sample.weight = 1.0F;

  FeatureAccumulator accumulator(options_);
  BatchStream stream =
      ImageDataGenerator(plain).flow_from_list(std::move(samples), std::move(flow));
  const auto channels = static_cast<int>(stream.image_shape()[2]);
  for (int round = 0; round < (options.augment ? options.rounds : 1); ++round) {
    for (const Batch& batch : stream.epoch()) {
      for (std::size_t i = 0; i < batch.size(); ++i) {
        if (!batch.sample_weight.empty() && batch.sample_weight[i] == 0.0F) continue;
        accumulator.add(batch.x.row(i), channels);
      }
    }
  }
  statistics_ = accumulator.result();
}

BatchStream ImageDataGenerator::flow_from_directory(const std::string& directory,
                                                    FlowOptions options) const {
  options.validate();
  SampleList samples = scan_class_folders(
      directory, {.classes = options.classes, .follow_links = options.follow_links});
  return flow_from_list(std::move(samples), std::move(options));
}

BatchStream ImageDataGenerator::flow_from_list(SampleList samples, FlowOptions options) const {
  return flow_from_list(LabelledSamples{std::move(samples), {}}, std::move(options));
}

BatchStream ImageDataGenerator::flow_from_list(LabelledSamples list, FlowOptions options) const {
  options.validate();
  if (has_numbers(options.class_mode) && list.targets.empty()) {
    throw Error(ErrorKind::kUsage,
                "class_mode 'raw' and 'multi_output' take numbers from a table, which needs "
                "flow_from_csv");
  }
  if (!list.targets.empty() &&
      static_cast<std::size_t>(list.targets.shape()[0]) != list.samples.size()) {
    throw Error(ErrorKind::kUsage, "a list of " + std::to_string(list.samples.size()) +
                                       " samples needs as many rows of labels, got " +
                                       to_string(list.targets.shape()));
  }
  if (options.subset != Subset::kAll) {
    take_subset(list, options.subset, options_.validation_split);
  }
  return BatchStream(std::make_unique<BatchStream::Impl>(options_, statistics_, std::move(options),
                                                         std::move(list.samples), nullptr,
                                                         std::move(list.targets)));
}

BatchStream ImageDataGenerator::flow_from_csv(const std::string& table, const CsvOptions& csv,
                                              FlowOptions options) const {
  options.validate();
  LabelledSamples read = read_csv_samples(table, csv, options);
  return flow_from_list(std::move(read), std::move(options));
}

BatchStream ImageDataGenerator::flow(Tensor x, Tensor y, ArrayFlowOptions options) const {
  check_array(x, options_.data_format);
  const std::int64_t count = x.shape()[0];
  const auto check_rows = [&](const Tensor& rows, const char* what) {
    if (rows.empty() || rows.shape()[0] == count) return;
    throw Error(ErrorKind::kUsage, std::string("flow needs as many ") + what + " as images, got " +
                                       to_string(rows.shape()) + " for " + to_string(x.shape()));
  };
  check_rows(y, "labels");
  check_rows(options.sample_weight, "sample weights");
  if (options.sample_weight.shape().size() != 1) {
    throw Error(ErrorKind::kUsage, "sample_weight must hold one number per image, got shape " +
                                       to_string(options.sample_weight.shape()));
  }
  if (options.subset != Subset::kAll) {
    const auto images = static_cast<std::size_t>(count);
    const Rows rows = rows_of_subset(images, options_.validation_split, options.subset);
    const Rows others = rows.first == 0 ? Rows{rows.last, images} : Rows{0, rows.first};
    if (!options.ignore_class_split && !y.empty() &&
        values_of(take_rows(y, rows)) != values_of(take_rows(y, others))) {
      throw Error(ErrorKind::kUsage,
                  "training and validation subsets have different labels after the split; shuffle "
                  "the arrays, or set ignore_class_split");
    }
    for (Tensor* tensor : {&x, &y, &options.sample_weight}) {
      if (!tensor->empty()) *tensor = take_rows(*tensor, rows);
    }
  }
  if (options_.data_format == DataFormat::kChannelsFirst) x = internal::channels_last(x);

  const Shape& shape = x.shape();
  FlowOptions flow{.target_size = {static_cast<int>(shape[1]), static_cast<int>(shape[2])},
                   .color_mode = shape[3] == 1   ? ColorMode::kGrayscale
                                 : shape[3] == 3 ? ColorMode::kRgb
                                                 : ColorMode::kRgba,
                   .class_mode = y.empty()               ? ClassMode::kNone
                                 : y.shape().size() == 1 ? ClassMode::kSparse
                                                         : ClassMode::kCategorical,
                   .batch_size = options.batch_size,
                   .shuffle = options.shuffle,
                   .seed = options.seed,
                   .save_to_dir = std::move(options.save_to_dir),
                   .save_prefix = std::move(options.save_prefix),
                   .save_format = std::move(options.save_format),
                   .augment = options.augment,
                   .prefetch = options.prefetch};
  flow.validate();
  SampleList samples;
  samples.samples.resize(static_cast<std::size_t>(shape[0]));
  for (std::size_t i = 0; i < options.sample_weight.size(); ++i) {
    samples.samples[i].weight = options.sample_weight[i];
  }
  if (y.shape().size() == 2) {
    for (std::int64_t k = 0; k < y.shape()[1]; ++k) {
      samples.class_names.push_back(std::to_string(k));
    }
  }
  if (!y.empty() && y.shape().size() <= 2) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const auto row = y.row(i);
      const auto largest = std::max_element(row.begin(), row.end());
      samples.samples[i].label = static_cast<int>(row.size() == 1 ? row[0] : largest - row.begin());
    }
  }
  return BatchStream(std::make_unique<BatchStream::Impl>(
      options_, statistics_, std::move(flow), std::move(samples),
      internal::make_array_source(std::move(x)), std::move(y)));
}

TransformParameters ImageDataGenerator::get_random_transform(int height, int width,
                                                             std::uint32_t seed) const {
  NumpyRandom random(seed);
  TransformParameters drawn = draw_transform(options_, height, width, random);
  draw_extras(options_, height, width, random, drawn);
  return drawn;
}

Tensor ImageDataGenerator::apply_transform(const Tensor& image,
                                           const TransformParameters& parameters) const {
  return on_image(image, options_.data_format, [&](const Tensor& interleaved) {
    Tensor result(interleaved.shape());
    folio::apply_transform(options_, parameters, interleaved.image(0), result.values());
    return result;
  });
}

Tensor ImageDataGenerator::random_transform(const Tensor& image, std::uint32_t seed) const {
  return on_image(image, options_.data_format, [&](const Tensor& interleaved) {
    const cv::Mat view = interleaved.image(0);
    Tensor result(interleaved.shape());
    folio::apply_transform(options_, get_random_transform(view.rows, view.cols, seed), view,
                           result.values());
    return result;
  });
}

Tensor ImageDataGenerator::standardize(const Tensor& image) const {
  return on_image(image, options_.data_format, [&](Tensor interleaved) {
    const Shape shape = interleaved.shape();
    Standardizer(options_, statistics_)
        .apply(interleaved.values(), static_cast<int>(shape[0]), static_cast<int>(shape[1]),
               static_cast<int>(shape[2]));
    return interleaved;
  });
}

}  // namespace folio
