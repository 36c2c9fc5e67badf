/// WeightBinding: kernel and bias of an op as oneDNN memory, with one gradient per shard.
#pragma once
#include <vector>

#include "../weight_store.h"

namespace folio::internal {

/// Memory objects over one weight of the store; all null for a missing bias.
class WeightBinding {
 public:
  WeightBinding(WeightStore& store, int index) : store_(store), index_(index) {
    if (index < 0) return;
    StoredWeight& weight = store[index];
    value_ = onednn::view(weight.layout, weight.values.data());
    backward_ = weight.backward_values.size() > 0
                    ? onednn::view(weight.backward_layout, weight.backward_values.data())
                    : value_;
  }

  void bind_gradients(int shards) {
    if (index_ < 0 || !store_[index_].trainable) return;
    for (int shard = static_cast<int>(gradients_.size()); shard < shards; ++shard) {
      const StoredWeight& weight = store_[index_];
      gradients_.push_back(onednn::view(weight.layout, weight.gradients[shard].data()));
    }
  }

  [[nodiscard]] dnnl_memory_t value() const { return index_ < 0 ? nullptr : value_.get(); }
  [[nodiscard]] dnnl_memory_t for_backward() const { return backward_.get(); }
  [[nodiscard]] dnnl_memory_t gradient(int shard) const {
    return index_ < 0 ? nullptr : gradients_[shard].get();
  }
  /// Whether the weight is to be learnt; else it has no gradients.
  [[nodiscard]] bool trainable() const { return store_[index_].trainable; }

 private:
  WeightStore& store_;
  int index_;
  dnnl::memory value_;
  dnnl::memory backward_;
  std::vector<dnnl::memory> gradients_;
};

}  // namespace folio::internal
