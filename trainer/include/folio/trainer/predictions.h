/// From the outputs of predict() to classes.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include <folio/datasets/tensor.h>

namespace [[gnu::visibility("default")]] folio {

/// The class of each row: where its largest output stands, the first of equals.
///
/// Shapes  N x classes in, N labels out.
/// Errors  Error (kUsage) for a tensor of another rank or without classes.
std::vector<int> argmax(const Tensor& outputs);

/// Whether each of N outputs (N, or N x 1, as a sigmoid gives) is above `threshold`: 1 or 0.
///
/// Errors  Error (kUsage) for a tensor with several outputs a row.
std::vector<int> threshold(const Tensor& outputs, double threshold = 0.5);

/// One class that a model thinks of.
struct RankedClass {
  int label = 0;             ///< Position in the row.
  std::string name;          ///< Its class name.
  float probability = 0.0F;  ///< The row's value.
};

/// The `k` likeliest classes of each row, likeliest first, the lower label of equals.
///
/// Shapes  N x classes in; N lists of min(k, classes).
/// Errors  Error (kUsage) if there are not as many names as classes.
std::vector<std::vector<RankedClass>> top_k(const Tensor& outputs, std::size_t k,
                                            const std::vector<std::string>& class_names);

}  // namespace folio
