#include "loading_costs.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include <folio/augment/resize.h>
#include <folio/augment/standardize.h>
#include <folio/augment/transform.h>
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/pipeline/decode_image.h>

namespace folio::cli {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

LoadingCosts measure_loading_costs(const SampleList& samples, const FlowOptions& flow,
                                   const ImageDataGenerator& generator, double seconds) {
  // A step that shares no factor with the list's length comes to every sample.
  std::size_t step = std::max<std::size_t>(1, samples.size() / 16) | 1U;
  while (std::gcd(step, samples.size()) != 1) step += 2;
  const ImageSize target = flow.target_size;
  const DirectoryReader reader(samples.root);
  const ImageDataGeneratorOptions& options = generator.options();
  const Standardizer standardizer(options, generator.statistics());
  NumpyRandom random(1);
  std::vector<std::byte> bytes;
  cv::Mat image;
  cv::Mat resized;
  std::vector<float> values;
  LoadingCosts sum;
  std::size_t images = 0;
  const Clock::time_point start = Clock::now();
  std::size_t index = 0;
  for (std::size_t tried = 0; since(start) < seconds || tried < 8; ++tried) {
    index = (index + step) % samples.size();
    try {
      const Clock::time_point begin = Clock::now();
      reader.read(samples.samples[index].path, bytes);
      const double read = since(begin);
      decode_image(bytes, flow.color_mode, image);
      if (image.rows != target.height || image.cols != target.width) {
        resize(image, target.height, target.width, flow.interpolation, resized,
               flow.keep_aspect_ratio ? AspectRatio::kKeep : AspectRatio::kStretch);
        std::swap(image, resized);
      }
      const double decoded = since(begin);
      values.resize(image.total() * static_cast<std::size_t>(image.channels()));
      const TransformParameters drawn =
          draw_transform(options, target.height, target.width, random);
      apply_transform(options, drawn, image, values);
      standardizer.apply(values, target.height, target.width, image.channels());
      const double augmented = since(begin);
      sum.read += read;
      sum.decode += decoded - read;
      sum.augment += augmented - decoded;
      ++images;
    } catch (const Error&) {
      continue;  // The stream reports bad files.
    }
  }
  if (images == 0) throw Error(ErrorKind::kData, samples.root + ": no image could be read");
  const auto count = static_cast<double>(images);
  return {.read = sum.read / count, .decode = sum.decode / count, .augment = sum.augment / count};
}

}  // namespace folio::cli
