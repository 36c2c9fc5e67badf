#include <folio/augment/transform.h>

#include <algorithm>

namespace folio {
namespace {

/// Keras' rule: a list or a positive int is chosen from and the sign is drawn; a float (and what
/// choice() refuses) is a uniform range. Values below 1 are fractions of the axis.
double draw_shift(const ShiftRange& range, int axis, NumpyRandom& random) {
  if (range.values.empty()) return 0.0;
  const bool single = range.kind != ShiftRange::Kind::kList;
  const double value = range.values.front();
  if (single && value == 0.0) return 0.0;
  double shift = 0.0;
  if (!single) {
    const auto count = static_cast<std::uint32_t>(range.values.size());
    shift = range.values[random.choice(count)] * (random.choice(2) == 0 ? -1.0 : 1.0);
  } else if (range.kind == ShiftRange::Kind::kInt && value > 0.0) {
    shift = random.choice(static_cast<std::uint32_t>(value));
    shift *= random.choice(2) == 0 ? -1.0 : 1.0;
  } else {
    shift = random.uniform(-value, value);
  }
  if (*std::max_element(range.values.begin(), range.values.end()) < 1.0) shift *= axis;
  return shift;
}

}  // namespace

TransformParameters draw_transform(const ImageDataGeneratorOptions& options, int height, int width,
                                   NumpyRandom& random) {
  TransformParameters drawn;
  if (options.rotation_range != 0.0) {
    drawn.theta = random.uniform(-options.rotation_range, options.rotation_range);
  }
  drawn.tx = draw_shift(options.height_shift_range, height, random);
  drawn.ty = draw_shift(options.width_shift_range, width, random);
  if (options.shear_range != 0.0) {
    drawn.shear = random.uniform(-options.shear_range, options.shear_range);
  }
  if (options.zoom_range != ZoomRange()) {
    drawn.zx = random.uniform(options.zoom_range.low, options.zoom_range.high);
    drawn.zy = random.uniform(options.zoom_range.low, options.zoom_range.high);
  }
  drawn.flip_horizontal = (random.random() < 0.5) && options.horizontal_flip;
  drawn.flip_vertical = (random.random() < 0.5) && options.vertical_flip;
  if (options.channel_shift_range != 0.0) {
    drawn.channel_shift_intensity =
        random.uniform(-options.channel_shift_range, options.channel_shift_range);
  }
  if (options.brightness_range) {
    drawn.brightness =
        random.uniform(options.brightness_range->first, options.brightness_range->second);
  }
  return drawn;
}

}  // namespace folio
