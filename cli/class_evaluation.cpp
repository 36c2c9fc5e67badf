#include "class_evaluation.h"

#include <algorithm>
#include <span>

namespace folio::cli {
namespace {

std::size_t true_class(const Batch& batch, std::size_t row) {
  if (batch.y.shape().size() == 1) return static_cast<std::size_t>(batch.y[row]);
  const std::span<const float> one_hot = batch.y.row(row);
  return static_cast<std::size_t>(std::ranges::max_element(one_hot) - one_hot.begin());
}

double probability_of(std::span<const float> outputs, std::size_t label) {
  if (outputs.size() > 1) return outputs[label];
  return label == 1 ? outputs[0] : 1.0 - outputs[0];
}

}  // namespace

bool has_class_labels(const BatchStream& stream) {
  const ClassMode mode = stream.options().class_mode;
  return mode == ClassMode::kCategorical || mode == ClassMode::kSparse ||
         mode == ClassMode::kBinary;
}

ClassEvaluation evaluate_classes(Model& model, BatchStream& stream,
                                 const ClassEvaluationOptions& options) {
  ClassEvaluation result{.confusion = ConfusionMatrix(options.classes ? stream.num_classes() : 0)};
  const auto less_likely = [](const Mistake& a, const Mistake& b) {
    if (a.truth_probability != b.truth_probability) {
      return a.truth_probability < b.truth_probability;
    }
    return a.index < b.index;
  };
  stream.reset();
  model.reset_metrics();
  const std::size_t steps = options.steps > 0 ? options.steps : stream.size();
  for (std::size_t step = 0; step < steps && result.complete; ++step) {
    const Batch& batch = stream.next();
    if (options.metrics) model.test_on_batch(batch);
    result.samples += batch.size();
    const std::size_t rows = options.classes ? batch.size() : 0;
    const Tensor predictions = rows > 0 ? model.predict_on_batch(batch.x) : Tensor();
    for (std::size_t row = 0; row < rows; ++row) {
      const std::span<const float> outputs = predictions.row(row);
      const std::size_t truth = true_class(batch, row);
      const std::size_t predicted = predicted_class(outputs);
      result.confusion.add(truth, predicted);
      if (truth == predicted || options.most_mistakes == 0) continue;
      // A heap with the likeliest truth on top, which leaves first.
      result.mistakes.push_back({.index = batch.indices[row],
                                 .truth = truth,
                                 .predicted = predicted,
                                 .probability = probability_of(outputs, predicted),
                                 .truth_probability = probability_of(outputs, truth)});
      std::push_heap(result.mistakes.begin(), result.mistakes.end(), less_likely);
      if (result.mistakes.size() > options.most_mistakes) {
        std::pop_heap(result.mistakes.begin(), result.mistakes.end(), less_likely);
        result.mistakes.pop_back();
      }
    }
    if (options.go_on) result.complete = options.go_on(result.samples);
  }
  std::sort_heap(result.mistakes.begin(), result.mistakes.end(), less_likely);
  if (options.metrics) result.metrics = model.metrics();
  model.reset_metrics();
  return result;
}

}  // namespace folio::cli
