/// Sequential: a model that is a stack of layers.
#pragma once
#include <initializer_list>
#include <string>
#include <vector>

#include <folio/trainer/layers.h>
#include <folio/trainer/model.h>

namespace [[gnu::visibility("default")]] folio {

/// The simple way to make a Model: each layer reads the one before it.
class Sequential : public Model {
 public:
  /// Layers without a name get Keras' (`conv2d`, `conv2d_1`, ...), counted within the model.
  ///
  /// Errors  Error (kUsage) if two layers have one name or there is no layer.
  Sequential(std::initializer_list<Layer> layers);
  /// The same for layers that are made in a loop.
  explicit Sequential(std::vector<Layer> layers, std::string name = "sequential");
};

}  // namespace folio
