/// What is behind a BatchStream.
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <folio/augment/options.h>
#include <folio/augment/standardize.h>
#include <folio/datasets/sample_list.h>
#include <folio/pipeline/batch_stream.h>

#include "batch_plan.h"
#include "loader_graph.h"
#include "sample_source.h"

namespace folio {

struct BatchStream::Impl {
  /// `targets` replaces the labels where samples come from arrays, or a table has numbers or several
  /// labels for each; empty otherwise. `source` null means the files of `samples`.
  Impl(ImageDataGeneratorOptions generator, FeatureStatistics statistics, FlowOptions flow,
       SampleList samples, std::unique_ptr<internal::SampleSource> source, Tensor targets);

  const Batch& next();
  void start(std::uint64_t number);

  void plan_slot(std::uint64_t number, internal::Slot& slot);
  void load_samples(internal::Slot& slot, std::size_t first, std::size_t last);
  /// Loads a sample and draws it into row `at`; the reason it could not be, or nothing.
  std::string load_sample(internal::Slot& slot, std::size_t at, std::size_t index);
  void replace_bad_sample(internal::Slot& slot, std::size_t at, std::string reason);
  void note_bad_sample(std::size_t index, const std::string& reason);
  void check_bad_share();
  /// Mixup and cutmix, once all images of a batch are there.
  void mix_samples(internal::Slot& slot) const;
  /// Keras' save_to_dir.
  void save_images(const Batch& batch) const;
  void write_label(internal::Slot& slot, std::size_t at, std::size_t index) const;

  ImageDataGeneratorOptions generator;
  FlowOptions flow;
  SampleList samples;
  std::vector<int> labels;
  std::once_flag filenames_made;
  std::vector<std::string> filenames;  ///< Made when first asked for: a copy of all paths.
  std::uint32_t seed;
  int channels;
  Standardizer standardizer;
  std::unique_ptr<internal::SampleSource> source;
  Tensor targets;
  bool weighted;  ///< Whether any sample has a weight other than 1.
  internal::Planner planner;

  std::mutex mutex;
  std::map<std::size_t, std::string> reasons;  // Guarded by mutex; why samples are bad.

  std::uint64_t position = 0;
  std::optional<internal::LoaderGraph> graph;  ///< Started by the first next().
};

}  // namespace folio
