#include "chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "terminal.h"

namespace folio::cli {
namespace {

constexpr double kWidth = 640;
constexpr double kHeight = 260;
constexpr double kLeft = 60;
constexpr double kRight = 14;
constexpr double kTop = 14;
constexpr double kBottom = 30;
constexpr std::size_t kMostDots = 60;

std::string place(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

// The smallest of 1, 2, 5, 10, 20, ... (times a power of ten) that is not below `least`.
double round_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10.0 * power;
}

struct Axis {
  double low = 0.0;
  double high = 1.0;
  double step = 1.0;

  [[nodiscard]] std::vector<double> ticks() const {
    std::vector<double> values;
    for (double value = std::ceil(low / step - 1e-9) * step; value <= high + step * 1e-6;
         value += step) {
      values.push_back(std::abs(value) < step * 1e-6 ? 0.0 : value);
    }
    return values;
  }
};

// Ends on round numbers around the values.
Axis round_axis(double low, double high) {
  if (high - low < 1e-12 * std::max(1.0, std::abs(high))) {
    const double around = high == 0.0 ? 1.0 : std::abs(high) / 2;
    low -= around;
    high += around;
  }
  const double step = round_step((high - low) / 4);
  return {std::floor(low / step + 1e-9) * step, std::ceil(high / step - 1e-9) * step, step};
}

}  // namespace

Json chart(const std::string& title, const std::vector<Curve>& curves) {
  double low = INFINITY;
  double high = -INFINITY;
  double first = INFINITY;
  double last = -INFINITY;
  for (const Curve& curve : curves) {
    for (const auto& [x, y] : curve.points) {
      low = std::min(low, y);
      high = std::max(high, y);
      first = std::min(first, x);
      last = std::max(last, x);
    }
  }
  if (first > last) return nullptr;
  const Axis vertical = round_axis(low, high);
  // Epochs are whole; a single one stands in the middle.
  const Axis horizontal{first, last, std::max(1.0, round_step(std::max(1.0, last - first) / 10))};
  const auto at_x = [&](double x) {
    const double share = last > first ? (x - first) / (last - first) : 0.5;
    return kLeft + share * (kWidth - kLeft - kRight);
  };
  const auto at_y = [&](double y) {
    return kTop + (vertical.high - y) / (vertical.high - vertical.low) * (kHeight - kTop - kBottom);
  };

  Json rows = Json::array();
  for (const double value : vertical.ticks()) {
    rows.push_back({{"y", place(at_y(value))},
                    {"text_y", place(at_y(value) + 4)},
                    {"text", format_number(value)}});
  }
  Json columns = Json::array();
  for (const double value : horizontal.ticks()) {
    columns.push_back({{"x", place(at_x(value))}, {"text", format_number(value)}});
  }
  Json drawn = Json::array();
  for (const Curve& curve : curves) {
    if (curve.points.empty()) continue;
    std::string points;
    Json dots = Json::array();
    for (const auto& [x, y] : curve.points) {
      points += (points.empty() ? "" : " ") + place(at_x(x)) + "," + place(at_y(y));
      if (curve.points.size() > kMostDots) continue;
      dots.push_back(
          {{"x", place(at_x(x))},
           {"y", place(at_y(y))},
           {"text", curve.name + " in epoch " + format_number(x) + ": " + format_number(y)}});
    }
    drawn.push_back({{"name", curve.name},
                     {"style", curve.style},
                     {"points", points},
                     {"dots", dots},
                     {"last", format_number(curve.points.back().second)}});
  }
  return {{"title", title},
          {"width", kWidth},
          {"height", kHeight},
          {"left", kLeft},
          {"right", kWidth - kRight},
          {"text_left", kLeft - 8},
          {"text_bottom", kHeight - 8},
          {"rows", rows},
          {"columns", columns},
          {"curves", drawn}};
}

}  // namespace folio::cli
