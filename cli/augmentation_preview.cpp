#include "augmentation_preview.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <span>
#include <utility>

#include <folio/datasets/error.h>
#include <folio/datasets/message.h>
#include <folio/pipeline/image_data_generator.h>

#include "picture.h"

namespace folio::cli {
namespace {

// The values a parameter can take, from the least to the greatest, `count` of them if it is a
// range.
using Values = std::vector<double>;
using Set = std::function<void(TransformParameters&, double)>;

struct StripParameter {
  std::function<Values(const ImageDataGeneratorOptions&, std::size_t)> values;  // Empty: off.
  Set set;
};

Values between(double low, double high, std::size_t count) {
  if (low == high) return {};
  Values values;
  for (std::size_t i = 0; i < count; ++i) {
    const double share = count == 1 ? 0.5 : static_cast<double>(i) / static_cast<double>(count - 1);
    values.push_back(low + (high - low) * share);
  }
  return values;
}

Values around(double range, std::size_t count) { return between(-range, range, count); }

Values within(const std::optional<std::pair<double, double>>& range, std::size_t count) {
  return range ? between(range->first, range->second, count) : Values();
}

// As Keras draws them: a fraction of the axis below 1, pixels from there on, or what a list offers.
Values shifts(const ShiftRange& range, double axis, std::size_t count) {
  Values values;
  if (range.kind == ShiftRange::Kind::kList) {
    for (const double value : range.values) {
      values.push_back(value);
      values.push_back(-value);
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
  } else if (range.kind == ShiftRange::Kind::kInt && range.values.front() > 0) {
    const double most = range.values.front() - 1;
    for (const double value : around(most, count)) values.push_back(std::round(value));
    values.erase(std::unique(values.begin(), values.end()), values.end());
  } else {
    values = around(range.values.front(), count);
  }
  if (!range.values.empty() && *std::max_element(range.values.begin(), range.values.end()) < 1.0) {
    for (double& value : values) value *= axis;
  }
  return values;
}

std::map<std::string, StripParameter> strip_parameters(int height, int width) {
  using Options = ImageDataGeneratorOptions;
  std::map<std::string, StripParameter> parameters;
  const auto add = [&](const char* name, auto values, Set set) {
    parameters[name] = {values, std::move(set)};
  };
  add(
      "rotation_range", [](const Options& o, std::size_t n) { return around(o.rotation_range, n); },
      [](TransformParameters& p, double value) { p.theta = value; });
  add(
      "width_shift_range",
      [width](const Options& o, std::size_t n) { return shifts(o.width_shift_range, width, n); },
      [](TransformParameters& p, double value) { p.ty = value; });
  add(
      "height_shift_range",
      [height](const Options& o, std::size_t n) { return shifts(o.height_shift_range, height, n); },
      [](TransformParameters& p, double value) { p.tx = value; });
  add(
      "shear_range", [](const Options& o, std::size_t n) { return around(o.shear_range, n); },
      [](TransformParameters& p, double value) { p.shear = value; });
  add(
      "zoom_range",
      [](const Options& o, std::size_t n) {
        return between(o.zoom_range.low, o.zoom_range.high, n);
      },
      [](TransformParameters& p, double value) { p.zx = p.zy = value; });
  add(
      "channel_shift_range",
      [](const Options& o, std::size_t n) { return around(o.channel_shift_range, n); },
      [](TransformParameters& p, double value) { p.channel_shift_intensity = value; });
  add(
      "brightness_range",
      [](const Options& o, std::size_t n) { return within(o.brightness_range, n); },
      [](TransformParameters& p, double value) { p.brightness = value; });
  add(
      "contrast_range", [](const Options& o, std::size_t n) { return within(o.contrast_range, n); },
      [](TransformParameters& p, double value) { p.contrast = value; });
  add(
      "saturation_range",
      [](const Options& o, std::size_t n) { return within(o.saturation_range, n); },
      [](TransformParameters& p, double value) { p.saturation = value; });
  add(
      "hue_range", [](const Options& o, std::size_t n) { return around(o.hue_range, n); },
      [](TransformParameters& p, double value) { p.hue = value; });
  add(
      "horizontal_flip",
      [](const Options& o, std::size_t) {
        return o.horizontal_flip ? Values{0, 1} : Values();
      },
      [](TransformParameters& p, double value) { p.flip_horizontal = value != 0.0; });
  add(
      "vertical_flip",
      [](const Options& o, std::size_t) {
        return o.vertical_flip ? Values{0, 1} : Values();
      },
      [](TransformParameters& p, double value) { p.flip_vertical = value != 0.0; });
  return parameters;
}

// Pictures show what moves pixels, not what scales their values afterwards.
ImageDataGeneratorOptions without_scaling(ImageDataGeneratorOptions options) {
  options.rescale = 0.0;
  options.samplewise_center = false;
  options.samplewise_std_normalization = false;
  options.featurewise_center = false;
  options.featurewise_std_normalization = false;
  options.zca_whitening = false;
  options.data_format = DataFormat::kChannelsLast;
  options.validation_split = 0.0;
  return options;
}

}  // namespace

SampleList choose_samples(const SampleList& all, std::size_t count, std::uint32_t seed) {
  std::vector<std::vector<std::size_t>> by_class(all.class_names.size());
  for (std::size_t index = 0; index < all.size(); ++index) {
    by_class[static_cast<std::size_t>(all.samples[index].label)].push_back(index);
  }
  std::mt19937 random(seed);
  SampleList chosen = all;
  chosen.samples.clear();
  while (chosen.size() < std::min(count, all.size())) {
    for (std::vector<std::size_t>& files : by_class) {
      if (files.empty() || chosen.size() == count) continue;
      const std::size_t pick = random() % files.size();
      chosen.samples.push_back(all.samples[files[pick]]);
      files.erase(files.begin() + static_cast<std::ptrdiff_t>(pick));
    }
  }
  return chosen;
}

AugmentationPreview::AugmentationPreview(const std::vector<cv::Mat>& originals) {
  const cv::Mat& first = originals.front();
  images_ = Tensor(
      {static_cast<std::int64_t>(originals.size()), first.rows, first.cols, first.channels()});
  for (std::size_t row = 0; row < originals.size(); ++row) {
    cv::Mat view = images_.image(row);
    originals[row].convertTo(view, CV_32F);
  }
}

std::vector<std::vector<PreviewVariant>> AugmentationPreview::draw(
    ImageDataGeneratorOptions options, std::uint32_t seed, std::size_t columns) const {
  const ImageDataGenerator generator(without_scaling(std::move(options)));
  const auto rows = static_cast<std::size_t>(images_.shape()[0]);
  BatchStream stream = generator.flow(
      images_, Tensor(),
      {.batch_size = static_cast<int>(rows), .shuffle = false, .seed = seed, .prefetch = 1});
  std::vector<std::vector<PreviewVariant>> drawn(rows);
  for (std::size_t column = 0; column < columns; ++column) {
    const Batch& batch = stream.next();
    for (std::size_t row = 0; row < rows; ++row) {
      drawn[row].push_back(
          {.picture = to_8_bits(batch.x.image(row)), .parameters = batch.parameters[row]});
    }
  }
  return drawn;
}

std::vector<std::vector<PreviewVariant>> AugmentationPreview::draw_strip(
    const ImageDataGeneratorOptions& options, const std::string& parameter,
    std::size_t columns) const {
  const auto height = static_cast<int>(images_.shape()[1]);
  const auto width = static_cast<int>(images_.shape()[2]);
  const auto parameters = strip_parameters(height, width);
  std::string name = parameter;
  std::replace(name.begin(), name.end(), '-', '_');
  const auto found = parameters.find(name);
  if (found == parameters.end()) {
    std::vector<std::string> names;
    for (const auto& [known, ignored] : parameters) names.push_back(known);
    std::string list;
    for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
    throw Error(ErrorKind::kUsage, "--strip: unknown parameter \"" + parameter + "\", expected " +
                                       list + did_you_mean(name, names));
  }
  const std::vector<double> values = found->second.values(options, columns);
  if (values.empty()) {
    std::string option = name;
    std::replace(option.begin(), option.end(), '_', '-');
    throw Error(ErrorKind::kUsage, "--strip " + parameter + ": it is off; give --" + option);
  }
  const ImageDataGeneratorOptions shown = without_scaling(options);
  std::vector<std::vector<PreviewVariant>> drawn(static_cast<std::size_t>(images_.shape()[0]));
  for (std::size_t row = 0; row < drawn.size(); ++row) {
    const cv::Mat original = images_.image(row);
    for (const double value : values) {
      TransformParameters parameters_of_step;
      found->second.set(parameters_of_step, value);
      cv::Mat augmented(original.size(), original.type());
      apply_transform(shown, parameters_of_step, original,
                      std::span(augmented.ptr<float>(), augmented.total() * augmented.channels()));
      drawn[row].push_back({.picture = to_8_bits(augmented), .parameters = parameters_of_step});
    }
  }
  return drawn;
}

}  // namespace folio::cli
