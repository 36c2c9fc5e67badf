#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "op.h"

namespace folio::internal {
namespace {

/// Channels are normalized by mean and (biased) variance of the whole batch in training, by the
/// moving statistics otherwise and where the layer is fixed. Moments are taken plane by plane and
/// joined in a fixed order, in double precision, so neither threads nor large means spoil them.
///
/// Source  Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for computing sample
///         variances, 1979.
class BatchNormalizationOp : public Op {
 public:
  BatchNormalizationOp(const OpContext& context, const Node& node)
      : input_(node.input()),
        output_(node.output),
        node_(std::get<BatchNormalizationNode>(node.kind)),
        fixed_(!node.trainable),
        backward_to_data_(context.needs_gradient(node.input())),
        kernels_(context.kernels),
        weights_(context.weights),
        images_(static_cast<std::size_t>(context.images)) {
    const ValueInfo& info = context.network.value(node.input());
    channels_ = static_cast<std::size_t>(info.channels);
    block_ = static_cast<std::size_t>(context.network.block());
    groups_ = (channels_ + block_ - 1) / block_;
    rows_ = info.layout == Layout::kRows;
    cells_ = static_cast<std::size_t>(info.used_height) * static_cast<std::size_t>(info.used_width);
    for (std::vector<float>* one : {&mean_, &scale_, &shift_, &mean_diff_, &slope_}) {
      one->assign(groups_ * block_, 0.0F);
    }
    deviation_.assign(channels_, 1.0);
  }

  [[nodiscard]] bool needs_batch() const override { return !fixed_; }

  void bind_gradients(int shards) override {
    while (static_cast<int>(moments_.size()) < shards) {
      moments_.emplace_back(channels_);
      sums_.emplace_back(channels_);
    }
  }

  void collect_forward(const Run& run) override {
    std::vector<Moments>& shard = moments_[run.shard];
    std::fill(shard.begin(), shard.end(), Moments());
    const float* src = run.workspace.values[input_].data();
    float mean[kMostLanes];
    float squares[kMostLanes];
    for_each_part(run.samples, [&](const ChannelCells& part, std::size_t channel, std::size_t at) {
      kernels_.moments(part, src + at, mean, squares);
      for (int lane = 0; lane < part.lanes; ++lane) {
        shard[channel + lane].join({double(part.cells), mean[lane], squares[lane]});
      }
    });
  }

  void combine_forward(int shards) override {
    for (std::size_t c = 0; c < channels_; ++c) {
      Moments batch;
      for (int shard = 0; shard < shards; ++shard) batch.join(moments_[shard][c]);
      const double variance = batch.squares / batch.count;
      count_ = batch.count;
      normalize_by(c, batch.mean, variance);
      const double keep = node_.momentum;
      float& moving_mean = weights_[node_.moving_mean].values.data()[c];
      float& moving_variance = weights_[node_.moving_variance].values.data()[c];
      moving_mean = static_cast<float>(keep * moving_mean + (1.0 - keep) * batch.mean);
      moving_variance = static_cast<float>(keep * moving_variance + (1.0 - keep) * variance);
    }
  }

  void forward(const Run& run) override {
    const float* src = run.workspace.values[input_].data();
    float* dst = run.workspace.values[output_].data();
    float scale[kMostLanes] = {};
    float shift[kMostLanes] = {};
    for_each_part(static_cast<int>(images_),
                  [&](const ChannelCells& part, std::size_t channel, std::size_t at) {
                    if (run.training && !fixed_) {
                      kernels_.scale_shift(part, src + at, dst + at, &scale_[channel],
                                           &shift_[channel], node_.relu);
                      return;
                    }
                    moving_lines(part, channel, scale, shift);
                    kernels_.scale_shift(part, src + at, dst + at, scale, shift, node_.relu);
                  });
  }

  void collect_backward(const Run& run) override {
    std::vector<Sums>& shard = sums_[run.shard];
    std::fill(shard.begin(), shard.end(), Sums());
    for_each_part(run.samples, [&](const ChannelCells& part, std::size_t channel, std::size_t at) {
      float sum[kMostLanes] = {};
      float dot[kMostLanes] = {};
      kernels_.gradient_sums(
          part, run.workspace.values[input_].data() + at, run.workspace.values[output_].data() + at,
          run.workspace.gradients[output_].data() + at, &mean_[channel], sum, dot, node_.relu);
      for (int lane = 0; lane < part.lanes; ++lane) {
        shard[channel + lane].sum += sum[lane];
        shard[channel + lane].dot += dot[lane];
      }
    });
    for (std::size_t c = 0; c < channels_; ++c) {
      const auto write = [&](int weight, double value) {
        if (weight >= 0) {
          weights_[weight].gradients[run.shard].data()[c] = static_cast<float>(value);
        }
      };
      write(node_.gamma, shard[c].dot / deviation_[c]);
      write(node_.beta, shard[c].sum);
    }
  }

  void combine_backward(int shards) override {
    for (std::size_t c = 0; c < channels_; ++c) {
      Sums batch;
      for (int shard = 0; shard < shards; ++shard) {
        batch.sum += sums_[shard][c].sum;
        batch.dot += sums_[shard][c].dot;
      }
      mean_diff_[c] = static_cast<float>(batch.sum / count_);
      slope_[c] =
          static_cast<float>(-scale_[c] * batch.dot / (count_ * deviation_[c] * deviation_[c]));
    }
  }

  void backward(const Run& run) override {
    if (!backward_to_data_) return;
    const std::span<float> diff_src = run.workspace.gradients[input_];
    // Samples that only fill up the shard are no part of the batch.
    const std::size_t each = diff_src.size() / images_;
    std::fill(diff_src.begin() + static_cast<std::ptrdiff_t>(run.samples * each), diff_src.end(),
              0.0F);
    for_each_part(run.samples, [&](const ChannelCells& part, std::size_t channel, std::size_t at) {
      const float none[kMostLanes] = {};
      float scale[kMostLanes] = {};
      float shift[kMostLanes] = {};
      BatchNormalizationFactors factors{.mean = &mean_[channel],
                                        .scale = &scale_[channel],
                                        .mean_diff = &mean_diff_[channel],
                                        .slope = &slope_[channel]};
      if (fixed_) {
        // The statistics are no function of the batch.
        moving_lines(part, channel, scale, shift);
        factors = {.mean = none, .scale = scale, .mean_diff = none, .slope = none};
      }
      kernels_.batch_normalization_backward(
          part, run.workspace.values[input_].data() + at, run.workspace.values[output_].data() + at,
          run.workspace.gradients[output_].data() + at, factors, diff_src.data() + at, node_.relu);
    });
  }

 private:
  static constexpr int kMostLanes = 16;

  struct Moments {
    double count = 0.0, mean = 0.0, squares = 0.0;
    void join(const Moments& other) {
      const double total = count + other.count;
      if (total == 0.0) return;
      const double distance = other.mean - mean;
      mean += distance * other.count / total;
      squares += other.squares + distance * distance * count * other.count / total;
      count = total;
    }
  };

  struct Sums {
    double sum = 0.0, dot = 0.0;
  };

  /// The normalization of a channel: y = scale x + shift.
  struct Line {
    float scale, shift;
  };

  [[nodiscard]] Line line_of(std::size_t channel, double mean, double variance) const {
    const auto weight = [&](int index, double otherwise) -> double {
      return index < 0 ? otherwise : weights_[index].values.data()[channel];
    };
    const double scale = weight(node_.gamma, 1.0) / std::sqrt(variance + node_.epsilon);
    return {static_cast<float>(scale), static_cast<float>(weight(node_.beta, 0.0) - scale * mean)};
  }

  /// Those of some channels by the moving statistics.
  void moving_lines(const ChannelCells& part, std::size_t channel, float* scale,
                    float* shift) const {
    for (int lane = 0; lane < part.lanes; ++lane) {
      const std::size_t c = channel + lane;
      const Line line = line_of(c, weights_[node_.moving_mean].values.data()[c],
                                weights_[node_.moving_variance].values.data()[c]);
      scale[lane] = line.scale;
      shift[lane] = line.shift;
    }
  }

  void normalize_by(std::size_t channel, double mean, double variance) {
    const Line line = line_of(channel, mean, variance);
    mean_[channel] = static_cast<float>(mean);
    deviation_[channel] = std::sqrt(variance + node_.epsilon);
    scale_[channel] = line.scale;
    shift_[channel] = line.shift;
  }

  /// visit(cells, first channel, offset of the first value) for all blocks of channels of the first
  /// `samples` images: of each image's plane, or of all rows.
  template <typename Visit>
  void for_each_part(int samples, Visit visit) const {
    const auto lanes = [&](std::size_t group) {
      return static_cast<int>(std::min(block_, channels_ - group * block_));
    };
    if (rows_) {
      for (std::size_t group = 0; group < groups_; ++group) {
        visit(ChannelCells{lanes(group), static_cast<std::size_t>(samples), channels_},
              group * block_, group * block_);
      }
      return;
    }
    const std::size_t plane = cells_ * block_;
    for (std::size_t image = 0; image < static_cast<std::size_t>(samples); ++image) {
      for (std::size_t group = 0; group < groups_; ++group) {
        visit(ChannelCells{lanes(group), cells_, block_}, group * block_,
              (image * groups_ + group) * plane);
      }
    }
  }

  Value input_;
  Value output_;
  BatchNormalizationNode node_;
  bool fixed_;
  bool backward_to_data_;
  const Kernels& kernels_;
  WeightStore& weights_;
  std::size_t images_;
  std::size_t channels_, block_, groups_, cells_;
  bool rows_;
  // Of each shard, for each channel.
  std::vector<std::vector<Moments>> moments_;
  std::vector<std::vector<Sums>> sums_;
  // Of the batch, for each channel.
  double count_ = 1.0;
  std::vector<double> deviation_;
  std::vector<float> mean_, scale_, shift_, mean_diff_, slope_;
};

}  // namespace

std::unique_ptr<Op> make_batch_normalization_op(const OpContext& context, const Node& node) {
  return std::make_unique<BatchNormalizationOp>(context, node);
}

}  // namespace folio::internal
