#include <folio/datasets/error.h>
#include <folio/trainer/model_file.h>

namespace folio {
namespace {

/// Three convolutions of 3 x 3 with pooling, one dense layer: 93,962 parameters on 28 x 28 x 1.
Model mnist_cnn(int classes) {
  std::vector<Layer> layers;
  for (const int filters : {32, 64, 128}) {
    layers.push_back(Conv2D(filters, 3, {.activation = "relu"}));
    layers.push_back(MaxPooling2D());
  }
  layers.push_back(Flatten());
  layers.push_back(Dense(classes, {.activation = "softmax"}));
  return Sequential(std::move(layers), "mnist_cnn");
}

/// LeNet with sigmoids and average pooling: 61,706 parameters on 28 x 28 x 1.
Model lenet(int classes) {
  return Sequential({Conv2D(6, 5, {.padding = "same", .activation = "sigmoid"}), AveragePooling2D(),
                     Conv2D(16, 5, {.activation = "sigmoid"}), AveragePooling2D(), Flatten(),
                     Dense(120, {.activation = "sigmoid"}), Dense(84, {.activation = "sigmoid"}),
                     Dense(classes, {.activation = "softmax"})},
                    "lenet");
}

}  // namespace

std::vector<std::string> model_names() { return {"mnist_cnn", "lenet"}; }

Model model_by_name(const std::string& name, std::size_t num_classes) {
  const int classes = static_cast<int>(num_classes);
  if (name == "mnist_cnn") return mnist_cnn(classes);
  if (name == "lenet") return lenet(classes);
  throw Error(ErrorKind::kUsage, "unknown model '" + name + "', expected mnist_cnn or lenet");
}

}  // namespace folio
