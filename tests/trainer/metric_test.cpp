#include <folio/datasets/error.h>
#include <folio/trainer/confusion_matrix.h>
#include <folio/trainer/metric.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "message_of.h"
#include "metric_json.h"
#include "metric_set.h"

namespace folio {
namespace {

using internal::LabelledRows;
using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

Tensor rows(std::int64_t width, const std::vector<float>& values) {
  return Tensor({static_cast<std::int64_t>(values.size()) / width, width}, values);
}

/// The metric over a batch, each row a shard of its own.
double value_of(const Metric& metric, const Tensor& labels, const Tensor& outputs,
                const std::vector<float>& weights = {}) {
  internal::MetricSet set({}, {metric});
  const auto count = static_cast<std::size_t>(outputs.shape()[0]);
  set.begin_batch(labels.shape(), outputs.shape(), count);
  for (std::size_t row = 0; row < count; ++row) {
    set.update(row, {.outputs = outputs.data() + row * outputs.size() / count,
                     .targets = labels.data() + row * labels.size() / count,
                     .sample_weight = weights.empty() ? nullptr : weights.data() + row,
                     .count = 1,
                     .width = outputs.size() / count});
  }
  set.end_batch();
  return set.results().front().second;
}

const Tensor kLabels = rows(3, {0, 1, 0, 0, 0, 1});
const Tensor kScores = rows(3, {0.05F, 0.95F, 0.0F, 0.1F, 0.8F, 0.1F});

TEST(MetricTest, AccuracyResolvesByShapes) {
  EXPECT_EQ(value_of("accuracy", kLabels, kScores), 0.5);
  EXPECT_EQ(value_of("acc", Tensor({2}, std::vector<float>{1, 1}), kScores), 1.0);
  EXPECT_EQ(value_of("acc", Tensor({2, 1}, std::vector<float>{1, 0}), kScores), 0.5);
  // One output: strictly above a half.
  EXPECT_EQ(value_of("accuracy", Tensor({4}, std::vector<float>{0, 1, 1, 0}),
                     rows(1, {0.5F, 0.5F, 0.6F, 0.4F})),
            0.75);
  EXPECT_EQ(value_of("accuracy", rows(2, {1, 0}), rows(2, {0.5F, 0.5F})), 1.0);  // First of equals.
}

TEST(MetricTest, WeightsCountForWeightedMetricsOnly) {
  EXPECT_EQ(value_of("accuracy", kLabels, kScores, {1, 3}), 0.25);
  internal::MetricSet set({"accuracy"}, {"accuracy"});
  EXPECT_THAT(set.names(), ElementsAre("accuracy", "weighted_accuracy"));
  set.begin_batch(kLabels.shape(), kScores.shape(), 1);
  const float weights[] = {1, 3};
  set.update(0, {kScores.data(), kLabels.data(), weights, 2, 3});
  set.end_batch();
  EXPECT_EQ(set.results()[0].second, 0.5);
  EXPECT_EQ(set.results()[1].second, 0.25);
  set.reset();
  EXPECT_EQ(set.results()[0].second, 0.0);
}

TEST(MetricTest, BinaryAccuracyHasAThreshold) {
  const Tensor outputs = rows(2, {0.3F, 0.6F});
  EXPECT_EQ(value_of("binary_accuracy", rows(2, {0, 0}), outputs), 0.5);
  EXPECT_EQ(value_of(BinaryAccuracy{.threshold = 0.7}, rows(2, {0, 0}), outputs), 1.0);
}

TEST(MetricTest, TopKCountsTiesAsIn) {
  const Tensor outputs = rows(4, {0.1F, 0.2F, 0.3F, 0.4F, 0.4F, 0.2F, 0.2F, 0.2F});
  const Tensor labels = rows(4, {0, 1, 0, 0, 0, 0, 0, 1});
  EXPECT_EQ(value_of(TopKCategoricalAccuracy{.k = 1}, labels, outputs), 0.0);
  EXPECT_EQ(value_of(TopKCategoricalAccuracy{.k = 2}, labels, outputs), 0.5);
  EXPECT_EQ(value_of(TopKCategoricalAccuracy{.k = 3}, labels, outputs), 1.0);
  EXPECT_EQ(value_of(SparseTopKCategoricalAccuracy{.k = 3}, Tensor({2}, std::vector<float>{0, 3}),
                     outputs),
            0.5);
}

TEST(MetricTest, PrecisionAndRecall) {
  // Keras' own example: 2 of 3 found, 1 of 2 predicted.
  const Tensor labels = Tensor({4}, std::vector<float>{0, 1, 1, 1});
  const Tensor outputs = rows(1, {1, 0, 1, 1});
  EXPECT_NEAR(value_of("precision", labels, outputs), 2.0 / 3.0, 1e-12);
  EXPECT_NEAR(value_of("recall", labels, outputs), 2.0 / 3.0, 1e-12);
  EXPECT_NEAR(value_of("Precision", labels, outputs, {0, 0, 1, 0}), 1.0, 1e-12);
  EXPECT_EQ(value_of("precision", labels, rows(1, {0, 0, 0, 0})), 0.0);

  const Tensor classes = rows(3, {1, 0, 0, 0, 1, 0});
  const Tensor scores = rows(3, {0.6F, 0.3F, 0.1F, 0.5F, 0.4F, 0.1F});
  EXPECT_EQ(value_of("precision", classes, scores), 1.0);  // Only the .6 is above a half.
  EXPECT_EQ(value_of("recall", classes, scores), 0.5);
  EXPECT_EQ(value_of(Recall{.thresholds = 0.35}, classes, scores), 1.0);
  EXPECT_EQ(value_of(Precision{.top_k = 1}, classes, scores), 0.5);
  EXPECT_EQ(value_of(Precision{.top_k = 2}, classes, scores), 0.5);
  EXPECT_EQ(value_of(Recall{.top_k = 1, .class_id = 1}, classes, scores), 0.0);
  EXPECT_EQ(value_of(Precision{.thresholds = 0.2, .class_id = 1}, classes, scores), 0.5);
  // Numbers of classes are taken for their rows.
  EXPECT_EQ(value_of("recall", Tensor({2}, std::vector<float>{0, 1}), scores), 0.5);
}

TEST(MetricTest, AreaUnderCurve) {
  // Keras' own examples.
  const Tensor labels = Tensor({4}, std::vector<float>{0, 0, 1, 1});
  const Tensor outputs = rows(1, {0, 0.5F, 0.3F, 0.9F});
  EXPECT_NEAR(value_of(AUC{.num_thresholds = 3}, labels, outputs), 0.75, 1e-6);
  EXPECT_NEAR(value_of(AUC{.num_thresholds = 3}, labels, outputs, {1, 0, 0, 1}), 1.0, 1e-6);
  EXPECT_NEAR(value_of("AUC", labels, outputs), 0.75, 1e-6);
  EXPECT_NEAR(value_of(AUC{.summation_method = "majoring"}, labels, outputs), 0.75, 1e-6);
  // Recall .5 at precision 1 (threshold .5), 1 at 2/3 (.25), 1 at .5 (0).
  const AUC points{.num_thresholds = 5, .curve = "PR", .summation_method = "minoring"};
  EXPECT_NEAR(value_of(points, labels, outputs), 0.5 * (2.0 / 3.0), 1e-6);
  EXPECT_NEAR(value_of(AUC{.curve = "PR"}, labels, outputs),
              0.5 + (0.5 + 0.5 * std::log(1.5)) * 0 +
                  // Between 1 of 1 and 2 of 3: slope 1/2, intercept 1/2.
                  0.5 * (0.5 * (1.0 + 0.0)) + 0.0,
              0.26);
  EXPECT_EQ(value_of("auc", labels, rows(1, {0.1F, 0.2F, 0.8F, 0.9F})), 1.0);
  EXPECT_EQ(value_of("auc", labels, rows(1, {0.8F, 0.9F, 0.1F, 0.2F})), 0.0);
}

TEST(MetricTest, F1Averages) {
  // Keras' own example: per class .5, .8 and 2/3.
  const Tensor labels = rows(3, {1, 1, 1, 1, 0, 0, 1, 1, 0});
  const Tensor outputs = rows(3, {0.2F, 0.6F, 0.7F, 0.2F, 0.6F, 0.6F, 0.6F, 0.8F, 0.0F});
  const auto f1 = [&](const char* average) {
    return value_of(F1Score{.average = average, .threshold = 0.5}, labels, outputs);
  };
  EXPECT_NEAR(f1("macro"), (0.5 + 0.8 + 2.0 / 3.0) / 3.0, 1e-6);
  EXPECT_NEAR(f1("weighted"), (3 * 0.5 + 2 * 0.8 + 2.0 / 3.0) / 6.0, 1e-6);
  EXPECT_NEAR(f1("micro"), 2.0 * 4 / (6 + 6), 1e-6);
  // Without a threshold the largest output is the prediction.
  EXPECT_NEAR(value_of("f1_score", kLabels, kScores), (0.0 + 2.0 / 3.0 + 0.0) / 3.0, 1e-6);
}

TEST(MetricTest, ErrorsAndLosses) {
  const Tensor labels = rows(2, {1, 2, 0, 0});
  const Tensor outputs = rows(2, {2, 4, 0, 3});
  EXPECT_NEAR(value_of("mse", labels, outputs), 14.0 / 4, 1e-12);
  EXPECT_NEAR(value_of("mae", labels, outputs), 6.0 / 4, 1e-12);
  EXPECT_NEAR(value_of("RootMeanSquaredError", labels, outputs), std::sqrt(14.0 / 4), 1e-12);
  EXPECT_NEAR(value_of("mse", labels, outputs, {1, 0}), 2.5, 1e-12);
  EXPECT_NEAR(value_of("cosine_similarity", rows(2, {3, 4}), rows(2, {4, 3})), 0.96, 1e-7);
  EXPECT_NEAR(value_of("categorical_crossentropy", kLabels, kScores), 1.176939, 1e-6);
  EXPECT_NEAR(value_of(Metric(Huber{.delta = 2.0}, "robust"), rows(1, {0}), rows(1, {3})), 4.0,
              1e-12);
}

TEST(MetricTest, NamesAreWhatTheUserWrote) {
  const internal::MetricSet set({"acc", "CategoricalAccuracy", TopKCategoricalAccuracy{},
                                 Metric(Precision{}, "p"), "acc", "mse", MeanSquaredError{}},
                                {"f1_score"});
  EXPECT_THAT(set.names(), ElementsAre("acc", "CategoricalAccuracy", "top_k_categorical_accuracy",
                                       "p", "acc_1", "mse", "mean_squared_error", "f1_score"));
}

TEST(MetricTest, SeveralThresholdsAreSeveralValues) {
  internal::MetricSet set({Precision{.thresholds = {0.25, 0.5}}, "recall"},
                          {Metric(Recall{.thresholds = {0.2, 0.9}}, "found")});
  EXPECT_THAT(set.names(),
              ElementsAre("precision_0.25", "precision_0.5", "recall", "found_0.2", "found_0.9"));
  const Tensor labels({4}, std::vector<float>{0, 1, 1, 0});
  const Tensor outputs = rows(1, {0.3F, 0.4F, 0.8F, 0.1F});
  set.begin_batch(labels.shape(), outputs.shape(), 1);
  set.update(0, {outputs.data(), labels.data(), nullptr, 4, 1});
  set.end_batch();
  const Logs logs = set.results();
  EXPECT_NEAR(logs[0].second, 2.0 / 3.0, 1e-12);
  EXPECT_EQ(logs[1].second, 1.0);
  EXPECT_EQ(logs[2].second, 0.5);
  EXPECT_EQ(logs[3].second, 1.0);
  EXPECT_EQ(logs[4].second, 0.0);
  EXPECT_THAT(message_of([] {
                Metric(Recall{.thresholds = {0.5, 1.5}});
              }),
              HasSubstr("thresholds"));
}

TEST(MetricTest, CrossentropyFindsTheOneThatFits) {
  EXPECT_NEAR(value_of("crossentropy", kLabels, kScores), 1.176939, 1e-6);
  EXPECT_NEAR(value_of("ce", Tensor({2}, std::vector<float>{1, 2}), kScores), 1.176939, 1e-6);
}

TEST(MetricTest, RefusalsNameTheMetric) {
  EXPECT_THAT(message_of([] { Metric("acuracy"); }),
              HasSubstr("unknown metric 'acuracy', expected one of acc, accuracy, "));
  EXPECT_THAT(message_of([] { Metric(TopKCategoricalAccuracy{.k = 0}); }), HasSubstr("k must be"));
  EXPECT_THAT(message_of([] { Metric(Precision{.thresholds = 2.0}); }), HasSubstr("thresholds"));
  EXPECT_THAT(message_of([] { Metric(AUC{.curve = "DET"}); }), HasSubstr("ROC or PR, got DET"));
  EXPECT_THAT(message_of([] { Metric(AUC{.num_thresholds = 1}); }), HasSubstr("num_thresholds"));
  EXPECT_THAT(message_of([] { Metric(F1Score{.average = "none"}); }), HasSubstr("average"));
  EXPECT_THAT(message_of([] { value_of("categorical_accuracy", Tensor({2}), kScores); }),
              HasSubstr("metric categorical_accuracy needs labels of shape (2, 3), got (2,)"));
  EXPECT_THAT(message_of([] { value_of("sparse_categorical_accuracy", kLabels, kScores); }),
              HasSubstr("numbers of classes"));
  EXPECT_THAT(message_of([] { value_of(Precision{.class_id = 3}, kLabels, kScores); }),
              HasSubstr("class_id 3, the model has 3 outputs"));
}

TEST(MetricTest, JsonGoesBothWays) {
  EXPECT_EQ(internal::metric_json("acc").dump(), "\"acc\"");
  EXPECT_EQ(internal::metric_json("CategoricalAccuracy").dump(), "\"CategoricalAccuracy\"");
  const Metric metrics[] = {
      "mse",
      "auc",
      TopKCategoricalAccuracy{.k = 3},
      Metric(Precision{.thresholds = 0.25, .class_id = 1}, "p"),
      AUC{.curve = "PR"},
      Recall{.thresholds = {0.25, 0.75}},
      "ce",
      F1Score{.average = "micro", .threshold = 0.25},
      BinaryAccuracy{.threshold = 0.25},
      Metric(Huber{.delta = 2.0}, "robust"),
  };
  for (const Metric& metric : metrics) {
    const auto json = internal::metric_json(metric);
    const Metric read = internal::metric_from_json(nlohmann::json::parse(json.dump()));
    EXPECT_EQ(internal::metric_json(read), json);
    EXPECT_EQ(read.name(), metric.name());
  }
}

TEST(ConfusionMatrixTest, CountsAndShares) {
  ConfusionMatrix matrix(3);
  matrix.add(rows(3, {1, 0, 0, 0, 1, 0, 0, 1, 0}),
             rows(3, {0.9F, 0.1F, 0, 0.6F, 0.4F, 0, 0.1F, 0.8F, 0.1F}));
  matrix.add(Tensor({1}, std::vector<float>{2}), rows(3, {0.5F, 0.5F, 0.0F}));
  EXPECT_THAT(matrix.counts(),
              ElementsAre(ElementsAre(1, 0, 0), ElementsAre(1, 1, 0), ElementsAre(1, 0, 0)));
  EXPECT_EQ(matrix.samples(), 4U);
  EXPECT_EQ(matrix.true_count(0), 1U);
  EXPECT_EQ(matrix.predicted_count(0), 3U);
  EXPECT_EQ(matrix.accuracy(), 0.5);
  EXPECT_NEAR(matrix.precision(0), 1.0 / 3.0, 1e-12);
  EXPECT_EQ(matrix.recall(0), 1.0);
  EXPECT_NEAR(matrix.f1_score(0), 0.5, 1e-12);
  EXPECT_EQ(matrix.precision(2), 0.0);
}

TEST(ConfusionMatrixTest, OneOutputHasAThreshold) {
  ConfusionMatrix matrix(2);
  matrix.add(Tensor({3}, std::vector<float>{0, 1, 1}), rows(1, {0.3F, 0.6F, 0.4F}));
  EXPECT_THAT(matrix.counts(), ElementsAre(ElementsAre(1, 0), ElementsAre(1, 1)));
  EXPECT_THAT(message_of([&] { matrix.add(2, 0); }), HasSubstr("class 2 does not exist"));
  EXPECT_THAT(message_of([&] {
                matrix.add(Tensor({3}), rows(2, {1, 1}));
              }),
              HasSubstr("do not fit"));
}

}  // namespace
}  // namespace folio
