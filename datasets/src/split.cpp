#include <folio/datasets/error.h>
#include <folio/datasets/split.h>

#include <string>

namespace folio {

SampleList split_by_class(const SampleList& samples, double validation_split, SplitPart part) {
  if (!(validation_split > 0.0 && validation_split < 1.0)) {
    throw Error(ErrorKind::kUsage, "validation_split must be strictly between 0 and 1, got " +
                                       std::to_string(validation_split));
  }
  std::vector<std::size_t> left_to_validate;
  for (const std::size_t count : samples.class_counts()) {
    left_to_validate.push_back(static_cast<std::size_t>(validation_split * double(count)));
  }
  SampleList result{samples.root, samples.class_names, {}, samples.notices};
  for (const Sample& sample : samples.samples) {
    std::size_t& left = left_to_validate[static_cast<std::size_t>(sample.label)];
    const bool validates = left > 0;
    if (validates) --left;
    if (validates == (part == SplitPart::kValidation)) result.samples.push_back(sample);
  }
  return result;
}

}  // namespace folio
