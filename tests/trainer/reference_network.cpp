#include "reference_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
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

double activated(const std::string& kind, double x) {
  const double softplus = std::log1p(std::exp(x));
  if (kind == "relu6") return std::clamp(x, 0.0, 6.0);
  if (kind == "leaky_relu") return x < 0.0 ? 0.2 * x : x;
  if (kind == "elu") return x < 0.0 ? std::expm1(x) : x;
  if (kind == "selu") {
    return 1.0507009873554805 * (x < 0.0 ? 1.6732632423543772 * std::expm1(x) : x);
  }
  if (kind == "gelu") return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0)));
  if (kind == "silu" || kind == "swish") return x / (1.0 + std::exp(-x));
  if (kind == "hard_sigmoid") return std::clamp(x / 6.0 + 0.5, 0.0, 1.0);
  if (kind == "hard_sigmoid_keras2") return std::clamp(0.2 * x + 0.5, 0.0, 1.0);
  if (kind == "softplus") return softplus;
  if (kind == "softsign") return x / (1.0 + std::abs(x));
  if (kind == "exponential") return std::exp(x);
  if (kind == "mish") return x * std::tanh(softplus);
  EXPECT_EQ(kind, "linear");
  return x;
}

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
    for (double& x : value.values) x = activated(kind, x);
  }
}

/// Over depth, height and width.
struct Window {
  std::array<int, 3> size, stride, dilation;
  std::string padding;
};

int pad_before(int size, int window, int stride, const std::string& padding) {
  if (padding == "causal") return window - 1;
  const int outputs = (size + stride - 1) / stride;
  return padding == "same" ? std::max(0, (outputs - 1) * stride + window - size) / 2 : 0;
}

/// visit(place, its number) for all places within the first three of these extents.
template <typename Extents, typename Visit>
void for_each_place(const Extents& extents, Visit visit) {
  std::size_t number = 0;
  for (int z = 0; z < extents[0]; ++z) {
    for (int y = 0; y < extents[1]; ++y) {
      for (int x = 0; x < extents[2]; ++x) visit(std::array<int, 3>{z, y, x}, number++);
    }
  }
}

/// visit(number of the output's cell, of the window's, of the input's) for cells inside; both
/// shapes are D x H x W x C.
template <typename Visit>
void slide(const Shape& in, const Shape& out, const Window& w, Visit visit) {
  for_each_place(out, [&](const std::array<int, 3>& place, std::size_t cell) {
    for_each_place(w.size, [&](const std::array<int, 3>& tap, std::size_t tap_number) {
      std::int64_t from = 0;
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const int reach = (w.size[axis] - 1) * w.dilation[axis] + 1;
        const int before = pad_before(static_cast<int>(in[axis]), reach, w.stride[axis], w.padding);
        const int at = place[axis] * w.stride[axis] - before + tap[axis] * w.dilation[axis];
        if (at < 0 || at >= in[axis]) return;
        from = from * in[axis] + at;
      }
      visit(cell, tap_number, static_cast<std::size_t>(from));
    });
  });
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

/// With the filters of each group following each other on the kernel's last axis.
void convolve(const Window& window, std::size_t groups, const std::vector<double>& kernel,
              const ReferenceValue& in, ReferenceValue& out) {
  const auto all_channels = static_cast<std::size_t>(in.shape.back());
  const auto filters = static_cast<std::size_t>(out.shape.back());
  const std::size_t channels = all_channels / groups;
  slide(in.shape, out.shape, window, [&](std::size_t cell, std::size_t tap, std::size_t from) {
    for (std::size_t f = 0; f < filters; ++f) {
      const std::size_t first = f / (filters / groups) * channels;
      for (std::size_t c = 0; c < channels; ++c) {
        // A depthwise kernel, kh x kw x C x multiplier, has the same order in memory.
        out.values[cell * filters + f] +=
            kernel[(tap * channels + c) * filters + f] * in.values[from * all_channels + first + c];
      }
    }
  });
}

/// Missing axes are those in front.
Window window_of(const nlohmann::ordered_json& config, const char* size) {
  const auto read = [&](const char* key) {
    std::array<int, 3> extents{1, 1, 1};
    if (!config.contains(key)) return extents;
    const auto own = config[key].get<std::vector<int>>();
    std::copy(own.begin(), own.end(), extents.end() - static_cast<std::ptrdiff_t>(own.size()));
    return extents;
  };
  return {read(size), read("strides"), read("dilation_rate"), config["padding"]};
}

/// Steps and images as volumes of one slice.
ReferenceValue as_volume(ReferenceValue value) {
  value.shape.insert(value.shape.begin(), 4 - value.shape.size(), 1);
  return value;
}

void convolution_layer(const nlohmann::ordered_json& config, LayerWeights weights,
                       const ReferenceValue& in, ReferenceValue& out, std::size_t groups) {
  ReferenceValue volume = as_volume(out);
  convolve(window_of(config, "kernel_size"), groups, weights[0], as_volume(in), volume);
  out.values = std::move(volume.values);
  add_bias(config, weights, out);
  activate(config["activation"], out);
}

void separable_layer(const nlohmann::ordered_json& config, LayerWeights weights,
                     const ReferenceValue& in, ReferenceValue& out) {
  const auto channels = in.shape[2] * config["depth_multiplier"].get<std::int64_t>();
  ReferenceValue middle{{1, out.shape[0], out.shape[1], channels}, {}};
  middle.values.assign(element_count(middle.shape), 0.0);
  convolve(window_of(config, "kernel_size"), static_cast<std::size_t>(in.shape[2]), weights[0],
           as_volume(in), middle);
  ReferenceValue volume = as_volume(out);
  convolve({{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, "valid"}, 1, weights[1], middle, volume);
  out.values = std::move(volume.values);
  add_bias(config, weights, out);
  activate(config["activation"], out);
}

void global_pool(bool max, const ReferenceValue& in, ReferenceValue& out) {
  const std::size_t channels = out.values.size();
  const double cells = static_cast<double>(in.values.size() / channels);
  for (std::size_t c = 0; c < channels; ++c) {
    double result = max ? -INFINITY : 0.0;
    for (std::size_t i = c; i < in.values.size(); i += channels) {
      result = max ? std::max(result, in.values[i]) : result + in.values[i] / cells;
    }
    out.values[c] = result;
  }
}

/// y = gamma (x - mean) / deviation + beta, for the value `i` of channel `c`.
double normalize(const nlohmann::ordered_json& config, LayerWeights weights, std::size_t c,
                 double x, double mean, double variance) {
  std::size_t next = 0;
  double y = (x - mean) / std::sqrt(variance + config["epsilon"].get<double>());
  if (config["scale"]) y *= weights[next++][c];
  if (config["center"]) y += weights[next][c];
  return y;
}

void normalize_cells(const nlohmann::ordered_json& config, LayerWeights weights,
                     const ReferenceValue& in, ReferenceValue& out) {
  const auto channels = static_cast<std::size_t>(in.shape.back());
  for (std::size_t first = 0; first < in.values.size(); first += channels) {
    double mean = 0.0;
    double variance = 0.0;
    for (std::size_t c = 0; c < channels; ++c) mean += in.values[first + c];
    mean /= static_cast<double>(channels);
    for (std::size_t c = 0; c < channels; ++c) variance += std::pow(in.values[first + c] - mean, 2);
    variance /= static_cast<double>(channels);
    for (std::size_t c = 0; c < channels; ++c) {
      out.values[first + c] = normalize(config, weights, c, in.values[first + c], mean, variance);
    }
  }
}

/// Over all images of a batch in training, by moving mean and variance otherwise.
std::vector<ReferenceValue> normalize_batch(const Layer& layer, LayerWeights weights,
                                            std::vector<ReferenceValue> values, bool training) {
  const auto config = layer.definition().config();
  const auto channels = static_cast<std::size_t>(values.front().shape.back());
  for (std::size_t c = 0; c < channels; ++c) {
    double mean = weights[weights.size() - 2][c];
    double variance = weights[weights.size() - 1][c];
    const auto visit = [&](auto use) {
      for (ReferenceValue& value : values) {
        for (std::size_t i = c; i < value.values.size(); i += channels) use(value.values[i]);
      }
    };
    if (training) {
      double count = 0.0;
      mean = variance = 0.0;
      visit([&](double x) { mean += x, count += 1.0; });
      mean /= count;
      visit([&](double x) { variance += (x - mean) * (x - mean) / count; });
    }
    visit([&](double& x) { x = normalize(config, weights, c, x, mean, variance); });
  }
  return values;
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
  const auto channels = static_cast<std::size_t>(out.shape.back());
  std::vector<double> cells(out.values.size(), 0.0);
  if (max) std::fill(out.values.begin(), out.values.end(), -INFINITY);
  slide(as_volume(in).shape, as_volume(out).shape, window_of(config, "pool_size"),
        [&](std::size_t cell, std::size_t, std::size_t from) {
          for (std::size_t c = 0; c < channels; ++c) {
            double& to = out.values[cell * channels + c];
            const double value = in.values[from * channels + c];
            to = max ? std::max(to, value) : to + value;
            cells[cell * channels + c] += 1.0;
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

void prelu(const std::vector<double>& alpha, const Shape& shared, const ReferenceValue& in,
           ReferenceValue& out) {
  for (std::size_t i = 0; i < in.values.size(); ++i) {
    std::size_t rest = i;
    std::size_t at = 0;
    std::size_t step = 1;
    for (std::size_t axis = shared.size(); axis-- > 0;) {
      const auto extent = static_cast<std::size_t>(in.shape[axis]);
      if (shared[axis] != 1) at += rest % extent * step;
      step *= static_cast<std::size_t>(shared[axis]);
      rest /= extent;
    }
    out.values[i] = in.values[i] > 0.0 ? in.values[i] : alpha[at] * in.values[i];
  }
}

/// Each output takes from the four cells whose centres are around its own.
void interpolate(const nlohmann::ordered_json& factors, const ReferenceValue& in,
                 ReferenceValue& out) {
  const auto place = [&](std::int64_t output, std::size_t axis) {
    const double centre = (static_cast<double>(output) + 0.5) / factors[axis].get<double>() - 0.5;
    return std::clamp(centre, 0.0, static_cast<double>(in.shape[axis] - 1));
  };
  for (std::int64_t y = 0; y < out.shape[0]; ++y) {
    for (std::int64_t x = 0; x < out.shape[1]; ++x) {
      for (std::int64_t from_y = 0; from_y < in.shape[0]; ++from_y) {
        for (std::int64_t from_x = 0; from_x < in.shape[1]; ++from_x) {
          const double share =
              std::max(0.0, 1.0 - std::abs(place(y, 0) - static_cast<double>(from_y))) *
              std::max(0.0, 1.0 - std::abs(place(x, 1) - static_cast<double>(from_x)));
          for (std::int64_t c = 0; c < out.shape[2]; ++c) {
            out.values[at(out.shape, y, x, c)] +=
                share * in.values[at(in.shape, from_y, from_x, c)];
          }
        }
      }
    }
  }
}

/// l1 |x| + l2 x^2 over all values.
double penalty(double l1, double l2, const std::vector<double>& values) {
  double sum = 0.0;
  for (const double x : values) sum += l1 * std::abs(x) + l2 * x * x;
  return sum;
}

/// What a layer's output adds to the loss of its image.
double activity(const Layer& layer, const ReferenceValue& output) {
  const auto config = layer.definition().config();
  if (layer.class_name() == "ActivityRegularization") {
    return penalty(config["l1"], config["l2"], output.values);
  }
  if (!config.contains("activity_regularizer") || config["activity_regularizer"].is_null()) {
    return 0.0;
  }
  const auto& factors = config["activity_regularizer"]["config"];
  return penalty(factors.value("l1", 0.0), factors.value("l2", 0.0), output.values);
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
  if (kind == "Conv1D" || kind == "Conv2D" || kind == "Conv3D") {
    convolution_layer(config, weights, in, out, config["groups"].get<std::size_t>());
  } else if (kind == "DepthwiseConv2D") {
    convolution_layer(config, weights, in, out, static_cast<std::size_t>(in.shape[2]));
  } else if (kind == "SeparableConv2D") {
    separable_layer(config, weights, in, out);
  } else if (kind == "Dense") {
    multiply(config, weights, in, out);
  } else if (kind.starts_with("Global")) {
    global_pool(kind.starts_with("GlobalMax"), in, out);
  } else if (kind.starts_with("MaxPooling") || kind.starts_with("AveragePooling")) {
    pool(config, kind.starts_with("Max"), in, out);
  } else if (kind == "LayerNormalization") {
    normalize_cells(config, weights, in, out);
  } else if (kind == "ZeroPadding2D") {
    const std::int64_t top = config["padding"][0][0];
    const std::int64_t left = config["padding"][1][0];
    for (std::size_t i = 0; i < in.values.size(); ++i) {
      const auto cell = static_cast<std::int64_t>(i) / in.shape[2];
      out.values[at(shape, cell / in.shape[1] + top, cell % in.shape[1] + left,
                    static_cast<std::int64_t>(i) % in.shape[2])] = in.values[i];
    }
  } else if (kind == "Cropping2D") {
    const std::int64_t top = config["cropping"][0][0];
    const std::int64_t left = config["cropping"][1][0];
    for (std::size_t i = 0; i < out.values.size(); ++i) {
      const auto cell = static_cast<std::int64_t>(i) / shape[2];
      out.values[i] = in.values[at(in.shape, cell / shape[1] + top, cell % shape[1] + left,
                                   static_cast<std::int64_t>(i) % shape[2])];
    }
  } else if (kind == "RepeatVector") {
    for (std::size_t i = 0; i < out.values.size(); ++i) {
      out.values[i] = in.values[i % in.values.size()];
    }
  } else if (kind == "PReLU") {
    prelu(weights[0], layer.definition().weights(in.shape)[0].shape, in, out);
  } else if (kind == "UpSampling2D" && config["interpolation"] == "bilinear") {
    interpolate(config["size"], in, out);
  } else if (kind == "UpSampling2D") {
    for (std::size_t i = 0; i < out.values.size(); ++i) {
      const auto cell = static_cast<std::int64_t>(i) / shape[2];
      out.values[i] = in.values[at(in.shape, cell / shape[1] / config["size"][0].get<int>(),
                                   cell % shape[1] / config["size"][1].get<int>(),
                                   static_cast<std::int64_t>(i) % shape[2])];
    }
  } else if (kind == "Rescaling") {
    for (std::size_t i = 0; i < out.values.size(); ++i) {
      out.values[i] = in.values[i] * config["scale"].get<double>() + config["offset"].get<double>();
    }
  } else if (kind == "ReLU") {
    const double threshold = config["threshold"];
    const double most =
        config["max_value"].is_null() ? INFINITY : config["max_value"].get<double>();
    for (std::size_t i = 0; i < out.values.size(); ++i) {
      const double x = in.values[i];
      out.values[i] = x >= most        ? most
                      : x >= threshold ? x
                                       : config["negative_slope"].get<double>() * (x - threshold);
    }
  } else if (kind == "LeakyReLU" || kind == "ELU") {
    const double alpha = config["alpha"];
    for (std::size_t i = 0; i < out.values.size(); ++i) {
      const double x = in.values[i];
      out.values[i] = x >= 0.0 ? x : alpha * (kind == "ELU" ? std::expm1(x) : x);
    }
  } else if (kind == "Softmax") {
    out.values = in.values;
    activate("softmax", out);
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
                                              std::vector<ReferenceValue> images, bool training,
                                              double* added_loss) {
  std::vector<std::vector<ReferenceValue>> results;
  std::size_t next = 0;
  for (std::size_t l = 0; l < model.layers().size(); ++l) {
    const Layer& layer = model.layers()[l];
    std::vector<const std::vector<ReferenceValue>*> from;
    for (const int input : model.inbound_layers()[l]) {
      from.push_back(input < 0 ? &images : &results[static_cast<std::size_t>(input)]);
    }
    const auto specs = layer.definition().weights(from[0]->front().shape);
    const LayerWeights own = LayerWeights(weights).subspan(next, specs.size());
    next += specs.size();
    const bool adds = added_loss != nullptr && layer.trainable();
    for (std::size_t i = 0; adds && i < specs.size(); ++i) {
      const Regularizer& regularizer = specs[i].regularizer;
      *added_loss +=
          static_cast<double>(images.size()) * penalty(regularizer.l1(), regularizer.l2(), own[i]);
    }
    if (layer.class_name() == "BatchNormalization") {
      results.push_back(normalize_batch(layer, own, *from[0], training && layer.trainable()));
      continue;
    }
    std::vector<ReferenceValue> outputs;
    for (std::size_t i = 0; i < images.size(); ++i) {
      Inputs inputs;
      for (const auto* values : from) inputs.push_back(&(*values)[i]);
      outputs.push_back(apply(layer, own, inputs));
    }
    if (added_loss != nullptr) {
      for (const ReferenceValue& output : outputs) *added_loss += activity(layer, output);
    }
    results.push_back(std::move(outputs));
  }
  return results.back();
}

double reference_loss(const Model& model, const ReferenceWeights& weights, const Batch& batch) {
  double loss = 0.0;
  const auto outputs = reference_forward(model, weights, reference_images(batch), true, &loss);
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
  // A variance is positive.
  const auto named = model.named_weights();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (named[i].name != "moving_variance") continue;
    for (float& value : weights[i].values()) value += 1.0F;
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
    const auto layer = std::find_if(model.layers().begin(), model.layers().end(),
                                    [&](const Layer& one) { return one.name() == named[w].layer; });
    if (!layer->trainable()) {
      EXPECT_EQ(after[w], before[w]) << named[w].layer << " is fixed";
    }
    if (!named[w].trainable) continue;
    for (std::size_t i = 0; i < before[w].size(); ++i) {
      ASSERT_NEAR(before[w][i] - after[w][i], expected[w][i], tolerance)
          << named[w].layer << "/" << named[w].name << " value " << i;
    }
  }
}

void expect_gradients_match_differences(Model model, const Shape& image_shape,
                                        std::size_t batch_size, double tolerance) {
  constexpr float kStep = 1e-2F;
  model.set_seed(1);
  model.compile({.optimizer = SGD{.learning_rate = 1.0}, .loss = "categorical_crossentropy"});
  model.build(image_shape);
  randomize_weights(model, 2);
  const Batch batch = random_batch(image_shape, batch_size, element_count(model.output_shape()), 3);
  const std::vector<Tensor> before = model.weights();
  // What is drawn depends on the seed and the number of steps taken.
  const auto loss_with = [&](const std::vector<Tensor>& weights) {
    model.set_weights(weights);
    model.set_optimizer_state(0, std::vector<NamedWeight>());
    return model.train_on_batch(batch);
  };
  loss_with(before);
  const std::vector<Tensor> after = model.weights();
  for (std::size_t w = 0; w < before.size(); ++w) {
    for (std::size_t i = 0; i < before[w].size(); ++i) {
      std::vector<Tensor> moved = before;
      moved[w][i] = before[w][i] + kStep;
      const double above = loss_with(moved);
      moved[w][i] = before[w][i] - kStep;
      const double below = loss_with(moved);
      ASSERT_NEAR(before[w][i] - after[w][i], (above - below) / (2.0 * kStep), tolerance)
          << "weight " << w << " value " << i;
    }
  }
}

}  // namespace folio::test
