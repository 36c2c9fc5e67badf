#include <folio/datasets/error.h>
#include <folio/datasets/memory.h>
#include <folio/pipeline/batch_stream.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <utility>

#include "batch_stream_impl.h"
#include "channel_order.h"
#include "image_cache.h"
#include "save_image.h"

namespace folio {
namespace {

std::uint32_t drawn_seed() {
  std::random_device device;
  return device();
}

int channel_count(ColorMode mode) {
  return mode == ColorMode::kGrayscale ? 1 : mode == ColorMode::kRgb ? 3 : 4;
}

/// Samples per message: enough that a message costs little beside its work, few enough that a batch
/// of large images spreads over the threads.
std::size_t slice_size(const FlowOptions& flow, int channels) {
  constexpr double kMessageNanoseconds = 150000.0;
  constexpr double kImageNanoseconds = 12000.0;  // Opening, reading and decoding a tiny file.
  constexpr double kValueNanoseconds = 8.0;      // Decoding and resampling, per value.
  const double image = kImageNanoseconds + kValueNanoseconds * flow.target_size.height *
                                               flow.target_size.width * channels;
  const double count = std::clamp(kMessageNanoseconds / image, 1.0, double(flow.batch_size));
  return static_cast<std::size_t>(count);
}

std::vector<int> labels_of(const SampleList& samples) {
  std::vector<int> labels;
  for (const Sample& sample : samples.samples) labels.push_back(sample.label);
  return labels;
}

/// Labels that are positions in a list have nothing between them.
void check_mixing(const ImageDataGeneratorOptions& generator, const FlowOptions& flow) {
  const bool mixes = generator.mixup_alpha > 0.0 || generator.cutmix_alpha > 0.0;
  if (!mixes || !flow.augment || flow.class_mode != ClassMode::kSparse) return;
  throw Error(ErrorKind::kUsage, std::string(generator.mixup_alpha > 0.0 ? "mixup" : "cutmix") +
                                     "_alpha blends labels, which class_mode 'sparse' cannot "
                                     "express; expected 'categorical' (one-hot labels)");
}

}  // namespace

BatchStream::Impl::Impl(ImageDataGeneratorOptions the_generator, FeatureStatistics statistics,
                        FlowOptions the_flow, SampleList the_samples,
                        std::unique_ptr<internal::SampleSource> the_source, Tensor the_targets)
    : generator(std::move(the_generator)),
      flow(std::move(the_flow)),
      samples(std::move(the_samples)),
      seed(flow.seed ? *flow.seed : drawn_seed()),
      channels(channel_count(flow.color_mode)),
      standardizer(generator, std::move(statistics)),
      source(the_source ? std::move(the_source)
                        : internal::make_caching_source(internal::make_file_source(samples, flow),
                                                        samples, flow)),
      targets(std::move(the_targets)),
      weighted(flow.on_bad_file == OnBadFile::kZero ||
               std::any_of(samples.samples.begin(), samples.samples.end(),
                           [](const Sample& sample) { return sample.weight != 1.0F; })),
      planner({.generator = generator,
               .seed = seed,
               .samples = samples.size(),
               .batch_size = static_cast<std::size_t>(flow.batch_size),
               .shuffle = flow.shuffle,
               .augment = flow.augment,
               .height = flow.target_size.height,
               .width = flow.target_size.width,
               .labels = flow.balance_classes ? labels_of(samples) : std::vector<int>()}) {
  if (samples.samples.empty()) throw Error(ErrorKind::kData, "a stream needs at least one sample");
  check_mixing(generator, flow);
  const double images = std::min<double>(flow.batch_size, static_cast<double>(samples.size()));
  require_memory(sizeof(float) * images * flow.target_size.height * flow.target_size.width *
                     channels * (flow.prefetch + 1.0),
                 "loading batches of " + std::to_string(flow.batch_size) + " images of " +
                     std::to_string(flow.target_size.height) + " x " +
                     std::to_string(flow.target_size.width) + " pixels",
                 "smaller images (target_size) or batches take less");
  if (flow.balance_classes && !targets.empty()) {
    throw Error(ErrorKind::kUsage, "balance_classes: the labels of the samples are no classes");
  }
  labels = labels_of(samples);
  for (const std::string& warning : standardizer.warnings()) samples.notices.push_back(warning);
}

void BatchStream::Impl::plan_slot(std::uint64_t number, internal::Slot& slot) {
  planner.plan(number, slot.plan);
  const auto count = static_cast<std::int64_t>(slot.plan.indices.size());
  const std::int64_t height = flow.target_size.height;
  const std::int64_t width = flow.target_size.width;
  Batch& batch = slot.batch;
  batch.number = number;
  batch.x.resize(generator.data_format == DataFormat::kChannelsLast
                     ? Shape{count, height, width, channels}
                     : Shape{count, channels, height, width});
  if (!targets.empty()) {
    Shape shape = targets.shape();
    shape[0] = count;
    batch.y.resize(shape);
  } else if (flow.class_mode == ClassMode::kCategorical) {
    batch.y.resize({count, static_cast<std::int64_t>(samples.class_names.size())});
  } else if (flow.class_mode == ClassMode::kInput) {
    batch.y.resize(batch.x.shape());
  } else if (flow.class_mode != ClassMode::kNone) {
    batch.y.resize({count});
  }
  if (weighted) batch.sample_weight.resize({count});
  batch.indices = slot.plan.indices;
  batch.parameters = slot.plan.parameters;
  batch.files.resize(slot.plan.indices.size());
  slot.errors.assign(slot.plan.indices.size(), std::string());
  slot.blank.assign(slot.plan.indices.size(), 0);
}

void BatchStream::Impl::load_samples(internal::Slot& slot, std::size_t first, std::size_t last) {
  for (std::size_t at = first; at < last; ++at) {
    const std::size_t index = slot.plan.indices[at];
    std::string reason = load_sample(slot, at, index);
    if (!reason.empty()) replace_bad_sample(slot, at, std::move(reason));
  }
}

std::string BatchStream::Impl::load_sample(internal::Slot& slot, std::size_t at,
                                           std::size_t index) {
  try {
    const cv::Mat image = source->load(index);
    const std::span<float> row = slot.batch.x.row(at);
    const int height = flow.target_size.height;
    const int width = flow.target_size.width;
    if (generator.data_format == DataFormat::kChannelsLast) {
      apply_transform(generator, slot.plan.parameters[at], image, row);
      standardizer.apply(row, height, width, channels);
    } else {
      thread_local std::vector<float> interleaved;
      interleaved.resize(row.size());
      apply_transform(generator, slot.plan.parameters[at], image, interleaved);
      standardizer.apply(interleaved, height, width, channels);
      internal::to_planes(interleaved, channels, row);
    }
    write_label(slot, at, index);
    return "";
  } catch (const std::exception& error) {
    // Also what a user's preprocessing_function throws: no exception may cross the graph.
    const std::string reason = error.what();
    return reason.empty() ? "unknown error" : reason;
  } catch (...) {
    return "unknown error";
  }
}

void BatchStream::Impl::mix_samples(internal::Slot& slot) const {
  Batch& batch = slot.batch;
  if (batch.parameters.empty() || !batch.parameters.front().mix) return;
  const bool planes = generator.data_format == DataFormat::kChannelsFirst;
  const std::size_t pieces = planes ? static_cast<std::size_t>(channels) : 1;
  // Every image is mixed with its partner as it was, not as it has become.
  thread_local Tensor images;
  thread_local Tensor labels_before;
  thread_local Tensor weights;
  images = batch.x;
  labels_before = batch.y;
  weights = batch.sample_weight;
  const auto blend = [](float share, std::span<const float> partner, std::span<float> mixed) {
    for (std::size_t k = 0; k < mixed.size(); ++k) mixed[k] += share * (partner[k] - mixed[k]);
  };
  for (std::size_t at = 0; at < batch.size(); ++at) {
    const Mix mix = *batch.parameters[at].mix;
    if (slot.blank[at] != 0 || slot.blank[mix.partner] != 0) {
      batch.parameters[at].mix.reset();  // A bad sample is nobody's partner.
      continue;
    }
    const std::span<const float> partner = images.row(mix.partner);
    const std::span<float> mixed = batch.x.row(at);
    const std::size_t length = mixed.size() / pieces;
    for (std::size_t piece = 0; piece < pieces; ++piece) {
      mix_images(mix, flow.target_size.width, planes ? 1 : channels,
                 partner.subspan(piece * length, length), mixed.subspan(piece * length, length));
    }
    const auto share = static_cast<float>(mix.share);
    if (flow.class_mode == ClassMode::kInput) {
      std::copy_n(mixed.begin(), mixed.size(), batch.y.row(at).begin());
    } else if (!batch.y.empty()) {
      blend(share, labels_before.row(mix.partner), batch.y.row(at));
    }
    if (weighted) blend(share, weights.row(mix.partner), batch.sample_weight.row(at));
  }
}

void BatchStream::Impl::save_images(const Batch& batch) const {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::uint64_t place = batch.number * static_cast<std::uint64_t>(flow.batch_size) + i;
    const std::string name = flow.save_prefix + "_" + std::to_string(batch.indices[i]) + "_" +
                             std::to_string(place) + "." + flow.save_format;
    internal::save_stretched(batch.x.row(i), flow.target_size, channels,
                             generator.data_format == DataFormat::kChannelsFirst,
                             flow.save_to_dir + "/" + name);
  }
}

void BatchStream::Impl::write_label(internal::Slot& slot, std::size_t at, std::size_t index) const {
  Batch& batch = slot.batch;
  batch.indices[at] = index;
  const Sample& sample = samples.samples[index];
  batch.files[at] = sample.path;
  if (weighted) batch.sample_weight[at] = sample.weight;
  if (!targets.empty()) {
    std::copy_n(targets.row(index).begin(), targets.row(index).size(), batch.y.row(at).begin());
  } else if (flow.class_mode == ClassMode::kCategorical) {
    const std::span<float> row = batch.y.row(at);
    std::fill(row.begin(), row.end(), 0.0F);
    row[static_cast<std::size_t>(sample.label)] = 1.0F;
  } else if (flow.class_mode == ClassMode::kInput) {
    std::copy_n(batch.x.row(at).begin(), batch.x.row(at).size(), batch.y.row(at).begin());
  } else if (flow.class_mode != ClassMode::kNone) {
    batch.y[at] = static_cast<float>(sample.label);
  }
}

void BatchStream::Impl::replace_bad_sample(internal::Slot& slot, std::size_t at,
                                           std::string reason) {
  const std::size_t index = slot.plan.indices[at];
  note_bad_sample(index, reason);
  switch (flow.on_bad_file) {
    case OnBadFile::kError:
      slot.errors[at] = samples.path(index) + ": " + reason;
      return;
    case OnBadFile::kZero: {
      const std::span<float> row = slot.batch.x.row(at);
      std::fill(row.begin(), row.end(), 0.0F);
      write_label(slot, at, index);
      slot.batch.sample_weight[at] = 0.0F;
      slot.blank[at] = 1;
      return;
    }
    case OnBadFile::kSkip:
      break;
  }
  // The next usable sample in the epoch's order: a function of the order and of which files are
  // bad, not of who finds out first.
  const std::vector<std::size_t>& order = *slot.plan.order;
  for (std::size_t step = 1; step < order.size(); ++step) {
    const std::size_t other = order[(slot.plan.first + at + step) % order.size()];
    {
      const std::lock_guard lock(mutex);
      if (reasons.contains(other)) continue;
    }
    const std::string why = load_sample(slot, at, other);
    if (why.empty()) return;
    note_bad_sample(other, why);
  }
  slot.errors[at] = "no usable sample is left: " + samples.path(index) + ": " + reason;
}

void BatchStream::Impl::note_bad_sample(std::size_t index, const std::string& reason) {
  const std::lock_guard lock(mutex);
  reasons.try_emplace(index, reason);
}

void BatchStream::Impl::check_bad_share() {
  const std::lock_guard lock(mutex);
  const double share = static_cast<double>(reasons.size()) / static_cast<double>(samples.size());
  if (share <= flow.max_bad) return;
  const auto& [index, reason] = *reasons.begin();
  throw Error(ErrorKind::kData, std::to_string(reasons.size()) + " of " +
                                    std::to_string(samples.size()) +
                                    " files cannot be used, as far as they have been read: more "
                                    "than max_bad allows; the first: " +
                                    samples.path(index) + ": " + reason);
}

void BatchStream::Impl::start(std::uint64_t number) {
  graph.reset();
  position = number;
}

const Batch& BatchStream::Impl::next() {
  if (!graph) {
    graph.emplace(
        internal::LoaderWork{
            .plan = [this](std::uint64_t number, internal::Slot& slot) { plan_slot(number, slot); },
            .load = [this](internal::Slot& slot, std::size_t first,
                           std::size_t last) { load_samples(slot, first, last); },
            .finish = [this](internal::Slot& slot) { mix_samples(slot); },
            .slice = slice_size(flow, channels),
            .in_flight = static_cast<std::size_t>(flow.prefetch)},
        position);
  }
  const internal::Slot& slot = graph->next();
  ++position;
  check_bad_share();
  for (const std::string& error : slot.errors) {
    if (!error.empty()) throw Error(ErrorKind::kData, error);
  }
  if (!flow.save_to_dir.empty()) save_images(slot.batch);
  return slot.batch;
}

BatchStream::BatchStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BatchStream::~BatchStream() = default;
BatchStream::BatchStream(BatchStream&&) noexcept = default;
BatchStream& BatchStream::operator=(BatchStream&&) noexcept = default;

const Batch& BatchStream::next() { return impl_->next(); }
std::size_t BatchStream::size() const { return impl_->planner.batches_per_epoch(); }
std::size_t BatchStream::samples() const { return impl_->samples.size(); }
std::size_t BatchStream::num_classes() const { return impl_->samples.class_names.size(); }
const std::vector<std::string>& BatchStream::class_names() const {
  return impl_->samples.class_names;
}
std::map<std::string, int> BatchStream::class_indices() const {
  return impl_->samples.class_indices();
}
const std::vector<int>& BatchStream::labels() const { return impl_->labels; }
const std::vector<std::string>& BatchStream::filenames() const {
  std::call_once(impl_->filenames_made, [this] {
    for (const Sample& sample : impl_->samples.samples) impl_->filenames.push_back(sample.path);
  });
  return impl_->filenames;
}

Shape BatchStream::image_shape() const {
  const std::int64_t height = impl_->flow.target_size.height;
  const std::int64_t width = impl_->flow.target_size.width;
  return impl_->generator.data_format == DataFormat::kChannelsLast
             ? Shape{height, width, impl_->channels}
             : Shape{impl_->channels, height, width};
}

const FlowOptions& BatchStream::options() const { return impl_->flow; }
std::uint32_t BatchStream::seed() const { return impl_->seed; }
const std::vector<std::string>& BatchStream::notices() const { return impl_->samples.notices; }

StreamReport BatchStream::report() const {
  StreamReport report;
  const std::lock_guard lock(impl_->mutex);
  for (const auto& [index, reason] : impl_->reasons) {
    report.bad_files.push_back({impl_->samples.samples[index].path, reason});
  }
  return report;
}

void BatchStream::seek(std::uint64_t number) {
  // A stream that stands there already keeps what it has prepared.
  if (number != impl_->position || !impl_->graph) impl_->start(number);
}
std::uint64_t BatchStream::position() const { return impl_->position; }

BatchStream::Epoch BatchStream::epoch() { return {this, size() - position() % size()}; }

}  // namespace folio
