#include "run_report.h"

#include <utility>
#include <vector>

#include <folio/datasets/file.h>

#include "class_evaluation.h"
#include "picture.h"
#include "report_page.h"
#include "terminal.h"

namespace folio::cli {
namespace {

constexpr std::size_t kMostMistakes = 24;

// Of the classes; nothing where labels are no classes.
std::vector<std::size_t> counts_of(const BatchStream& stream, bool classes) {
  if (!classes) return {};
  std::vector<std::size_t> counts(stream.num_classes());
  for (const int label : stream.labels()) {
    if (label >= 0 && static_cast<std::size_t>(label) < counts.size()) {
      ++counts[static_cast<std::size_t>(label)];
    }
  }
  return counts;
}

Json bad_files_of(const BatchStream& stream) {
  Json files = Json::array();
  for (const BadFile& bad : stream.report().bad_files) {
    files.push_back({{"path", bad.path}, {"reason", bad.reason}});
  }
  return files;
}

Json data_record(const RunReport& report) {
  const bool classes = report.classes && has_class_labels(*report.train);
  Json data = {{"classes", Json::array()},
               {"image_shape", report.train->image_shape()},
               {"training", counts_of(*report.train, classes)},
               {"validation", nullptr},
               {"bad_files", bad_files_of(*report.train)},
               {"notices", report.train->notices()}};
  if (classes) data["classes"] = report.train->class_names();
  if (report.validation == nullptr) return data;
  data["validation"] = counts_of(*report.validation, classes);
  for (Json& bad : bad_files_of(*report.validation)) data["bad_files"].push_back(std::move(bad));
  return data;
}

/// A share of nothing is no number.
Json share_json(double share, std::uint64_t whole) {
  return whole > 0 ? Json(share) : Json(nullptr);
}

Json evaluation_record(const ClassEvaluation& evaluation, const BatchStream& stream) {
  const std::vector<std::string>& names = stream.class_names();
  Json classes = Json::array();
  const ConfusionMatrix& confusion = evaluation.confusion;
  for (std::size_t label = 0; label < names.size(); ++label) {
    const std::uint64_t samples = confusion.true_count(label);
    const std::uint64_t predictions = confusion.predicted_count(label);
    classes.push_back({{"class", names[label]},
                       {"samples", samples},
                       {"precision", share_json(confusion.precision(label), predictions)},
                       {"recall", share_json(confusion.recall(label), samples)},
                       {"f1", share_json(confusion.f1_score(label), samples + predictions)}});
  }
  Json mistakes = Json::array();
  for (const Mistake& mistake : evaluation.mistakes) {
    mistakes.push_back({{"file", stream.filenames()[mistake.index]},
                        {"true", names[mistake.truth]},
                        {"predicted", names[mistake.predicted]},
                        {"probability", mistake.probability},
                        {"true_probability", mistake.truth_probability}});
  }
  return {{"samples", confusion.samples()},
          {"accuracy", confusion.accuracy()},
          {"confusion", confusion.counts()},
          {"classes", classes},
          {"mistakes", mistakes}};
}

std::vector<std::string> mistake_pictures(const ClassEvaluation& evaluation,
                                          const RunReport& report) {
  SampleList samples;
  samples.root = report.validation_root;
  samples.class_names = {""};
  for (const Mistake& mistake : evaluation.mistakes) {
    samples.samples.push_back({.path = report.validation->filenames()[mistake.index]});
  }
  FlowOptions options = report.validation->options();
  options.on_bad_file = OnBadFile::kZero;  // A file that went away meanwhile costs no report.
  std::vector<std::string> uris;
  for (const cv::Mat& picture : read_pictures(samples, options)) uris.push_back(data_uri(picture));
  return uris;
}

}  // namespace

void write_run_report(const RunDirectory& run, Model& model, const RunReport& report) {
  Json record = {{"folio_version", FOLIO_VERSION}, {"interrupted", report.interrupted},
                 {"epochs", report.epochs},        {"parameters", model.count_params()},
                 {"data", data_record(report)},    {"validation", nullptr},
                 {"validation_missing", nullptr},  {"configuration", report.configuration},
                 {"summary", model.summary()}};
  std::vector<std::string> pictures;
  if (report.validation == nullptr) {
    record["validation_missing"] =
        "The run had no validation data (--validation-split or --validation-dir).";
  } else if (!report.classes || !has_class_labels(*report.validation)) {
    record["validation_missing"] = "The labels of this run are no classes.";
  } else if (report.interrupted) {
    record["validation_missing"] = "The run was interrupted.";
  } else {
    const ClassEvaluation evaluation =
        evaluate_classes(model, *report.validation,
                         {.steps = report.validation_steps,
                          .most_mistakes = kMostMistakes,
                          .go_on = [](std::uint64_t) { return !InterruptWatch::interrupted(); }});
    if (evaluation.complete) {
      record["validation"] = evaluation_record(evaluation, *report.validation);
      pictures = mistake_pictures(evaluation, report);
    } else {
      record["validation_missing"] = "The last evaluation was interrupted.";
    }
  }
  write_file(run.file("report.json"), json_text(record, 1) + "\n");
  write_file(run.file("report.html"), report_page(record, pictures));
}

}  // namespace folio::cli
