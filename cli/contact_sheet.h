/// ContactSheet: originals beside their augmented variants, as one picture.
#pragma once
#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace folio::cli {

/// One picture of the sheet and what is written under it.
struct SheetCell {
  cv::Mat image;                     ///< CV_8UC1, CV_8UC3 or CV_8UC4, RGB order.
  std::vector<std::string> caption;  ///< One element a line.
};

/// The original and its variants, of one size.
struct SheetRow {
  std::string title;  ///< Class and file, written above the row.
  std::vector<SheetCell> cells;
};

/// Draws the sheet. Small images are enlarged by a whole factor, so that their pixels stay visible.
///
/// Shapes  CV_8UC3 in OpenCV's BGR order, ready for cv::imwrite.
cv::Mat draw_contact_sheet(const std::string& heading, const std::vector<SheetRow>& rows);

}  // namespace folio::cli
