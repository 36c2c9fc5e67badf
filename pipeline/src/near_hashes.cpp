#include "near_hashes.h"

#include <algorithm>
#include <bit>
#include <opencv2/imgproc.hpp>
#include <unordered_map>
#include <utility>

namespace folio::internal {
namespace {

/// Hashes by the value of one block of their bits. Blocks take every n-th bit: neighbouring bits
/// are alike in most pictures, and spread over the blocks they tell hashes apart better.
class Block {
 public:
  Block(int number, int of) {
    for (int bit = number; bit < 64; bit += of) mask_ |= std::uint64_t{1} << bit;
  }
  void add(std::uint64_t hash, std::size_t index) { buckets_[hash & mask_].push_back(index); }
  std::vector<std::size_t>& like(std::uint64_t hash) { return buckets_[hash & mask_]; }

 private:
  std::uint64_t mask_ = 0;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> buckets_;
};

}  // namespace

std::uint64_t difference_hash(const cv::Mat& image) {
  cv::Mat grey = image;
  if (image.channels() == 3) cv::cvtColor(image, grey, cv::COLOR_RGB2GRAY);
  cv::Mat small;
  cv::resize(grey, small, {9, 8}, 0, 0, cv::INTER_AREA);
  std::uint64_t hash = 0;
  for (int y = 0; y < 8; ++y) {
    const auto* row = small.ptr<std::uint8_t>(y);
    for (int x = 0; x < 8; ++x) hash = hash << 1 | static_cast<unsigned>(row[x] > row[x + 1]);
  }
  return hash;
}

std::vector<std::vector<std::size_t>> group_near_hashes(const std::vector<std::uint64_t>& hashes,
                                                        int distance) {
  // Equal hashes are one entry.
  std::unordered_map<std::uint64_t, std::size_t> entry_of;
  std::vector<std::pair<std::uint64_t, std::vector<std::size_t>>> entries;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const auto [found, is_new] = entry_of.emplace(hashes[i], entries.size());
    if (is_new) entries.push_back({hashes[i], {}});
    entries[found->second].second.push_back(i);
  }
  std::vector<Block> blocks;
  for (int number = 0; number <= distance; ++number) {
    blocks.emplace_back(number, distance + 1);
    for (std::size_t e = 0; e < entries.size(); ++e) blocks.back().add(entries[e].first, e);
  }
  std::vector<bool> taken(entries.size());
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t leader = 0; leader < entries.size(); ++leader) {
    if (taken[leader]) continue;
    taken[leader] = true;
    std::vector<std::size_t> group = entries[leader].second;
    for (Block& block : blocks) {
      std::vector<std::size_t>& bucket = block.like(entries[leader].first);
      // Those that have a group leave their buckets, which keeps dense ones from being searched
      // again and again.
      std::erase_if(bucket, [&](std::size_t other) {
        if (taken[other]) return true;
        if (std::popcount(entries[other].first ^ entries[leader].first) > distance) return false;
        taken[other] = true;
        group.insert(group.end(), entries[other].second.begin(), entries[other].second.end());
        return true;
      });
    }
    if (group.size() < 2) continue;
    std::sort(group.begin(), group.end());
    groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace folio::internal
