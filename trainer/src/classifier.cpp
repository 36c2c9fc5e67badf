#include <folio/datasets/error.h>
#include <folio/pipeline/batch_stream.h>
#include <folio/trainer/classifier.h>
#include <folio/trainer/model_file.h>

#include <algorithm>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <set>
#include <utility>

namespace folio {
namespace {

/// A trained model's record, or the reason why there is none.
Preprocessing record_of(const Model& model, const std::string& path) {
  if (model.metadata().empty()) {
    throw Error(ErrorKind::kModel,
                path + ": has no record of how its images were prepared; folio train stores one");
  }
  try {
    return parse_preprocessing(model.metadata());
  } catch (const Error& error) {
    throw Error(error.kind(), path + ": " + error.what());
  }
}

/// Pillow's grey of an RGB image, as in training.
void to_grey(const cv::Mat& rgb, cv::Mat& grey) {
  grey.create(rgb.rows, rgb.cols, CV_8UC1);
  for (int y = 0; y < rgb.rows; ++y) {
    const auto* from = rgb.ptr<cv::Vec3b>(y);
    auto* to = grey.ptr<std::uint8_t>(y);
    for (int x = 0; x < rgb.cols; ++x) {
      to[x] = static_cast<std::uint8_t>(
          (19595 * from[x][0] + 38470 * from[x][1] + 7471 * from[x][2] + 0x8000) >> 16);
    }
  }
}

/// OpenCV's order of channels to the colour mode's.
cv::Mat in_color_mode(const cv::Mat& image, ColorMode mode) {
  const int type = image.type();
  if (image.empty() || (type != CV_8UC1 && type != CV_8UC3 && type != CV_8UC4)) {
    throw Error(ErrorKind::kData, image.empty()
                                      ? "the image is empty"
                                      : "an image must be CV_8UC1, CV_8UC3 or CV_8UC4, got " +
                                            cv::typeToString(type));
  }
  const int channels = image.channels();
  cv::Mat result;
  if (mode == ColorMode::kGrayscale) {
    if (channels == 1) return image;
    cv::cvtColor(image, result, channels == 3 ? cv::COLOR_BGR2RGB : cv::COLOR_BGRA2RGB);
    cv::Mat grey;
    to_grey(result, grey);
    return grey;
  }
  const bool alpha = mode == ColorMode::kRgba;
  if (channels == 1) {
    cv::cvtColor(image, result, alpha ? cv::COLOR_GRAY2RGBA : cv::COLOR_GRAY2RGB);
  } else if (channels == 3) {
    cv::cvtColor(image, result, alpha ? cv::COLOR_BGR2RGBA : cv::COLOR_BGR2RGB);
  } else {
    cv::cvtColor(image, result, alpha ? cv::COLOR_BGRA2RGBA : cv::COLOR_BGRA2RGB);
  }
  return result;
}

}  // namespace

Classifier::Classifier(const std::string& path)
    : Classifier([&] {
        Model model = load_model(path);
        Preprocessing preprocessing = record_of(model, path);
        return Classifier(std::move(model), std::move(preprocessing));
      }()) {}

Classifier::Classifier(Model model, Preprocessing preprocessing)
    : model_(std::move(model)),
      preprocessing_(std::move(preprocessing)),
      generator_(generator_of(preprocessing_)) {
  model_.build(preprocessing_.image_shape());
  const std::size_t outputs = element_count(model_.output_shape());
  std::vector<std::string>& names = preprocessing_.class_names;
  if (names.empty()) {
    for (std::size_t label = 0; label < std::max<std::size_t>(2, outputs); ++label) {
      names.push_back(std::to_string(label));
    }
  }
  // One output is the probability of the second of two classes, as with class_mode binary.
  if (names.size() != std::max<std::size_t>(2, outputs)) {
    throw Error(ErrorKind::kModel, "the model has " + std::to_string(outputs) + " outputs, but " +
                                       std::to_string(names.size()) + " classes have names");
  }
}

Tensor Classifier::probabilities(const Tensor& x) {
  Tensor outputs = model_.predict_on_batch(x);
  const std::int64_t count = x.shape()[0];
  if (outputs.size() != static_cast<std::size_t>(count)) {
    outputs.resize(
        {count, static_cast<std::int64_t>(outputs.size()) / std::max<std::int64_t>(1, count)});
    return outputs;
  }
  Tensor both({count, 2});
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    both[2 * i] = 1.0F - outputs[i];
    both[2 * i + 1] = outputs[i];
  }
  return both;
}

std::vector<ClassProbability> Classifier::ranked(std::span<const float> probabilities) const {
  std::vector<ClassProbability> classes;
  for (std::size_t label = 0; label < probabilities.size(); ++label) {
    classes.push_back({class_names()[label], probabilities[label]});
  }
  std::stable_sort(classes.begin(), classes.end(),
                   [](const auto& a, const auto& b) { return a.probability > b.probability; });
  return classes;
}

std::vector<ClassProbability> Classifier::classify(const cv::Mat& image) {
  const ImageSize& size = preprocessing_.target_size;
  cv::Mat prepared = in_color_mode(image, preprocessing_.color_mode);
  if (prepared.rows != size.height || prepared.cols != size.width) {
    cv::Mat resized;
    resize(prepared, size.height, size.width, preprocessing_.interpolation, resized,
           preprocessing_.keep_aspect_ratio ? AspectRatio::kKeep : AspectRatio::kStretch);
    prepared = resized;
  }
  Tensor x({1, size.height, size.width, prepared.channels()});
  cv::Mat values = x.image(0);
  prepared.convertTo(values, CV_32F);
  x.resize({size.height, size.width, prepared.channels()});
  x = generator_.standardize(x);
  x.resize({1, size.height, size.width, prepared.channels()});
  return ranked(probabilities(x).row(0));
}

std::vector<ClassProbability> Classifier::classify(const std::string& path) {
  return ranked(predict({path}).row(0));
}

Tensor Classifier::predict(const std::vector<std::string>& paths, const PredictOptions& options) {
  SampleList samples;
  samples.class_names = {""};
  for (const std::string& path : paths) samples.samples.push_back({.path = path});
  FlowOptions flow = flow_of(preprocessing_);
  if (options.on_bad_file) flow.on_bad_file = OnBadFile::kZero;
  BatchStream stream = generator_.flow_from_list(std::move(samples), flow);
  Tensor all(
      {static_cast<std::int64_t>(paths.size()), static_cast<std::int64_t>(class_names().size())});
  std::size_t done = 0;
  for (const Batch& batch : stream.epoch()) {
    const Tensor some = probabilities(batch.x);
    std::copy(some.values().begin(), some.values().end(), all.row(done).begin());
    done += batch.size();
    if (options.on_progress) options.on_progress(done);
  }
  std::set<std::string> bad;
  for (const BadFile& file : stream.report().bad_files) {
    if (bad.insert(file.path).second) options.on_bad_file(file);
  }
  for (std::size_t row = 0; row < paths.size(); ++row) {
    if (!bad.contains(paths[row])) continue;
    std::ranges::fill(all.row(row), std::numeric_limits<float>::quiet_NaN());
  }
  return all;
}

}  // namespace folio
