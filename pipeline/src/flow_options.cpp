#include <folio/datasets/error.h>
#include <folio/datasets/message.h>
#include <folio/pipeline/flow_options.h>

#include <string>

namespace folio {

void FlowOptions::validate() const {
  const auto require = [](bool holds, const char* argument, const std::string& value,
                          const char* expected) {
    if (holds) return;
    throw Error(ErrorKind::kUsage,
                std::string(argument) + " must be " + expected + ", got " + value);
  };
  require(target_size.height > 0 && target_size.width > 0 && target_size.height <= 1 << 15 &&
              target_size.width <= 1 << 15,
          "target_size",
          "(" + std::to_string(target_size.height) + ", " + std::to_string(target_size.width) + ")",
          "positive and at most 32768 in each direction");
  require(batch_size > 0, "batch_size", std::to_string(batch_size), "positive");
  require(max_bad >= 0.0 && max_bad <= 1.0, "max_bad", number_text(max_bad),
          "in [0, 1], or a percentage such as \"5%\"");
  require(save_format == "png" || save_format == "jpeg" || save_format == "jpg", "save_format",
          "'" + save_format + "'", "'png' or 'jpeg'");
  require(!balance_classes || shuffle, "balance_classes", "true", "false without shuffle");
  require(!keras_16_bit || (cache_memory == 0 && cache_file.empty()), "keras_16_bit", "true",
          "false with a cache, which holds 8 bits");
  require(cache_memory == 0 || cache_file.empty(), "cache_memory", std::to_string(cache_memory),
          "0 where there is a cache_file");
  require(prefetch > 0 && prefetch <= 1024, "prefetch", std::to_string(prefetch), "in [1, 1024]");
}

}  // namespace folio
