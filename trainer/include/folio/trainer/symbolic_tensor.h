/// SymbolicTensor: what flows between the layers of a functional model while it is described.
#pragma once
#include <memory>

#include <folio/datasets/tensor.h>

namespace [[gnu::visibility("default")]] folio {

namespace internal {
struct SymbolicNode;
}

/// The output of Input, or of a layer applied to others. It has a shape but no values; a Model is
/// made from the first and the last one. A value; cheap to copy.
class SymbolicTensor {
 public:
  /// Without the batch axis.
  [[nodiscard]] const Shape& shape() const;

  /// @cond private
  [[nodiscard]] const internal::SymbolicNode& node() const { return *node_; }
  explicit SymbolicTensor(std::shared_ptr<const internal::SymbolicNode> node)
      : node_(std::move(node)) {}
  /// @endcond

 private:
  std::shared_ptr<const internal::SymbolicNode> node_;
};

}  // namespace folio
