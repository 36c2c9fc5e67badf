#include <folio/datasets/sample_list.h>

namespace folio {

std::map<std::string, int> SampleList::class_indices() const {
  std::map<std::string, int> indices;
  for (std::size_t label = 0; label < class_names.size(); ++label) {
    indices[class_names[label]] = static_cast<int>(label);
  }
  return indices;
}

std::vector<std::size_t> SampleList::class_counts() const {
  std::vector<std::size_t> counts(class_names.size(), 0);
  for (const Sample& sample : samples) ++counts.at(static_cast<std::size_t>(sample.label));
  return counts;
}

std::string SampleList::path(std::size_t index) const {
  const std::string& path = samples.at(index).path;
  // Tables may name files elsewhere.
  return root.empty() || path.starts_with('/') ? path : root + "/" + path;
}

}  // namespace folio
