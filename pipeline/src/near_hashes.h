/// Perceptual hashes, and which of many are close to each other.
#pragma once
#include <cstddef>
#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <vector>

namespace folio::internal {

/// 64 bits that survive resizing, recompression and changes of brightness: whether each of 8 x 8
/// areas is brighter than its right neighbour.
///
/// Shapes  CV_8UC1 or CV_8UC3.
/// Source  The difference hash, dHash (N. Krawetz, 2013).
std::uint64_t difference_hash(const cv::Mat& image);

/// Groups of indices whose hashes differ from that of the group's first in at most `distance` bits.
/// Each index is in one group at most; groups of one are left out; first indices are as low as can
/// be. The work does not grow with the square of the number of hashes unless most are alike.
///
/// Source  Multi-index hashing (Norouzi, Punjani, Fleet 2012): two hashes within distance d agree
/// in
///         one of d + 1 blocks of bits at least.
std::vector<std::vector<std::size_t>> group_near_hashes(const std::vector<std::uint64_t>& hashes,
                                                        int distance);

}  // namespace folio::internal
