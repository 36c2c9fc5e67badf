/// How well a model tells classes apart: its confusion matrix and its worst mistakes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include <folio/pipeline/batch_stream.h>
#include <folio/trainer/confusion_matrix.h>
#include <folio/trainer/model.h>

namespace folio::cli {

/// A sample that was taken for another class.
struct Mistake {
  std::size_t index = 0;  ///< Position in the stream's sample list.
  std::size_t truth = 0;
  std::size_t predicted = 0;
  double probability = 0.0;        ///< Of the predicted class.
  double truth_probability = 0.0;  ///< Of the true class.
};

struct ClassEvaluation {
  ConfusionMatrix confusion;  ///< Of no classes where labels are none.
  std::uint64_t samples = 0;
  std::vector<Mistake> mistakes{};  ///< The least likely truths first.
  Logs metrics{};                   ///< Loss and metrics, if they were asked for.
  bool complete = true;             ///< false if `go_on` ended it.
};

struct ClassEvaluationOptions {
  std::size_t steps = 0;          ///< Batches; 0: an epoch.
  std::size_t most_mistakes = 0;  ///< How many mistakes are kept.
  bool metrics = false;           ///< Whether loss and metrics are computed too.
  bool classes = true;  ///< Whether labels are classes; otherwise metrics are all there is.
  /// Called with the number of samples seen after every batch; false ends the evaluation.
  std::function<bool(std::uint64_t)> go_on{};
};

/// Whether the labels of a stream are classes that a model's outputs can be compared with.
bool has_class_labels(const BatchStream& stream);

/// Runs the model over the stream from its start. A single output is the probability of class 1.
///
/// Errors  whatever the stream or the model throws.
ClassEvaluation evaluate_classes(Model& model, BatchStream& stream,
                                 const ClassEvaluationOptions& options);

}  // namespace folio::cli
