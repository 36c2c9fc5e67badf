// What one image costs: the random transform beside OpenCV's warpAffine, and resizing.
#include <cmath>
#include <vector>

#include <benchmark/benchmark.h>
#include <folio/augment/resize.h>
#include <folio/augment/transform.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace {

cv::Mat noise(int size, int channels) {
  cv::Mat image(size, size, CV_8UC(channels));
  cv::theRNG().state = 1;
  cv::randu(image, 0, 256);
  return image;
}

void transform(benchmark::State& state) {
  const int size = static_cast<int>(state.range(0));
  const int channels = static_cast<int>(state.range(1));
  const cv::Mat image = noise(size, channels);
  const folio::ImageDataGeneratorOptions options{.shear_range = 0.2, .zoom_range = 0.2};
  folio::NumpyRandom random(1);
  std::vector<float> out(image.total() * image.channels());
  for (auto _ : state) {
    folio::apply_transform(options, folio::draw_transform(options, size, size, random), image, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(transform)->ArgNames({"size", "channels"})->Args({28, 1})->Args({32, 3})->Args({224, 3});

// The same affine map on the same float data, folio's warp and OpenCV's.
constexpr double kTheta = 12.0;
constexpr double kZoom = 0.9;
constexpr double kShift = 1.5;

void warp(benchmark::State& state) {
  const int size = static_cast<int>(state.range(0));
  cv::Mat image;
  noise(size, static_cast<int>(state.range(1))).convertTo(image, CV_32F);
  const folio::ImageDataGeneratorOptions options;
  const folio::TransformParameters parameters{
      .theta = kTheta, .tx = kShift, .ty = kShift, .zx = kZoom, .zy = kZoom};
  std::vector<float> out(image.total() * image.channels());
  for (auto _ : state) {
    folio::apply_transform(options, parameters, image, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations());
}

void opencv_warp_affine(benchmark::State& state) {
  const int size = static_cast<int>(state.range(0));
  cv::setNumThreads(1);
  cv::Mat image;
  noise(size, static_cast<int>(state.range(1))).convertTo(image, CV_32F);
  const double centre = size / 2.0 - 0.5;
  const double cosine = std::cos(kTheta * CV_PI / 180);
  const double sine = std::sin(kTheta * CV_PI / 180);
  const double x = kShift - kZoom * centre;
  const cv::Matx23d matrix(kZoom * cosine, -kZoom * sine, cosine * x - sine * x + centre,
                           kZoom * sine, kZoom * cosine, sine * x + cosine * x + centre);
  cv::Mat out;
  for (auto _ : state) {
    cv::warpAffine(image, out, matrix, image.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                   cv::BORDER_REPLICATE);
    benchmark::DoNotOptimize(out.data);
  }
  state.SetItemsProcessed(state.iterations());
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"size", "channels"})->ArgsProduct({{28, 224}, {1, 3}});
}
BENCHMARK(warp)->Apply(sizes);
BENCHMARK(opencv_warp_affine)->Apply(sizes);

void resize_photo(benchmark::State& state) {
  const cv::Mat image = noise(500, 3);
  const auto filter = static_cast<folio::Interpolation>(state.range(0));
  cv::Mat out;
  for (auto _ : state) folio::resize(image, 224, 224, filter, out);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(resize_photo)
    ->ArgName("filter")
    ->Arg(static_cast<int>(folio::Interpolation::kNearest))
    ->Arg(static_cast<int>(folio::Interpolation::kBilinear))
    ->Arg(static_cast<int>(folio::Interpolation::kBicubic));

}  // namespace
