/// The report of a training run: report.json for programs, report.html for people.
#pragma once
#include <cstddef>
#include <string>

#include <folio/pipeline/batch_stream.h>
#include <folio/trainer/model.h>

#include "argument.h"
#include "run_directory.h"

namespace folio::cli {

/// What a report is made of.
struct RunReport {
  Json configuration;        ///< As in config.json.
  Json epochs;               ///< As RunRecorder has them.
  bool interrupted = false;  ///< The run ended early: classes are not evaluated then.
  bool classes = true;       ///< Every image is of one class, where labels are classes at all.
  BatchStream* train = nullptr;
  BatchStream* validation = nullptr;  ///< Null without validation data.
  std::string validation_root;        ///< Directory that the validation files are relative to.
  std::size_t validation_steps = 0;   ///< Batches of it that are evaluated; 0: all.
};

/// Evaluates the model on the validation data and writes report.json and report.html.
///
/// Errors  Error (kIo) naming the file; what evaluation throws.
void write_run_report(const RunDirectory& run, Model& model, const RunReport& report);

}  // namespace folio::cli
