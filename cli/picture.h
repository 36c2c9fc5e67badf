/// Pictures for people: samples as 8-bit images, and images as text that a page can hold.
#pragma once
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include <folio/datasets/sample_list.h>
#include <folio/pipeline/flow_options.h>

namespace folio::cli {

/// The pixels of every sample as `options` say they are read (size, colour), neither augmented nor
/// rescaled. A file that cannot be read is handled as options.on_bad_file says.
///
/// Shapes  CV_8UC1, CV_8UC3 (RGB) or CV_8UC4.
/// Errors  Error (kData, kIo) naming the file.
std::vector<cv::Mat> read_pictures(const SampleList& samples, FlowOptions options);

/// Float values 0..255 as 8 bits, rounded and saturated.
cv::Mat to_8_bits(const cv::Mat& image);

/// The picture as a `data:` URI: PNG where pixels count, JPEG for photos.
///
/// Shapes  CV_8UC1, CV_8UC3 (RGB) or CV_8UC4.
std::string data_uri(const cv::Mat& picture);

}  // namespace folio::cli
