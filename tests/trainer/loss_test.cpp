#include <folio/datasets/error.h>
#include <folio/trainer/loss.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>

#include "loss_function.h"
#include "loss_json.h"
#include "message_of.h"

namespace folio {
namespace {

using internal::ActivationKind;
using internal::LabelledRows;
using internal::LossFunction;
using test::message_of;
using testing::HasSubstr;

const Tensor kTargets({2, 3}, std::vector<float>{0, 1, 0, 0, 0, 1});
const Tensor kOutputs({2, 3}, std::vector<float>{0.05F, 0.95F, 0.0F, 0.1F, 0.8F, 0.1F});

/// The loss of one row.
double loss_of(const Loss& loss, const std::vector<float>& target,
               const std::vector<float>& output) {
  const auto tensor = [](const std::vector<float>& values) {
    return Tensor({1, static_cast<std::int64_t>(values.size())}, values);
  };
  return loss(tensor(target), tensor(output));
}

TEST(LossTest, CategoricalCrossentropyMatchesKeras) {
  EXPECT_NEAR(loss_of("categorical_crossentropy", {0, 1, 0}, {0.05F, 0.95F, 0.0F}), 0.051293, 1e-6);
  EXPECT_NEAR(loss_of("categorical_crossentropy", {0, 0, 1}, {0.1F, 0.8F, 0.1F}), 2.302585, 1e-6);
  EXPECT_NEAR(Loss("categorical_crossentropy")(kTargets, kOutputs), 1.176939, 1e-6);
  EXPECT_NEAR(Loss(CategoricalCrossentropy{.label_smoothing = 0.1})(kTargets, kOutputs), 1.459136,
              1e-6);
  EXPECT_NEAR(Loss(CategoricalCrossentropy{.from_logits = true})(kTargets, kOutputs), 0.986895,
              1e-6);
  Tensor twice = kOutputs;
  for (float& value : twice.values()) value *= 2.0F;
  EXPECT_NEAR(Loss("categorical_crossentropy")(kTargets, twice), 1.176939, 1e-6);
  // Clipping: the most that one sample can cost.
  EXPECT_NEAR(loss_of("categorical_crossentropy", {1, 0}, {0, 1}), 16.118, 1e-3);
}

TEST(LossTest, SparseLabelsSayTheSame) {
  for (const Shape& shape : {Shape{2}, Shape{2, 1}}) {
    const Tensor labels(shape, std::vector<float>{1, 2});
    EXPECT_NEAR(Loss("sparse_categorical_crossentropy")(labels, kOutputs), 1.176939, 1e-6);
    EXPECT_NEAR(Loss(SparseCategoricalCrossentropy{.from_logits = true})(labels, kOutputs),
                0.986895, 1e-6);
  }
}

TEST(LossTest, IgnoredClassIsLeftOutOfTheMean) {
  const Tensor labels({2}, std::vector<float>{-1, 2});
  const Loss loss = SparseCategoricalCrossentropy{.ignore_class = -1};
  EXPECT_NEAR(loss(labels, kOutputs), 2.302585, 1e-6);
  const Loss sum = SparseCategoricalCrossentropy{.ignore_class = -1, .reduction = Reduction::kSum};
  EXPECT_NEAR(sum(labels, kOutputs), 2.302585, 1e-6);
  // Nothing left to divide by.
  EXPECT_EQ(loss(Tensor({2}, std::vector<float>{-1, -1}), kOutputs), 0.0);
}

TEST(LossTest, BinaryCrossentropyMatchesKeras) {
  EXPECT_NEAR(loss_of("binary_crossentropy", {0, 1}, {0.2F, 0.0F}), 8.170619, 1e-5);
  const double from_score = std::log1p(std::exp(-2.0));
  EXPECT_NEAR(loss_of(BinaryCrossentropy{.from_logits = true}, {1}, {2.0F}), from_score, 1e-6);
  EXPECT_NEAR(loss_of(BinaryCrossentropy{.from_logits = true}, {0}, {-2.0F}), from_score, 1e-6);
  // Half of the smoothing goes to either side: y is .95.
  EXPECT_NEAR(loss_of(BinaryCrossentropy{.label_smoothing = 0.1}, {1}, {0.8F}),
              -0.95 * std::log(0.8) - 0.05 * std::log(0.2), 1e-6);
  EXPECT_NEAR(loss_of(BinaryCrossentropy{.from_logits = true}, {0}, {500.0F}), 500.0, 1e-6);
}

TEST(LossTest, FocalLosses) {
  EXPECT_NEAR(loss_of("categorical_focal_crossentropy", {0, 1}, {0.2F, 0.8F}),
              -0.25 * 0.04 * std::log(0.8), 1e-7);
  EXPECT_NEAR(
      loss_of(CategoricalFocalCrossentropy{.alpha = 1.0, .gamma = 0.0}, {0, 1}, {0.2F, 0.8F}),
      -std::log(0.8), 1e-6);
  EXPECT_NEAR(loss_of(BinaryFocalCrossentropy{.gamma = 2.0}, {1, 0}, {0.8F, 0.4F}),
              -0.5 * (0.04 * std::log(0.8) + 0.16 * std::log(0.6)), 1e-6);
  EXPECT_NEAR(loss_of(BinaryFocalCrossentropy{.apply_class_balancing = true}, {1, 0}, {0.8F, 0.4F}),
              -0.5 * (0.25 * 0.04 * std::log(0.8) + 0.75 * 0.16 * std::log(0.6)), 1e-6);
}

TEST(LossTest, ErrorsOfValues) {
  EXPECT_NEAR(loss_of("mse", {1, 2}, {2, 4}), 2.5, 1e-12);
  EXPECT_NEAR(loss_of("mean_squared_error", {1, 2}, {2, 4}), 2.5, 1e-12);
  EXPECT_NEAR(loss_of("mae", {1, 2}, {2, 4}), 1.5, 1e-12);
  EXPECT_NEAR(loss_of("mape", {1, -4}, {2, -3}), 62.5, 1e-12);
  EXPECT_NEAR(loss_of("msle", {1, 3}, {3, 1}), std::log(2.0) * std::log(2.0), 1e-12);
  EXPECT_NEAR(loss_of("huber", {0, 0}, {0.5F, 3}), 0.5 * (0.125 + 2.5), 1e-12);
  EXPECT_NEAR(loss_of(Huber{.delta = 4.0}, {0, 0}, {0.5F, 3}), 0.5 * (0.125 + 4.5), 1e-12);
  EXPECT_NEAR(loss_of("log_cosh", {0, 1}, {0.5F, -1}),
              0.5 * (std::log(std::cosh(0.5)) + std::log(std::cosh(2.0))), 1e-9);
  EXPECT_NEAR(loss_of("log_cosh", {0}, {1000}), 1000 - std::log(2.0), 1e-9);
}

TEST(LossTest, HingeFamilyTakesZeroForMinusOne) {
  EXPECT_NEAR(loss_of("hinge", {0, 1}, {0.5F, 0.25F}), 0.5 * (1.5 + 0.75), 1e-12);
  EXPECT_NEAR(loss_of("hinge", {-1, 1}, {0.5F, 0.25F}), 0.5 * (1.5 + 0.75), 1e-12);
  EXPECT_NEAR(loss_of("squared_hinge", {0, 1}, {0.5F, 2.0F}), 0.5 * 2.25, 1e-12);
  EXPECT_NEAR(loss_of("categorical_hinge", {0, 1, 0}, {0.6F, 0.8F, 0.1F}), 0.8, 1e-6);
  EXPECT_EQ(loss_of("categorical_hinge", {0, 1, 0}, {0.1F, 3.0F, 0.1F}), 0.0);
}

TEST(LossTest, Divergences) {
  EXPECT_NEAR(loss_of("kl_divergence", {0.5F, 0.5F}, {0.25F, 0.75F}),
              0.5 * std::log(2.0) + 0.5 * std::log(2.0 / 3.0), 1e-7);
  EXPECT_NEAR(loss_of("kld", {0, 1}, {0.5F, 0.5F}), std::log(2.0), 1e-5);
  EXPECT_NEAR(loss_of("poisson", {2, 1}, {4, 1}), 0.5 * (4 - 2 * std::log(4.0) + 1), 1e-6);
  EXPECT_NEAR(loss_of("cosine_similarity", {3, 4}, {4, 3}), -0.96, 1e-9);
  EXPECT_EQ(loss_of("cosine_similarity", {3, 4}, {0, 0}), 0.0);
}

TEST(LossTest, WeightsAndReductions) {
  const Tensor weights({2}, std::vector<float>{0.3F, 0.7F});
  const auto reduced = [&](Reduction reduction) {
    return Loss(CategoricalCrossentropy{.reduction = reduction})(kTargets, kOutputs, weights);
  };
  const double sum = 0.3 * 0.0512933 + 0.7 * 2.3025851;
  EXPECT_NEAR(reduced(Reduction::kSumOverBatchSize), 0.813599, 1e-6);
  EXPECT_NEAR(reduced(Reduction::kMean), 0.813599, 1e-6);
  EXPECT_NEAR(reduced(Reduction::kSum), sum, 1e-6);
  EXPECT_NEAR(reduced(Reduction::kMeanWithSampleWeight), sum, 1e-6);
  const Loss mean = CategoricalCrossentropy{.reduction = Reduction::kMeanWithSampleWeight};
  EXPECT_NEAR(mean(kTargets, kOutputs, Tensor({2}, std::vector<float>{0, 4})), 2.302585, 1e-6);
  EXPECT_EQ(mean(kTargets, kOutputs, Tensor({2})), 0.0);
}

TEST(LossTest, RowsOfImagesAreAveraged) {
  // Two samples of two rows each; a weight is that of a sample.
  const Tensor targets({2, 2, 1}, std::vector<float>{0, 0, 0, 0});
  const Tensor outputs({2, 2, 1}, std::vector<float>{1, 2, 3, 4});
  EXPECT_NEAR(Loss("mse")(targets, outputs), 30.0 / 4.0, 1e-12);
  EXPECT_NEAR(Loss("mse")(targets, outputs, Tensor({2}, std::vector<float>{1, 0})), 5.0 / 4.0,
              1e-12);
}

TEST(LossTest, GradientsMatchDifferences) {
  for (const std::string& name : loss_names()) {
    for (const auto final_activation :
         {ActivationKind::kLinear, ActivationKind::kSoftmax, ActivationKind::kSigmoid}) {
      const Shape shape{2, 3};
      const LossFunction loss{internal::resolved(name, shape, shape), final_activation};
      const bool sparse = loss.loss().sparse();
      // Off the corners of every loss.
      const std::vector<float> targets =
          sparse ? std::vector<float>{2, 0} : std::vector<float>{0, 1, 0, 0, 0, 1};
      std::vector<float> outputs{0.3F, 0.55F, 0.21F, 0.12F, 0.7F, 0.4F};
      const std::vector<float> weights{2.0F, 0.5F};
      const auto compute = [&](float* gradient) {
        return loss.compute({outputs.data(), targets.data(), weights.data(), 2, 3}, 0.5, gradient);
      };
      std::vector<float> gradient(6);
      compute(gradient.data());
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        const float value = outputs[i];
        constexpr float kStep = 1e-3F;
        outputs[i] = value + kStep;
        const double above = compute(nullptr);
        const double upper = outputs[i];
        outputs[i] = value - kStep;
        const double below = compute(nullptr);
        const double expected = (above - below) / (upper - outputs[i]);
        outputs[i] = value;
        EXPECT_NEAR(gradient[i], expected, 1e-4 * std::max(1.0, std::abs(expected)))
            << name << " " << i;
      }
    }
  }
}

TEST(LossTest, GradientsOfOptionsMatchDifferences) {
  const Loss losses[] = {
      CategoricalCrossentropy{.label_smoothing = 0.3},
      CategoricalCrossentropy{.from_logits = true, .label_smoothing = 0.3},
      BinaryCrossentropy{.from_logits = true, .label_smoothing = 0.2},
      BinaryFocalCrossentropy{.apply_class_balancing = true, .gamma = 1.5, .from_logits = true},
      CategoricalFocalCrossentropy{.gamma = 3.0, .from_logits = true, .label_smoothing = 0.1},
      Huber{.delta = 0.4}};
  for (const Loss& loss : losses) {
    const LossFunction function(loss, ActivationKind::kLinear);
    const std::vector<float> targets{0, 1, 0};
    std::vector<float> outputs{0.3F, 0.55F, 0.21F};
    std::vector<float> gradient(3);
    const auto compute = [&](float* to) {
      return function.compute({outputs.data(), targets.data(), nullptr, 1, 3}, 1.0, to);
    };
    compute(gradient.data());
    for (std::size_t i = 0; i < 3; ++i) {
      const float value = outputs[i];
      outputs[i] = value + 1e-3F;
      const double above = compute(nullptr);
      const double upper = outputs[i];
      outputs[i] = value - 1e-3F;
      const double expected = (above - compute(nullptr)) / (upper - outputs[i]);
      outputs[i] = value;
      EXPECT_NEAR(gradient[i], expected, 2e-4) << loss.name() << " " << i;
    }
  }
}

TEST(LossTest, ScoresBeforeTheLastActivationGiveWhatProbabilitiesGive) {
  const std::vector<float> scores{0.3F, -1.0F, 2.0F};
  std::vector<float> softmax(3), sigmoid(3);
  double sum = 0.0;
  for (const float x : scores) sum += std::exp(x);
  for (std::size_t k = 0; k < 3; ++k) {
    softmax[k] = static_cast<float>(std::exp(scores[k]) / sum);
    sigmoid[k] = static_cast<float>(1.0 / (1.0 + std::exp(-scores[k])));
  }
  const std::vector<float> target{0, 1, 0};
  const auto before = [&](const Loss& loss, ActivationKind activation) {
    const LossFunction function(loss, activation);
    EXPECT_TRUE(function.before_activation());
    return function.compute({scores.data(), target.data(), nullptr, 1, 3}, 1.0, nullptr);
  };
  EXPECT_NEAR(before(CategoricalCrossentropy{.label_smoothing = 0.1}, ActivationKind::kSoftmax),
              loss_of(CategoricalCrossentropy{.label_smoothing = 0.1}, target, softmax), 1e-6);
  EXPECT_NEAR(before("binary_crossentropy", ActivationKind::kSigmoid),
              loss_of("binary_crossentropy", target, sigmoid), 1e-6);
  EXPECT_FALSE(LossFunction("mse", ActivationKind::kSoftmax).before_activation());
  EXPECT_FALSE(LossFunction("binary_crossentropy", ActivationKind::kSoftmax).before_activation());
}

TEST(LossTest, CrossentropyFindsTheOneThatFits) {
  for (const char* name : {"crossentropy", "ce"}) {
    EXPECT_NEAR(Loss(name)(kTargets, kOutputs), 1.176939, 1e-6);
    EXPECT_NEAR(Loss(name)(Tensor({2}, std::vector<float>{1, 2}), kOutputs), 1.176939, 1e-6);
    EXPECT_NEAR(Loss(name)(Tensor({2, 1}, std::vector<float>{1, 2}), kOutputs), 1.176939, 1e-6);
    EXPECT_NEAR(
        Loss(name)(Tensor({1}, std::vector<float>{1}), Tensor({1, 1}, std::vector<float>{0.8F})),
        -std::log(0.8), 1e-6);
  }
}

TEST(LossTest, UnreducedIsOneLossForEachRow) {
  const Tensor weights({2}, std::vector<float>{2.0F, 0.5F});
  const Loss loss = "categorical_crossentropy";
  const Tensor losses = loss.unreduced(kTargets, kOutputs, weights);
  ASSERT_EQ(losses.shape(), (Shape{2}));
  EXPECT_NEAR(losses[0], 2.0 * 0.051293, 1e-6);
  EXPECT_NEAR(losses[1], 0.5 * 2.302585, 1e-6);
  const Tensor sparse = Loss("sparse_categorical_crossentropy")
                            .unreduced(Tensor({2}, std::vector<float>{1, 2}), kOutputs);
  EXPECT_NEAR(sparse[1], 2.302585, 1e-6);
  // A weight is that of a sample, which has two rows here.
  const Tensor images = Loss("mse").unreduced(
      Tensor({2, 2, 1}), Tensor({2, 2, 1}, std::vector<float>{1, 2, 3, 4}), weights);
  EXPECT_EQ(images.shape(), (Shape{2, 2}));
  EXPECT_FLOAT_EQ(images[1], 8.0F);
  EXPECT_FLOAT_EQ(images[3], 8.0F);
}

/// One row by hand for every loss there is; one that is not in the table fails.
TEST(LossTest, EveryLossHasACaseByHand) {
  struct ByHand {
    std::vector<float> target, output;
    double expected;
  };
  const double e = std::exp(1.0);
  const std::map<std::string, ByHand> cases{
      {"categorical_crossentropy", {{0, 1}, {0.75F, 0.25F}, std::log(4.0)}},
      {"sparse_categorical_crossentropy", {{1}, {0.75F, 0.25F}, std::log(4.0)}},
      {"binary_crossentropy", {{0, 1}, {0.5F, 0.25F}, 1.5 * std::log(2.0)}},
      {"binary_focal_crossentropy", {{1}, {0.5F}, 0.25 * std::log(2.0)}},
      {"categorical_focal_crossentropy", {{0, 1}, {0.5F, 0.5F}, 0.0625 * std::log(2.0)}},
      {"mean_squared_error", {{1, 2}, {2, 5}, 5.0}},
      {"mean_absolute_error", {{1, 2}, {2, 5}, 2.0}},
      {"mean_absolute_percentage_error", {{1, 2}, {2, 5}, 125.0}},
      {"mean_squared_logarithmic_error", {{0}, {static_cast<float>(e - 1.0)}, 1.0}},
      {"huber", {{0, 0}, {0.5F, -2}, 0.5 * (0.125 + 1.5)}},
      {"log_cosh", {{0}, {1}, std::log(std::cosh(1.0))}},
      {"hinge", {{0, 1}, {0.5F, 0.5F}, 1.0}},
      {"squared_hinge", {{0, 1}, {0.5F, 0.5F}, 1.25}},
      {"categorical_hinge", {{1, 0}, {0.5F, 0.25F}, 0.75}},
      {"kl_divergence", {{0.5F, 0.5F}, {0.25F, 0.75F}, 0.5 * std::log(4.0 / 3.0)}},
      {"poisson", {{2}, {1}, 1.0}},
      {"cosine_similarity", {{1, 0}, {3, 4}, -0.6}},
      {"crossentropy", {{0, 1}, {0.75F, 0.25F}, std::log(4.0)}},
  };
  for (const std::string& name : loss_names()) {
    ASSERT_EQ(cases.count(name), 1U) << name << " is a loss and not in this table";
    const ByHand& one = cases.at(name);
    EXPECT_NEAR(loss_of(name, one.target, one.output), one.expected, 2e-6) << name;
  }
}

TEST(LossTest, NamesAndAliases) {
  for (const std::string& name : loss_names()) {
    EXPECT_EQ(Loss(name).name(), name);
    EXPECT_EQ(Loss(Loss(name).class_name()).name(), name);
  }
  EXPECT_EQ(Loss("MSE").name(), "mean_squared_error");
  EXPECT_EQ(Loss("bce").name(), "binary_crossentropy");
  EXPECT_EQ(Loss("kullback_leibler_divergence").name(), "kl_divergence");
}

TEST(LossTest, RefusalsNameWhatIsWrong) {
  EXPECT_THAT(message_of([] { Loss("mean_sqare"); }),
              HasSubstr("unknown loss 'mean_sqare', expected one of categorical_crossentropy, "));
  EXPECT_THAT(message_of([] { Loss(CategoricalCrossentropy{.label_smoothing = 1.5}); }),
              HasSubstr("CategoricalCrossentropy: label_smoothing must be in [0, 1], got 1.5"));
  EXPECT_THAT(message_of([] { Loss(Huber{.delta = 0.0}); }),
              HasSubstr("delta must be greater than 0"));
  EXPECT_THAT(message_of([] { Loss(BinaryFocalCrossentropy{.gamma = -1.0}); }), HasSubstr("gamma"));
  EXPECT_THAT(message_of([] {
                Loss("mse")(Tensor({2}), Tensor({2, 3}));
              }),
              HasSubstr("mean_squared_error expects labels of shape (2, 3), got (2,)"));
  EXPECT_THAT(message_of([] {
                Loss("sparse_categorical_crossentropy")(Tensor({2, 3}), Tensor({2, 3}));
              }),
              HasSubstr("class_mode 'sparse'"));
  const auto with_label = [](float label) {
    return message_of([&] {
      Loss("sparse_categorical_crossentropy")(Tensor({1}, std::vector<float>{label}),
                                              Tensor({1, 3}, std::vector<float>{1, 1, 1}));
    });
  };
  EXPECT_THAT(with_label(3), HasSubstr("is no class of a model of 3 outputs"));
  EXPECT_THAT(with_label(-1), HasSubstr("is no class"));
  EXPECT_THAT(with_label(0.5F), HasSubstr("is no class"));
  EXPECT_THAT(with_label(std::nanf("")), HasSubstr("is no class"));
}

TEST(LossTest, JsonGoesBothWays) {
  EXPECT_EQ(to_json(Loss("mse")), "\"mean_squared_error\"");
  const Loss losses[] = {
      "poisson",
      CategoricalCrossentropy{.from_logits = true},
      SparseCategoricalCrossentropy{.ignore_class = 255},
      BinaryFocalCrossentropy{.apply_class_balancing = true, .gamma = 3.0},
      Huber{.delta = 2.0, .reduction = Reduction::kSum},
  };
  for (const Loss& loss : losses) {
    EXPECT_EQ(to_json(internal::loss_from_json(nlohmann::json::parse(to_json(loss)))),
              to_json(loss));
  }
  const auto read = [](const char* text) {
    return to_json(internal::loss_from_json(nlohmann::json::parse(text)));
  };
  EXPECT_EQ(read(R"({"module": "keras.losses", "class_name": "CategoricalCrossentropy", "config":
                 {"name": "categorical_crossentropy", "reduction": "sum_over_batch_size",
                  "from_logits": false, "label_smoothing": 0.0, "axis": -1}})"),
            "\"categorical_crossentropy\"");
  EXPECT_THAT(message_of([&] { read(R"({"class_name": "Huber", "config": {"delte": 2}})"); }),
              HasSubstr("Huber: argument 'delte'"));
  // Keras 2 writes none, Keras 3 null.
  for (const char* none : {"\"none\"", "null"}) {
    const std::string text =
        R"({"class_name": "Huber", "config": {"reduction": )" + std::string(none) + "}}";
    EXPECT_THAT(message_of([&] { read(text.c_str()); }),
                HasSubstr("reduction 'none' is not supported, as training needs one number"));
  }
  EXPECT_EQ(read("\"ce\""), "\"crossentropy\"");
}

}  // namespace
}  // namespace folio
