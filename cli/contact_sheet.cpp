#include "contact_sheet.h"

#include <algorithm>

#include <opencv2/imgproc.hpp>

namespace folio::cli {
namespace {

constexpr int kMargin = 16;
constexpr int kGap = 12;
constexpr int kCaptionLine = 15;
constexpr int kTitleHeight = 28;
constexpr int kHeadingHeight = 40;
constexpr int kSmallestCell = 128;  // Captions need about this width.
constexpr int kLargestCell = 256;
const cv::Scalar kPaper(250, 250, 250);
const cv::Scalar kInk(40, 40, 40);
const cv::Scalar kFaint(120, 120, 120);
const cv::Scalar kFrame(205, 205, 205);
const cv::Scalar kMark(180, 110, 30);  // Frames the originals.

// Hershey fonts draw ASCII only: degree signs are left out, other characters become question marks.
std::string printable(const std::string& text) {
  const std::string degree = "\u00B0";
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.compare(at, degree.size(), degree) == 0) {
      ++at;
      continue;
    }
    const char character = text[at];
    const auto code = static_cast<unsigned char>(character);
    if ((code & 0xC0U) == 0x80U) continue;
    result += code >= 0x20 && code < 0x7F ? character : '?';
  }
  return result;
}

void write(cv::Mat& sheet, const std::string& text, cv::Point baseline, double scale,
           const cv::Scalar& color, int width) {
  std::string shown = printable(text);
  const auto fits = [&] {
    return cv::getTextSize(shown, cv::FONT_HERSHEY_SIMPLEX, scale, 1, nullptr).width <= width;
  };
  if (!fits()) {
    shown += "...";
    while (shown.size() > 4 && !fits()) shown.erase(shown.size() - 4, 1);
  }
  cv::putText(sheet, shown, baseline, cv::FONT_HERSHEY_SIMPLEX, scale, color, 1, cv::LINE_AA);
}

cv::Size shown_size(const cv::Size& size) {
  const int longest = std::max(size.width, size.height);
  if (longest > kLargestCell) {
    const double factor = static_cast<double>(kLargestCell) / longest;
    return {std::max(1, static_cast<int>(size.width * factor)),
            std::max(1, static_cast<int>(size.height * factor))};
  }
  const int factor = std::max(1, (kSmallestCell + longest - 1) / longest);
  return size * factor;
}

cv::Mat to_bgr(const cv::Mat& image) {
  cv::Mat bgr;
  cv::cvtColor(image, bgr,
               image.channels() == 1   ? cv::COLOR_GRAY2BGR
               : image.channels() == 4 ? cv::COLOR_RGBA2BGR
                                       : cv::COLOR_RGB2BGR);
  return bgr;
}

}  // namespace

cv::Mat draw_contact_sheet(const std::string& heading, const std::vector<SheetRow>& rows) {
  std::size_t columns = 0;
  std::size_t lines = 0;
  cv::Size picture;
  for (const SheetRow& row : rows) {
    columns = std::max(columns, row.cells.size());
    for (const SheetCell& cell : row.cells) {
      lines = std::max(lines, cell.caption.size());
      const cv::Size size = shown_size(cell.image.size());
      picture.width = std::max(picture.width, size.width);
      picture.height = std::max(picture.height, size.height);
    }
  }
  const cv::Size pitch(
      std::max(picture.width, kSmallestCell) + kGap,
      kTitleHeight + picture.height + 6 + static_cast<int>(lines) * kCaptionLine + kGap);
  const int width = 2 * kMargin + static_cast<int>(columns) * pitch.width - kGap;
  const int height = 2 * kMargin + kHeadingHeight + static_cast<int>(rows.size()) * pitch.height;
  cv::Mat sheet(height, width, CV_8UC3, kPaper);
  write(sheet, heading, {kMargin, kMargin + 18}, 0.55, kInk, width - 2 * kMargin);

  for (std::size_t r = 0; r < rows.size(); ++r) {
    const int top = kMargin + kHeadingHeight + static_cast<int>(r) * pitch.height;
    write(sheet, rows[r].title, {kMargin, top + 18}, 0.45, kInk, width - 2 * kMargin);
    for (std::size_t c = 0; c < rows[r].cells.size(); ++c) {
      const SheetCell& cell = rows[r].cells[c];
      const cv::Size size = shown_size(cell.image.size());
      const cv::Rect place({kMargin + static_cast<int>(c) * pitch.width, top + kTitleHeight}, size);
      const bool enlarged = size.width >= cell.image.cols;
      cv::resize(to_bgr(cell.image), sheet(place), size, 0, 0,
                 enlarged ? cv::INTER_NEAREST : cv::INTER_AREA);
      const cv::Rect frame(place.x - 1, place.y - 1, place.width + 2, place.height + 2);
      cv::rectangle(sheet, frame, c == 0 ? kMark : kFrame, 1);
      int baseline = place.y + picture.height + 6 + 10;
      for (const std::string& line : cell.caption) {
        write(sheet, line, {place.x, baseline}, 0.36, c == 0 ? kFaint : kInk, pitch.width - kGap);
        baseline += kCaptionLine;
      }
    }
  }
  return sheet;
}

}  // namespace folio::cli
