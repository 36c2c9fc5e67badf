#include "picture.h"

#include <span>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <folio/datasets/base64.h>
#include <folio/pipeline/image_data_generator.h>

namespace folio::cli {
namespace {

constexpr int kMostPngPixels = 96 * 96;

}  // namespace

cv::Mat to_8_bits(const cv::Mat& image) {
  cv::Mat result;
  image.convertTo(result, CV_8U);
  return result;
}

std::vector<cv::Mat> read_pictures(const SampleList& samples, FlowOptions options) {
  options.shuffle = false;
  options.augment = false;
  options.subset = Subset::kAll;
  options.class_mode = ClassMode::kNone;
  options.save_to_dir.clear();
  options.balance_classes = false;
  options.cache_memory = 0;
  options.cache_file.clear();
  std::vector<cv::Mat> pictures;
  if (samples.size() == 0) return pictures;
  options.batch_size = 1;
  BatchStream stream = ImageDataGenerator().flow_from_list(samples, options);
  for (const Batch& batch : stream.epoch()) pictures.push_back(to_8_bits(batch.x.image(0)));
  return pictures;
}

std::string data_uri(const cv::Mat& picture) {
  cv::Mat encoded = picture;
  if (picture.channels() == 3) cv::cvtColor(picture, encoded, cv::COLOR_RGB2BGR);
  if (picture.channels() == 4) cv::cvtColor(picture, encoded, cv::COLOR_RGBA2BGRA);
  std::vector<unsigned char> bytes;
  const bool exact = picture.channels() == 4 || picture.rows * picture.cols <= kMostPngPixels;
  if (exact) {
    cv::imencode(".png", encoded, bytes, {cv::IMWRITE_PNG_COMPRESSION, 1});
  } else {
    cv::imencode(".jpg", encoded, bytes, {cv::IMWRITE_JPEG_QUALITY, 90});
  }
  return (exact ? "data:image/png;base64," : "data:image/jpeg;base64,") +
         base64_encode(std::as_bytes(std::span(bytes)));
}

}  // namespace folio::cli
