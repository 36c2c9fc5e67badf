#include "reference_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <span>
#include <string>
#include <utility>

#include <folio/trainer/sequential.h>

#include "layer_definition.h"

namespace folio::test {
namespace {

void activate(const std::string& kind, ReferenceValue& value) {
  if (kind == "relu") {
    for (double& x : value.values) x = std::max(x, 0.0);
  } else if (kind == "sigmoid") {
    for (double& x : value.values) x = 1.0 / (1.0 + std::exp(-x));
  } else if (kind == "tanh") {
    for (double& x : value.values) x = std::tanh(x);
  } else if (kind == "softmax") {
    const auto channels = static_cast<std::size_t>(value.shape.back());
    for (std::size_t first = 0; first < value.values.size(); first += channels) {
      double sum = 0.0;
      for (std::size_t c = 0; c < channels; ++c) sum += std::exp(value.values[first + c]);
      for (std::size_t c = 0; c < channels; ++c) {
        value.values[first + c] = std::exp(value.values[first + c]) / sum;
      }
    }
  } else {
    EXPECT_EQ(kind, "linear");
  }
}

struct Window {
  int height, width, stride_y, stride_x, dilation_y, dilation_x;
  bool same;
};

int pad_before(int size, int window, int stride, bool same) {
  const int outputs = (size + stride - 1) / stride;
  return same ? std::max(0, (outputs - 1) * stride + window - size) / 2 : 0;
}

/// visit(output y, output x, window y, window x, input y, input x) for cells inside the image.
template <typename Visit>
void slide(const Shape& in, const Shape& out, const Window& w, Visit visit) {
  const int high = (w.height - 1) * w.dilation_y + 1;
  const int wide = (w.width - 1) * w.dilation_x + 1;
  const int top = pad_before(static_cast<int>(in[0]), high, w.stride_y, w.same);
  const int left = pad_before(static_cast<int>(in[1]), wide, w.stride_x, w.same);
  for (int y = 0; y < out[0]; ++y) {
    for (int x = 0; x < out[1]; ++x) {
      for (int i = 0; i < w.height; ++i) {
        for (int j = 0; j < w.width; ++j) {
          const int from_y = y * w.stride_y - top + i * w.dilation_y;
          const int from_x = x * w.stride_x - left + j * w.dilation_x;
          if (from_y < 0 || from_x < 0 || from_y >= in[0] || from_x >= in[1]) continue;
          visit(y, x, i, j, from_y, from_x);
        }
      }
    }
  }
}

std::size_t at(const Shape& shape, std::int64_t y, std::int64_t x, std::int64_t c) {
  return static_cast<std::size_t>((y * shape[1] + x) * shape[2] + c);
}

using Inputs = std::vector<const ReferenceValue*>;
using LayerWeights = std::span<const std::vector<double>>;

void add_bias(const nlohmann::ordered_json& config, LayerWeights weights, ReferenceValue& out) {
  if (!config["use_bias"]) return;
  const std::vector<double>& bias = weights.back();
  for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] += bias[i % bias.size()];
}

void convolve(const nlohmann::ordered_json& config, LayerWeights weights, const ReferenceValue& in,
              ReferenceValue& out) {
  const std::vector<double>& kernel = weights[0];
  const Window window{config["kernel_size"][0],   config["kernel_size"][1],
                      config["strides"][0],       config["strides"][1],
                      config["dilation_rate"][0], config["dilation_rate"][1],
                      config["padding"] == "same"};
  const std::int64_t channels = in.shape[2];
  const std::int64_t filters = out.shape[2];
  slide(in.shape, out.shape, window, [&](int y, int x, int i, int j, int from_y, int from_x) {
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t f = 0; f < filters; ++f) {
        const std::int64_t tap = ((i * window.width + j) * channels + c) * filters + f;
        out.values[at(out.shape, y, x, f)] +=
            kernel[static_cast<std::size_t>(tap)] * in.values[at(in.shape, from_y, from_x, c)];
      }
    }
  });
  add_bias(config, weights, out);
  activate(config["activation"], out);
}

void multiply(const nlohmann::ordered_json& config, LayerWeights weights, const ReferenceValue& in,
              ReferenceValue& out) {
  const std::vector<double>& matrix = weights[0];
  const auto columns = static_cast<std::size_t>(in.shape.back());
  const auto units = static_cast<std::size_t>(out.shape.back());
  for (std::size_t row = 0; row < in.values.size() / columns; ++row) {
    for (std::size_t k = 0; k < columns; ++k) {
      for (std::size_t u = 0; u < units; ++u) {
        out.values[row * units + u] += in.values[row * columns + k] * matrix[k * units + u];
      }
    }
  }
  add_bias(config, weights, out);
  activate(config["activation"], out);
}

void pool(const nlohmann::ordered_json& config, bool max, const ReferenceValue& in,
          ReferenceValue& out) {
  const Window window{config["pool_size"][0],
                      config["pool_size"][1],
                      config["strides"][0],
                      config["strides"][1],
                      1,
                      1,
                      config["padding"] == "same"};
  std::vector<double> cells(out.values.size(), 0.0);
  if (max) std::fill(out.values.begin(), out.values.end(), -INFINITY);
  slide(in.shape, out.shape, window, [&](int y, int x, int, int, int from_y, int from_x) {
    for (std::int64_t c = 0; c < out.shape[2]; ++c) {
      double& to = out.values[at(out.shape, y, x, c)];
      const double from = in.values[at(in.shape, from_y, from_x, c)];
      to = max ? std::max(to, from) : to + from;
      cells[at(out.shape, y, x, c)] += 1.0;
    }
  });
  for (std::size_t i = 0; !max && i < cells.size(); ++i) out.values[i] /= cells[i];
}

void concatenate(const Inputs& inputs, ReferenceValue& out) {
  std::size_t first = 0;
  const auto channels = static_cast<std::size_t>(out.shape.back());
  for (const ReferenceValue* in : inputs) {
    const auto own = static_cast<std::size_t>(in->shape.back());
    for (std::size_t i = 0; i < in->values.size(); ++i) {
      out.values[i / own * channels + first + i % own] = in->values[i];
    }
    first += own;
  }
}

/// One layer for one image.
ReferenceValue apply(const Layer& layer, LayerWeights weights, const Inputs& inputs) {
  const auto config = layer.definition().config();
  std::vector<Shape> shapes;
  for (const ReferenceValue* input : inputs) shapes.push_back(input->shape);
  const Shape shape = layer.output_shape(shapes);
  const ReferenceValue& in = *inputs.front();
  ReferenceValue out{shape, std::vector<double>(element_count(shape), 0.0)};
  const std::string kind = layer.class_name();
  if (kind == "Conv2D") {
    convolve(config, weights, in, out);
  } else if (kind == "Dense") {
    multiply(config, weights, in, out);
  } else if (kind == "MaxPooling2D" || kind == "AveragePooling2D") {
    pool(config, kind == "MaxPooling2D", in, out);
  } else if (kind == "Concatenate") {
    concatenate(inputs, out);
  } else if (kind == "Add") {
    for (const ReferenceValue* one : inputs) {
      for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] += one->values[i];
    }
  } else {
    out.values = in.values;
    if (kind == "Activation") activate(config["activation"], out);
  }
  return out;
}

}  // namespace

ReferenceWeights reference_weights(const Model& model) {
  ReferenceWeights weights;
  for (const Tensor& tensor : model.weights()) {
    weights.emplace_back(tensor.values().begin(), tensor.values().end());
  }
  return weights;
}

std::vector<ReferenceValue> reference_images(const Batch& batch) {
  std::vector<ReferenceValue> images;
  const Shape& shape = batch.x.shape();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto image = batch.x.row(i);
    images.push_back({Shape(shape.begin() + 1, shape.end()), {image.begin(), image.end()}});
  }
  return images;
}

std::vector<ReferenceValue> reference_forward(const Model& model, const ReferenceWeights& weights,
                                              std::vector<ReferenceValue> images,
                                              bool /*training*/) {
  std::vector<std::vector<ReferenceValue>> results;
  std::size_t next = 0;
  for (std::size_t l = 0; l < model.layers().size(); ++l) {
    const Layer& layer = model.layers()[l];
    std::vector<const std::vector<ReferenceValue>*> from;
    for (const int input : model.inbound_layers()[l]) {
      from.push_back(input < 0 ? &images : &results[static_cast<std::size_t>(input)]);
    }
    const std::size_t count = layer.definition().weights(from[0]->front().shape).size();
    const LayerWeights own = LayerWeights(weights).subspan(next, count);
    next += count;
    std::vector<ReferenceValue> outputs;
    for (std::size_t i = 0; i < images.size(); ++i) {
      Inputs inputs;
      for (const auto* values : from) inputs.push_back(&(*values)[i]);
      outputs.push_back(apply(layer, own, inputs));
    }
    results.push_back(std::move(outputs));
  }
  return results.back();
}

double reference_loss(const Model& model, const ReferenceWeights& weights, const Batch& batch) {
  double loss = 0.0;
  const auto outputs = reference_forward(model, weights, reference_images(batch), true);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    double sum = 0.0;
    for (const double value : outputs[i].values) sum += value;
    for (std::size_t k = 0; k < outputs[i].values.size(); ++k) {
      if (batch.y.row(i)[k] != 0.0F) loss -= std::log(outputs[i].values[k] / sum);
    }
  }
  return loss / static_cast<double>(batch.size());
}

ReferenceWeights reference_gradient(const Model& model, ReferenceWeights weights,
                                    const Batch& batch) {
  constexpr double kStep = 1e-6;
  ReferenceWeights gradient = weights;
  for (std::size_t w = 0; w < weights.size(); ++w) {
    for (std::size_t i = 0; i < weights[w].size(); ++i) {
      const double value = weights[w][i];
      weights[w][i] = value + kStep;
      const double above = reference_loss(model, weights, batch);
      weights[w][i] = value - kStep;
      const double below = reference_loss(model, weights, batch);
      weights[w][i] = value;
      gradient[w][i] = (above - below) / (2.0 * kStep);
    }
  }
  return gradient;
}

std::vector<double> reference_training(const Sequential& model, ReferenceWeights weights,
                                       const std::vector<Batch>& batches,
                                       const Optimizer& optimizer) {
  const auto zeros = [&] {
    ReferenceWeights slots = weights;
    for (auto& slot : slots) std::fill(slot.begin(), slot.end(), 0.0);
    return slots;
  };
  ReferenceWeights m = zeros();
  ReferenceWeights v = zeros();
  std::vector<double> losses;
  for (const Batch& batch : batches) {
    losses.push_back(reference_loss(model, weights, batch));
    const ReferenceWeights gradient = reference_gradient(model, weights, batch);
    const auto t = static_cast<double>(losses.size());
    for (std::size_t w = 0; w < weights.size(); ++w) {
      for (std::size_t i = 0; i < weights[w].size(); ++i) {
        const double g = gradient[w][i];
        if (const auto* sgd = std::get_if<SGD>(&optimizer.kind())) {
          m[w][i] = sgd->momentum * m[w][i] - sgd->learning_rate.at(0) * g;
          weights[w][i] += m[w][i];
        } else {
          const auto& adam = std::get<Adam>(optimizer.kind());
          m[w][i] = adam.beta_1 * m[w][i] + (1.0 - adam.beta_1) * g;
          v[w][i] = adam.beta_2 * v[w][i] + (1.0 - adam.beta_2) * g * g;
          const double rate = adam.learning_rate.at(0) * std::sqrt(1.0 - std::pow(adam.beta_2, t)) /
                              (1.0 - std::pow(adam.beta_1, t));
          weights[w][i] -= rate * m[w][i] / (std::sqrt(v[w][i]) + adam.epsilon);
        }
      }
    }
  }
  return losses;
}

Batch random_batch(const Shape& image_shape, std::size_t count, std::size_t classes,
                   unsigned seed) {
  std::mt19937 random(seed);
  Batch batch;
  Shape shape = image_shape;
  shape.insert(shape.begin(), static_cast<std::int64_t>(count));
  batch.x = Tensor(shape);
  for (float& value : batch.x.values()) {
    value = static_cast<float>(random()) / 2147483648.0F - 1.0F;
  }
  batch.y = Tensor({static_cast<std::int64_t>(count), static_cast<std::int64_t>(classes)});
  for (std::size_t i = 0; i < count; ++i) batch.y.row(i)[random() % classes] = 1.0F;
  batch.indices.resize(count);
  return batch;
}

void randomize_weights(Model& model, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Tensor> weights = model.weights();
  for (Tensor& tensor : weights) {
    for (float& value : tensor.values()) {
      value = static_cast<float>(random()) / 4294967296.0F - 0.5F;
    }
  }
  model.set_weights(weights);
}

void expect_gradients_match(std::vector<Layer> layers, const Shape& image_shape,
                            std::size_t batch_size, double tolerance) {
  expect_gradients_match(Sequential(std::move(layers)), image_shape, batch_size, tolerance);
}

void expect_gradients_match(Model model, const Shape& image_shape, std::size_t batch_size,
                            double tolerance) {
  model.set_seed(1);
  model.compile({.optimizer = SGD{.learning_rate = 1.0}, .loss = "categorical_crossentropy"});
  model.build(image_shape);
  randomize_weights(model, 2);
  const std::size_t classes = element_count(model.output_shape());
  const Batch batch = random_batch(image_shape, batch_size, classes, 3);
  const ReferenceWeights before = reference_weights(model);
  const ReferenceWeights expected = reference_gradient(model, before, batch);

  const Tensor outputs = model.predict(batch.x);
  const auto references = reference_forward(model, before, reference_images(batch), false);
  for (std::size_t i = 0; i < batch_size; ++i) {
    for (std::size_t k = 0; k < classes; ++k) {
      ASSERT_NEAR(outputs.row(i)[k], references[i].values[k], tolerance)
          << "output " << k << " of image " << i;
    }
  }

  const double loss = model.train_on_batch(batch);
  EXPECT_NEAR(loss, reference_loss(model, before, batch), tolerance);
  const ReferenceWeights after = reference_weights(model);
  const auto named = model.named_weights();
  for (std::size_t w = 0; w < before.size(); ++w) {
    for (std::size_t i = 0; i < before[w].size(); ++i) {
      ASSERT_NEAR(before[w][i] - after[w][i], expected[w][i], tolerance)
          << named[w].layer << "/" << named[w].name << " value " << i;
    }
  }
}

}  // namespace folio::test
