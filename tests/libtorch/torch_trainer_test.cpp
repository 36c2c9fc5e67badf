#include <folio/libtorch/torch_trainer.h>

#include <folio/pipeline/image_data_generator.h>
#include <folio/pipeline/threads.h>
#include <folio/trainer/backup_and_restore.h>
#include <folio/trainer/early_stopping.h>
#include <folio/trainer/fit.h>
#include <folio/trainer/lambda_callback.h>
#include <folio/trainer/model_checkpoint.h>
#include <folio/trainer/sequential.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <numeric>
#include <random>

#include "message_of.h"
#include "temporary_directory.h"

namespace folio {
namespace {

namespace nn = torch::nn;
using test::message_of;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// `count` images of noise; the class is that of the brightest third of the rows.
Batch noise(std::int64_t count, const Shape& image, unsigned seed) {
  Batch batch;
  batch.x = Tensor({count, image[0], image[1], image[2]});
  batch.y = Tensor({count, 3});
  std::mt19937 random(seed);
  for (float& value : batch.x.values()) value = static_cast<float>(random() % 256) / 255.0F;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const std::size_t label = random() % 3;
    batch.y.row(i)[label] = 1.0F;
    const std::size_t third = batch.x.row(i).size() / 3;
    for (std::size_t k = 0; k < third; ++k) batch.x.row(i)[label * third + k] += 1.0F;
  }
  batch.indices.resize(static_cast<std::size_t>(count));
  return batch;
}

std::vector<float> flat(const std::vector<Tensor>& tensors) {
  std::vector<float> all;
  for (const Tensor& one : tensors) {
    all.insert(all.end(), one.values().begin(), one.values().end());
  }
  return all;
}

/// What is random in it (dropout) and what is no parameter (moving statistics) at once.
nn::Sequential network() {
  torch::manual_seed(7);
  return nn::Sequential(nn::Conv2d(3, 4, 3), nn::BatchNorm2d(4), nn::ReLU(), nn::Dropout(0.3),
                        nn::Flatten(), nn::Linear(4 * 4 * 4, 3));
}

std::unique_ptr<TorchTrainer> adam(std::uint64_t seed = 3) {
  const nn::Sequential net = network();
  return std::make_unique<TorchTrainer>(
      net, std::make_unique<torch::optim::Adam>(net->parameters(), 0.01),
      TorchTrainerOptions{.metrics = {{"accuracy", torch_accuracy}}, .seed = seed});
}

struct RecorderImpl : nn::Module {
  torch::Tensor forward(const torch::Tensor& x) {
    seen = x.clone();
    return x;
  }
  torch::Tensor seen;
};
TORCH_MODULE(Recorder);

TEST(TorchTrainerTest, ImagesComeChannelsFirstAndGoBackAsTheyCame) {
  Tensor x({2, 2, 3, 2});
  std::iota(x.values().begin(), x.values().end(), 0.0F);
  const auto parameter = torch::zeros({1}, torch::requires_grad());
  const auto optimizer = [&] {
    return std::make_unique<torch::optim::SGD>(std::vector<torch::Tensor>{parameter}, 0.1);
  };
  Recorder recorder;
  TorchTrainer trainer(recorder, optimizer());
  const Tensor back = trainer.predict_on_batch(x);
  EXPECT_EQ(recorder->seen.sizes(), (torch::IntArrayRef{2, 2, 2, 3}));
  EXPECT_TRUE(recorder->seen.is_contiguous());
  for (int channel = 0; channel < 2; ++channel) {
    // Of image 1, row 1, column 2.
    EXPECT_EQ((recorder->seen[1][channel][1][2].item<float>()),
              x[((1 * 2 + 1) * 3 + 2) * 2 + channel]);
  }
  EXPECT_EQ(back.shape(), x.shape());
  EXPECT_TRUE(std::equal(back.values().begin(), back.values().end(), x.values().begin()));

  TorchTrainer first(recorder, optimizer(), {.data_format = DataFormat::kChannelsFirst});
  first.predict_on_batch(x);
  EXPECT_EQ(recorder->seen.sizes(), (torch::IntArrayRef{2, 2, 3, 2}));
}

TEST(TorchTrainerTest, OneStepIsWhatAPenSays) {
  // y = w x with w = 2; losses (w x - y)^2 are 1 and 9, weighted 1 and 2.
  nn::Linear line(nn::LinearOptions(1, 1).bias(false));
  {
    const torch::NoGradGuard no_gradient;
    line->weight.fill_(2.0);
  }
  TorchTrainer trainer(
      line, std::make_unique<torch::optim::SGD>(line->parameters(), 0.1),
      {.loss = [](const torch::Tensor& outputs,
                  const torch::Tensor& labels) { return (outputs - labels).square().squeeze(1); },
       .metrics = {{"distance", [](const torch::Tensor& outputs, const torch::Tensor& labels) {
                      return (outputs - labels).abs().squeeze(1);
                    }}}});
  Batch batch;
  batch.x = Tensor({2, 1}, std::vector<float>{1.0F, 3.0F});
  batch.y = Tensor({2, 1}, std::vector<float>{1.0F, 3.0F});
  batch.sample_weight = Tensor({2}, std::vector<float>{1.0F, 2.0F});
  batch.indices.resize(2);
  EXPECT_FLOAT_EQ(static_cast<float>(trainer.test_on_batch(batch)), (1.0F + 2.0F * 9.0F) / 2.0F);
  trainer.reset_metrics();
  EXPECT_FLOAT_EQ(static_cast<float>(trainer.train_on_batch(batch)), 9.5F);
  // dL/dw = (1 * 2 * 1 * 1 + 2 * 2 * 3 * 3) / 2 = 19
  EXPECT_NEAR(trainer.weights().at(0)[0], 0.1, 1e-6);
  EXPECT_THAT(trainer.metrics(),
              ElementsAre(testing::Pair("loss", 9.5), testing::Pair("distance", 2.0)));
}

TEST(TorchTrainerTest, SameSeedSameBits) {
  const auto trained = [](std::uint64_t seed) {
    const auto trainer = adam(seed);
    torch::manual_seed(seed + 100);  // Must not matter.
    const Batch data = noise(20, {6, 6, 3}, 1);
    BatchStream stream = ImageDataGenerator({.rotation_range = 20})
                             .flow(data.x, data.y, {.batch_size = 8, .seed = 2});
    fit(*trainer, stream, {.epochs = 3});
    return flat(trainer->weights());
  };
  set_threads(1);
  const std::vector<float> expected = trained(3);
  EXPECT_NE(trained(4), expected);  // Dropout draws something else.
  set_threads(2);
  EXPECT_EQ(trained(3), expected);
  set_threads(0);
}

TEST(TorchTrainerTest, LeavesTheGlobalGeneratorAndThreadsAsTheyWere) {
  const auto trainer = adam();
  torch::manual_seed(5);
  const float expected = torch::rand({1}).item<float>();
  const int threads = torch::get_num_threads();
  torch::manual_seed(5);
  trainer->train_on_batch(noise(4, {6, 6, 3}, 1));
  EXPECT_EQ(torch::rand({1}).item<float>(), expected);
  EXPECT_EQ(torch::get_num_threads(), threads);
}

TEST(TorchTrainerTest, ARunThatWasKilledGoesOnToTheSameBits) {
  struct Killed {};
  const auto run = [](const std::string& directory, std::size_t batches) {
    const auto trainer = adam();
    BatchStream stream = ImageDataGenerator({.rotation_range = 20})
                             .flow(noise(20, {6, 6, 3}, 1).x, noise(20, {6, 6, 3}, 1).y,
                                   {.batch_size = 8, .seed = 2});
    std::size_t seen = 0;
    fit(*trainer, stream,
        {.epochs = 3,
         .callbacks = {BackupAndRestore(directory, {.save_freq = 1, .delete_checkpoint = false}),
                       LambdaCallback({.on_train_batch_begin = [&](auto&, auto) {
                         if (seen++ == batches) throw Killed{};
                       }})}});
    return flat(trainer->weights());
  };
  const test::TemporaryDirectory whole;
  const std::vector<float> expected = run(whole.path(), 100);
  for (const std::size_t batches : {1U, 4U}) {
    const test::TemporaryDirectory broken;
    EXPECT_THROW(run(broken.path(), batches), Killed);
    EXPECT_EQ(run(broken.path(), 100), expected) << "killed after " << batches;
  }
}

TEST(TorchTrainerTest, CallbacksKeepAndRestoreTheBest) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path("best.pt");
  const nn::Sequential net = network();
  // Far too large a step: it gets worse at once.
  TorchTrainer trainer(net, std::make_unique<torch::optim::SGD>(net->parameters(), 0.05),
                       {.metrics = {{"accuracy", torch_accuracy}}});
  const Batch data = noise(24, {6, 6, 3}, 1);
  const auto checkpoint = std::make_shared<ModelCheckpoint>(
      path, ModelCheckpointOptions{.monitor = "val_loss", .save_best_only = true});
  std::vector<double> losses;
  fit(trainer, Arrays{.x = data.x, .y = data.y, .batch_size = 8},
      {.epochs = 12,
       .callbacks = {checkpoint,
                     EarlyStopping(
                         {.monitor = "val_loss", .patience = 2, .restore_best_weights = true}),
                     LambdaCallback({.on_epoch_end =
                                         [&](TrainingContext& context, std::size_t epoch, Logs&) {
                                           if (epoch == 3) {
                                             context.trainer->set_learning_rate(1e3);
                                           }
                                         }})},
       .validation_data = Arrays{.x = data.x, .y = data.y, .batch_size = 24}});
  const double restored = trainer.test_on_batch(data);
  EXPECT_NEAR(restored, *checkpoint->best(), 1e-5);
  EXPECT_LT(restored, 1.0);
  const nn::Sequential loaded = network();
  torch::load(const_cast<nn::Sequential&>(loaded), path);
  TorchTrainer other(loaded, std::make_unique<torch::optim::SGD>(loaded->parameters(), 0.1));
  EXPECT_EQ(flat(other.weights()), flat(trainer.weights()));
}

TEST(TorchTrainerTest, FollowsFoliosOwnTrainer) {
  // The same network with the same weights on the same batches: two implementations, one training.
  Sequential model({Conv2D(5, 3, {.activation = "relu"}), MaxPooling2D(), Flatten(), Dense(3)});
  model.set_seed(1);
  model.compile({.optimizer = SGD{.learning_rate = 0.002, .momentum = 0.9},
                 .loss = CategoricalCrossentropy{.from_logits = true}});
  model.build({9, 8, 2});
  nn::Sequential net(nn::Conv2d(2, 5, 3), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(),
                     nn::Linear(5 * 3 * 3, 3));
  {
    const torch::NoGradGuard no_gradient;
    const std::vector<Tensor> from = model.weights();
    const std::vector<torch::Tensor> to = net->parameters();
    const auto view = [](const Tensor& values) {
      return torch::from_blob(const_cast<float*>(values.data()),
                              torch::IntArrayRef(values.shape()));
    };
    to[0].copy_(view(from[0]).permute({3, 2, 0, 1}));
    to[1].copy_(view(from[1]));
    // Keras flattens height, width, channel; LibTorch channel, height, width.
    to[2].copy_(view(from[2]).view({3, 3, 5, 3}).permute({3, 2, 0, 1}).reshape({3, 45}));
    to[3].copy_(view(from[3]));
  }
  TorchTrainer trainer(net, std::make_unique<torch::optim::SGD>(
                                net->parameters(), torch::optim::SGDOptions(0.002).momentum(0.9)));
  double first = 0.0;
  double last = 0.0;
  for (unsigned step = 0; step < 50; ++step) {
    const Batch batch = noise(10, {9, 8, 2}, step % 5);
    last = trainer.train_on_batch(batch);
    if (step == 0) first = last;
    ASSERT_NEAR(model.train_on_batch(batch), last, 1e-4 * last) << "step " << step;
  }
  EXPECT_LT(last, 0.9 * first);
}

TEST(TorchTrainerTest, WhatDoesNotFitIsAnErrorWithItsReason) {
  const auto trainer = adam();
  EXPECT_THAT(message_of([&] {
                trainer->prepare({6, 6, 3}, 10, 8);
              }),
              AllOf(HasSubstr("3 outputs"), HasSubstr("10 classes")));
  EXPECT_THAT(message_of([&] {
                trainer->prepare({6, 6, 1}, 3, 8);
              }),
              AllOf(HasSubstr("channels"), HasSubstr("(6, 6, 1)")));
  Batch unlabelled = noise(2, {6, 6, 3}, 1);
  unlabelled.y = Tensor();
  EXPECT_THAT(message_of([&] { trainer->train_on_batch(unlabelled); }), HasSubstr("no labels"));
  EXPECT_THAT(message_of([&] { trainer->set_weights({}); }), HasSubstr("got 0"));
  std::vector<Tensor> weights = trainer->weights();
  weights[0] = Tensor({1});
  EXPECT_THAT(message_of([&] { trainer->set_weights(weights); }),
              AllOf(HasSubstr("0.weight"), HasSubstr("(4, 3, 3, 3)"), HasSubstr("(1,)")));
  State state = trainer->state();
  state.tensors.erase("weight/0.weight");
  EXPECT_THAT(message_of([&] { trainer->set_state(state); }), HasSubstr("weight/0.weight"));
  EXPECT_THAT(message_of([&] { trainer->save("network.h5"); }), HasSubstr(".pt"));

  const nn::Sequential net = network();
  const auto with = [&](TorchTrainerOptions options) {
    return TorchTrainer(net, std::make_unique<torch::optim::SGD>(net->parameters(), 0.1),
                        std::move(options));
  };
  EXPECT_THAT(message_of([&] { with({.threads = 0}); }), HasSubstr("threads"));
  EXPECT_THAT(message_of([&] {
                with({.loss = [](const torch::Tensor& outputs, const torch::Tensor&) {
                  return outputs.mean();
                }}).train_on_batch(noise(2, {6, 6, 3}, 1));
              }),
              AllOf(HasSubstr("every sample"), HasSubstr("kNone")));
  nn::Linear doubles(2, 2);
  doubles->to(torch::kFloat64);
  EXPECT_THAT(message_of([&] {
                TorchTrainer(doubles,
                             std::make_unique<torch::optim::SGD>(doubles->parameters(), 0.1));
              }),
              AllOf(HasSubstr("'weight'"), HasSubstr("float32")));
}

}  // namespace
}  // namespace folio
