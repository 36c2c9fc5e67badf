#include "report_page.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <utility>

#include <opencv2/core.hpp>

#include "chart.h"
#include "page_template.h"
#include "picture.h"
#include "run_record.h"
#include "terminal.h"

namespace folio::cli {
namespace {

constexpr std::size_t kMostMatrixClasses = 30;     // A wider matrix has no room for its numbers,
constexpr std::size_t kMostPictureClasses = 1000;  // and is drawn.
constexpr std::size_t kMostPairsOnPage = 12;
constexpr std::int64_t kSmallPicture = 96;  // Up to here single pixels are shown.

Json tile(const std::string& name, const std::string& value, const std::string& detail) {
  return {{"name", name}, {"value", value}, {"detail", detail}};
}

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", std::isnan(value) ? std::abs(value) : value);
  return text;
}

Json tiles(const Json& record) {
  Json list = Json::array();
  for (const MetricSummary& metric : summarize_metrics(record)) {
    list.push_back(
        tile(metric.name, short_number(metric.last),
             "best " + short_number(metric.best) + " (" + std::to_string(metric.best_epoch) + ")"));
  }
  const Json& epochs = record.at("epochs");
  list.push_back(tile("epochs", std::to_string(epochs.size()),
                      duration_text(training_seconds(record)) + " of training"));
  if (const auto rate = median_throughput(record)) {
    list.push_back(
        tile("images a second", grouped_number(std::llround(*rate)),
             "median epoch, " + text_of_key(record.at("configuration"), "threads") + " threads"));
  }
  list.push_back(tile("parameters", grouped_number(record.at("parameters").get<std::int64_t>()),
                      "seed " + text_of_key(record.at("configuration"), "seed")));
  return list;
}

Curve curve_of(const Json& epochs, const std::string& key, const std::string& style) {
  Curve curve{.name = key, .style = style, .points = {}};
  for (const Json& epoch : epochs) {
    if (epoch.contains(key) && epoch.at(key).is_number()) {
      curve.points.emplace_back(epoch.at("epoch").get<double>(), epoch.at(key).get<double>());
    }
  }
  return curve;
}

Json charts(const Json& record) {
  const Json& epochs = record.at("epochs");
  Json list = Json::array();
  const auto add = [&](const std::string& title, const std::vector<Curve>& curves) {
    Json drawn = chart(title, curves);
    if (!drawn.is_null()) list.push_back(std::move(drawn));
  };
  for (const std::string& name : metric_names(record)) {
    add(name, {curve_of(epochs, name, "first"), curve_of(epochs, "val_" + name, "second")});
  }
  add("learning rate", {curve_of(epochs, "learning_rate", "first")});
  return list;
}

Json score_cell(const Json& score) {
  if (score.is_null()) return {{"share", "0"}, {"text", "\u2013"}};
  return {{"share", format_number(score.get<double>())}, {"text", percent(score.get<double>())}};
}

Json class_rows(const Json& validation) {
  Json rows = Json::array();
  for (const Json& one : validation.at("classes")) {
    Json scores = Json::array();
    for (const char* key : {"precision", "recall", "f1"}) scores.push_back(score_cell(one.at(key)));
    rows.push_back(
        {{"class", one.at("class")}, {"samples", one.at("samples")}, {"scores", scores}});
  }
  return rows;
}

// How dark a cell is. A mistake of a quarter of the class is as dark as it gets.
double shade_of(double share, bool right) { return right ? share : std::min(1.0, 4.0 * share); }

// A pixel for each cell, in the colours of the table.
Json matrix_picture(const Json& validation) {
  const std::size_t classes = validation.at("classes").size();
  if (classes <= kMostMatrixClasses || classes > kMostPictureClasses) return nullptr;
  const int side = static_cast<int>(classes);
  cv::Mat picture(side, side, CV_8UC4, cv::Scalar(128, 128, 128, 20));
  for (int truth = 0; truth < side; ++truth) {
    const Json& row = validation.at("confusion")[static_cast<std::size_t>(truth)];
    double samples = 0.0;
    for (const Json& count : row) samples += count.get<double>();
    for (int predicted = 0; predicted < side; ++predicted) {
      const double count = row[static_cast<std::size_t>(predicted)].get<double>();
      if (count == 0.0) continue;
      const bool right = truth == predicted;
      const double opacity = 0.25 + 0.75 * shade_of(count / samples, right);
      const cv::Vec3b color = right ? cv::Vec3b(60, 130, 200) : cv::Vec3b(214, 80, 60);
      picture.at<cv::Vec4b>(truth, predicted) =
          cv::Vec4b(color[0], color[1], color[2], cv::saturate_cast<unsigned char>(255 * opacity));
    }
  }
  return {{"picture", data_uri(picture)}, {"classes", classes}};
}

Json matrix(const Json& validation) {
  const Json& classes = validation.at("classes");
  if (classes.size() > kMostMatrixClasses) return nullptr;
  Json names = Json::array();
  for (const Json& one : classes) names.push_back(one.at("class"));
  Json rows = Json::array();
  for (std::size_t truth = 0; truth < classes.size(); ++truth) {
    const double samples = std::max(1.0, classes[truth].at("samples").get<double>());
    Json cells = Json::array();
    for (std::size_t predicted = 0; predicted < classes.size(); ++predicted) {
      const auto count = validation.at("confusion")[truth][predicted].get<std::uint64_t>();
      const char* kind = count == 0 ? "none" : truth == predicted ? "right" : "wrong";
      const double share = static_cast<double>(count) / samples;
      cells.push_back({{"kind", kind},
                       {"share", format_number(shade_of(share, truth == predicted))},
                       {"count", count},
                       {"text", names[truth].get<std::string>() + " as " +
                                    names[predicted].get<std::string>() + ": " + percent(share)}});
    }
    rows.push_back({{"class", names[truth]}, {"cells", cells}});
  }
  return {{"names", names}, {"rows", rows}};
}

Json pairs(const Json& validation) {
  Json list = Json::array();
  for (const ConfusedPair& pair : confused_pairs(validation, kMostPairsOnPage)) {
    list.push_back({{"true", pair.truth},
                    {"predicted", pair.predicted},
                    {"count", pair.count},
                    {"share", percent(pair.share)}});
  }
  return list;
}

// With spaces at which no line is broken.
std::string unbroken(const std::string& text) {
  std::string joined;
  for (const char letter : text) joined += letter == ' ' ? "\u00a0" : std::string(1, letter);
  return joined;
}

Json mistakes(const Json& record, const std::vector<std::string>& pictures) {
  const Json& shape = record.at("data").at("image_shape");
  const bool small = shape.size() == 3 && shape[1].get<std::int64_t>() <= kSmallPicture;
  Json list = Json::array();
  const Json& made = record.at("validation").at("mistakes");
  for (std::size_t i = 0; i < std::min(made.size(), pictures.size()); ++i) {
    Json one = made[i];
    one["picture"] = pictures[i];
    one["small"] = small;
    for (const char* key : {"probability", "true_probability"}) {
      one[key] = unbroken(percent(made[i].at(key).get<double>()));
    }
    list.push_back(std::move(one));
  }
  return list;
}

Json validation_data(const Json& record, const std::vector<std::string>& pictures) {
  const Json& validation = record.at("validation");
  if (validation.is_null()) return nullptr;
  Json data = {{"samples", validation.at("samples")},
               {"accuracy", percent(validation.at("accuracy").get<double>())},
               {"classes", class_rows(validation)},
               {"matrix", matrix(validation)},
               {"matrix_picture", matrix_picture(validation)},
               {"confused", nullptr},
               {"mistaken", nullptr}};
  Json confused = pairs(validation);
  if (!confused.empty()) data["confused"] = {{"pairs", std::move(confused)}};
  Json wrong = mistakes(record, pictures);
  if (!wrong.empty()) data["mistaken"] = {{"mistakes", std::move(wrong)}};
  return data;
}

Json data_classes(const Json& data) {
  Json rows = Json::array();
  double most = 1.0;
  for (const Json& count : data.at("training")) most = std::max(most, count.get<double>());
  for (std::size_t label = 0; label < data.at("classes").size(); ++label) {
    const Json& training = data.at("training")[label];
    rows.push_back({{"class", data.at("classes")[label]},
                    {"training", training},
                    {"share", format_number(training.get<double>() / most)},
                    {"validation",
                     data.at("validation").is_null() ? Json("") : data.at("validation")[label]}});
  }
  return rows;
}

}  // namespace

std::string report_page(const Json& record, const std::vector<std::string>& pictures) {
  const Json& data = record.at("data");
  Json columns = Json::array();
  Json rows = Json::array();
  for (const std::string& name : epoch_columns(record)) columns.push_back(name);
  for (const Json& epoch : record.at("epochs")) {
    Json cells = Json::array();
    for (const Json& name : columns) {
      const auto found = epoch.find(name.get<std::string>());
      cells.push_back(found == epoch.end() || found->is_null() ? Json("")
                                                               : Json(epoch_cell(name, *found)));
    }
    rows.push_back({{"cells", cells}});
  }
  Json bad = nullptr;
  if (!data.at("bad_files").empty()) {
    bad = {{"count", data.at("bad_files").size()}, {"files", data.at("bad_files")}};
  }
  return render_page("report.html", {{"title", run_title(record)},
                                     {"subtitle", run_subtitle(record)},
                                     {"tiles", tiles(record)},
                                     {"charts", charts(record)},
                                     {"missing", record.at("validation_missing")},
                                     {"validation", validation_data(record, pictures)},
                                     {"data_summary", data_summary(record)},
                                     {"data_classes", data_classes(data)},
                                     {"has_validation", !data.at("validation").is_null()},
                                     {"bad", bad},
                                     {"has_epochs", !rows.empty()},
                                     {"epoch_columns", columns},
                                     {"epoch_rows", rows},
                                     {"summary", record.at("summary")},
                                     {"configuration", json_text(record.at("configuration"), 2)}});
}

}  // namespace folio::cli
