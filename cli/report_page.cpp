#include "report_page.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "terminal.h"

namespace folio::cli {
namespace {

constexpr int kWidth = 640;
constexpr int kHeight = 260;
constexpr int kLeft = 56;
constexpr int kBottom = 32;
constexpr int kTop = 12;
constexpr int kRight = 12;

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --ink: #222; --faint: #777; --line: #ddd; --paper: #fff;
        --first: #1f6fb2; --second: #c2571a; }
@media (prefers-color-scheme: dark) { :root { --ink: #ddd; --faint: #999; --line: #444;
        --paper: #181818; --first: #6db3ec; --second: #f0955a; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
       max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; } th, td { padding: .2rem .8rem; text-align: right;
       border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
pre { overflow-x: auto; font-size: 13px; } svg { max-width: 100%; height: auto; }
svg text { fill: var(--faint); font-size: 12px; } .grid { stroke: var(--line); }
.first { stroke: var(--first); fill: none; stroke-width: 2; }
.second { stroke: var(--second); fill: none; stroke-width: 2; }
.first-dot { fill: var(--first); } .second-dot { fill: var(--second); }
.first-text { fill: var(--first); } .second-text { fill: var(--second); }
)";

std::string escaped(const std::string& text) {
  std::string result;
  for (const char character : text) {
    switch (character) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += character;
    }
  }
  return result;
}

std::string point(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

// One curve of training and one of validation over the epochs, as SVG.
std::string chart(const History& history, const std::string& name) {
  struct Curve {
    std::string name;
    const char* style;
    const std::vector<double>* values;
  };
  std::vector<Curve> curves;
  double low = INFINITY;
  double high = -INFINITY;
  std::size_t epochs = 0;
  for (const auto& [key, style] : {std::pair{name, "first"}, std::pair{"val_" + name, "second"}}) {
    const auto found = history.history.find(key);
    if (found == history.history.end()) continue;
    curves.push_back({key, style, &found->second});
    for (const double value : found->second) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
    epochs = std::max(epochs, found->second.size());
  }
  if (epochs == 0) return "";
  if (high - low < 1e-12) {
    low -= 0.5;
    high += 0.5;
  }
  const auto x = [&](std::size_t epoch) {
    const double share =
        epochs == 1 ? 0.5 : static_cast<double>(epoch) / static_cast<double>(epochs - 1);
    return kLeft + share * (kWidth - kLeft - kRight);
  };
  const auto y = [&](double value) {
    return kTop + (high - value) / (high - low) * (kHeight - kTop - kBottom);
  };
  std::string svg = "<svg viewBox=\"0 0 " + std::to_string(kWidth) + " " + std::to_string(kHeight) +
                    "\" role=\"img\" aria-label=\"" + escaped(name) + " by epoch\">\n";
  for (int tick = 0; tick <= 4; ++tick) {
    const double value = low + (high - low) * tick / 4;
    char label[32];
    std::snprintf(label, sizeof label, "%.3g", value);
    svg += "<line class=\"grid\" x1=\"" + std::to_string(kLeft) + "\" x2=\"" +
           std::to_string(kWidth - kRight) + "\" y1=\"" + point(y(value)) + "\" y2=\"" +
           point(y(value)) + "\"/><text text-anchor=\"end\" x=\"" + std::to_string(kLeft - 8) +
           "\" y=\"" + point(y(value) + 4) + "\">" + label + "</text>\n";
  }
  const std::size_t every = std::max<std::size_t>(1, (epochs + 9) / 10);
  for (std::size_t epoch = 0; epoch < epochs; epoch += every) {
    svg += "<text text-anchor=\"middle\" x=\"" + point(x(epoch)) + "\" y=\"" +
           std::to_string(kHeight - 10) + "\">" + std::to_string(epoch + 1) + "</text>\n";
  }
  for (const Curve& curve : curves) {
    std::string points;
    for (std::size_t epoch = 0; epoch < curve.values->size(); ++epoch) {
      const std::string place = point(x(epoch)) + "," + point(y((*curve.values)[epoch]));
      points += place + " ";
      svg += "<circle class=\"" + std::string(curve.style) + "-dot\" r=\"3\" cx=\"" +
             point(x(epoch)) + "\" cy=\"" + point(y((*curve.values)[epoch])) + "\"><title>epoch " +
             std::to_string(epoch + 1) + ": " + format_number((*curve.values)[epoch]) +
             "</title></circle>\n";
    }
    svg += "<polyline class=\"" + std::string(curve.style) + "\" points=\"" + points + "\"/>\n";
  }
  svg += "</svg>\n<p>";
  for (const Curve& curve : curves) {
    svg += "<svg width=\"26\" height=\"10\"><line class=\"" + std::string(curve.style) +
           "\" x1=\"0\" x2=\"22\" y1=\"6\" y2=\"6\"/></svg>" + escaped(curve.name) + " &nbsp; ";
  }
  return "<h2>" + escaped(name) + "</h2>\n" + svg + "</p>\n";
}

std::string table(const History& history) {
  std::string html = "<table>\n<tr><th>epoch</th>";
  for (const auto& [name, values] : history.history) html += "<th>" + escaped(name) + "</th>";
  html += "</tr>\n";
  for (std::size_t row = 0; row < history.epoch.size(); ++row) {
    html += "<tr><td>" + std::to_string(history.epoch[row] + 1) + "</td>";
    for (const auto& [name, values] : history.history) {
      html += "<td>" + (row < values.size() ? format_number(values[row]) : "") + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</table>\n";
}

}  // namespace

std::string report_page(const Json& configuration, const History& history,
                        const std::string& model_summary) {
  const std::string title =
      configuration.value("model", "model") + " on " + configuration.value("directory", "data");
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
      escaped(title) + "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n<h1>" +
      escaped(title) + "</h1>\n";
  for (const char* name : {"accuracy", "loss"}) html += chart(history, name);
  html += "<h2>epochs</h2>\n" + table(history);
  html += "<h2>model</h2>\n<pre>" + escaped(model_summary) + "</pre>\n";
  html += "<h2>configuration</h2>\n<pre>" + escaped(json_text(configuration, 2)) + "</pre>\n";
  return html + "</body>\n</html>\n";
}

}  // namespace folio::cli
