/// Chart: curves over the epochs as numbers for pages/chart.svg.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "argument.h"

namespace folio::cli {

/// One curve: x and y of every point that there is, and how it is drawn.
struct Curve {
  std::string name;
  std::string style;  ///< A class of pages/report.css: `first`, `second`.
  std::vector<std::pair<double, double>> points;
};

/// The data of one chart; null if no curve has a point. Axes have round numbers.
Json chart(const std::string& title, const std::vector<Curve>& curves);

}  // namespace folio::cli
