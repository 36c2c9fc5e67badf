#include <folio/pipeline/image_data_generator.h>
#include <folio/trainer/arrays.h>

#include <utility>

namespace folio {

BatchStream stream_of(Arrays data) {
  return ImageDataGenerator().flow(std::move(data.x), std::move(data.y),
                                   {.batch_size = data.batch_size,
                                    .shuffle = data.shuffle,
                                    .sample_weight = std::move(data.sample_weight),
                                    .seed = data.seed,
                                    .augment = false});
}

}  // namespace folio
