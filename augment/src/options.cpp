#include <folio/augment/options.h>
#include <folio/datasets/error.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>

namespace folio {
namespace {

void require(bool holds, const char* argument, double value, const char* expected) {
  if (holds) return;
  std::ostringstream message;
  message << argument << " must be " << expected << ", got " << value;
  throw Error(ErrorKind::kUsage, message.str());
}

void require_shift(const char* argument, const ShiftRange& range) {
  require(range.kind == ShiftRange::Kind::kList || range.values.size() == 1, argument,
          static_cast<double>(range.values.size()), "one number or a list");
  for (const double value : range.values) {
    require(std::isfinite(value), argument, value, "finite");
  }
}

void require_share(const char* argument, double value) {
  require(value >= 0.0 && value <= 1.0, argument, value, "in [0, 1]");
}

/// Of ranges that go to either side.
void require_extent(const char* argument, double value, const char* unit) {
  const std::string expected = std::string("a number of ") + unit + ", at least 0";
  require(std::isfinite(value) && value >= 0.0, argument, value, expected.c_str());
}

}  // namespace

ZoomRange::ZoomRange(double range) : low(1.0 - range), high(1.0 + range) {
  require(!(range < 0.0), "zoom_range", range, "at least 0 (or a pair, from and to)");
}

void ImageDataGeneratorOptions::validate() const {
  require_extent("rotation_range", rotation_range, "degrees");
  require_shift("width_shift_range", width_shift_range);
  require_shift("height_shift_range", height_shift_range);
  if (brightness_range) {
    const auto [low, high] = *brightness_range;
    require(std::isfinite(low) && low >= 0.0, "brightness_range", low, "two factors of at least 0");
    require(std::isfinite(high) && high >= 0.0, "brightness_range", high,
            "two factors of at least 0");
  }
  require_extent("shear_range", shear_range, "degrees");
  require(std::isfinite(zoom_range.low), "zoom_range", zoom_range.low, "finite");
  require(std::isfinite(zoom_range.high), "zoom_range", zoom_range.high, "finite");
  require_extent("channel_shift_range", channel_shift_range, "grey levels");
  require(std::isfinite(cval), "cval", cval, "finite");
  require(std::isfinite(rescale), "rescale", rescale, "finite");
  require(std::isfinite(zca_epsilon) && zca_epsilon > 0.0, "zca_epsilon", zca_epsilon,
          "greater than 0");
  require(validation_split == 0.0 || (validation_split > 0.0 && validation_split < 1.0),
          "validation_split", validation_split, "strictly between 0 and 1");
  for (const auto& [name, range] : {std::pair{"contrast_range", &contrast_range},
                                    std::pair{"saturation_range", &saturation_range}}) {
    if (!*range) continue;
    for (const double factor : {(*range)->first, (*range)->second}) {
      require(std::isfinite(factor) && factor >= 0.0, name, factor, "two factors of at least 0");
    }
  }
  require_extent("hue_range", hue_range, "degrees");
  require_share("random_erase probability", random_erase.probability);
  require_share("random_erase area", random_erase.area.first);
  require_share("random_erase area", random_erase.area.second);
  for (const double ratio : {random_erase.ratio.first, random_erase.ratio.second}) {
    require(std::isfinite(ratio) && ratio > 0.0, "random_erase ratio", ratio, "greater than 0");
  }
  require(std::isfinite(random_erase.value), "random_erase value", random_erase.value, "finite");
  require_share("mixup_alpha", mixup_alpha);
  require_share("cutmix_alpha", cutmix_alpha);
  require(interpolation_order >= 0 && interpolation_order <= 5, "interpolation_order",
          interpolation_order, "0 (nearest), 1 (linear) or 2 to 5 (splines of that order)");
}

}  // namespace folio
