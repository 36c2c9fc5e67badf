#include "sample_source.h"

#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/pipeline/decode_image.h>

#include <opencv2/core.hpp>
#include <utility>
#include <vector>

#include "exif.h"

namespace folio::internal {
namespace {

class FileSource : public SampleSource {
 public:
  FileSource(const SampleList& samples, const FlowOptions& options)
      : samples_(samples), options_(options), reader_(samples.root) {}

  [[nodiscard]] cv::Mat load(std::size_t index) const override {
    // Memory that this thread uses for one image after another.
    thread_local std::vector<std::byte> bytes;
    thread_local cv::Mat image;
    thread_local cv::Mat resized;
    reader_.read(samples_.samples[index].path, bytes);
    const ImageSize& target = options_.target_size;
    decode_image(bytes, options_.color_mode, image,
                 options_.keras_16_bit ? SixteenBit::kKeras : SixteenBit::kScale);
    if (image.depth() == CV_16U) image.convertTo(image, CV_32F);
    if (options_.exif_orientation) turn_upright(exif_orientation(bytes), image);
    if (image.rows == target.height && image.cols == target.width) return image;
    resize(image, target.height, target.width, options_.interpolation, resized,
           options_.keep_aspect_ratio ? AspectRatio::kKeep : AspectRatio::kStretch);
    return resized;
  }

 private:
  const SampleList& samples_;
  const FlowOptions& options_;
  DirectoryReader reader_;
};

class ArraySource : public SampleSource {
 public:
  explicit ArraySource(Tensor images) : images_(std::move(images)) {}
  [[nodiscard]] cv::Mat load(std::size_t index) const override { return images_.image(index); }

 private:
  Tensor images_;
};

}  // namespace

std::unique_ptr<SampleSource> make_file_source(const SampleList& samples,
                                               const FlowOptions& options) {
  return std::make_unique<FileSource>(samples, options);
}

std::unique_ptr<SampleSource> make_array_source(Tensor images) {
  return std::make_unique<ArraySource>(std::move(images));
}

}  // namespace folio::internal
