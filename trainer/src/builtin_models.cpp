#include <folio/datasets/error.h>
#include <folio/datasets/message.h>
#include <folio/trainer/model_file.h>

#include <string>
#include <utility>
#include <vector>

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

/// AlexNet on one processor, with its overlapping pooling: made for 227 x 227 x 3.
Model alexnet(int classes) {
  const Conv2DOptions same{.padding = "same", .activation = "relu"};
  const Pooling2DOptions overlapping{.pool_size = 3, .strides = 2};
  return Sequential(
      {Conv2D(96, 11, {.strides = 4, .activation = "relu"}), MaxPooling2D(overlapping),
       Conv2D(256, 5, same), MaxPooling2D(overlapping), Conv2D(384, 3, same), Conv2D(384, 3, same),
       Conv2D(256, 3, same), MaxPooling2D(overlapping), Flatten(),
       Dense(4096, {.activation = "relu"}), Dropout(0.5), Dense(4096, {.activation = "relu"}),
       Dropout(0.5), Dense(classes, {.activation = "softmax"})},
      "alexnet");
}

/// Pairs of 3 x 3 convolutions with pooling: 814,122 parameters on 32 x 32 x 3.
Model vgg_small(int classes) {
  std::vector<Layer> layers;
  for (const int filters : {32, 64, 128}) {
    for (int i = 0; i < 2; ++i) {
      layers.push_back(Conv2D(filters, 3, {.padding = "same", .activation = "relu"}));
    }
    layers.push_back(MaxPooling2D());
  }
  layers.push_back(Flatten());
  layers.push_back(Dense(256, {.activation = "relu"}));
  layers.push_back(Dense(classes, {.activation = "softmax"}));
  return Sequential(std::move(layers), "vgg_small");
}

/// Simonyan and Zisserman's configuration D.
Model vgg16(int classes) {
  struct Block {
    int convolutions, filters;
  };
  std::vector<Layer> layers;
  for (const Block& block :
       {Block{2, 64}, Block{2, 128}, Block{3, 256}, Block{3, 512}, Block{3, 512}}) {
    for (int i = 0; i < block.convolutions; ++i) {
      layers.push_back(Conv2D(block.filters, 3, {.padding = "same", .activation = "relu"}));
    }
    layers.push_back(MaxPooling2D());
  }
  layers.push_back(Flatten());
  layers.push_back(Dense(4096, {.activation = "relu"}));
  layers.push_back(Dense(4096, {.activation = "relu"}));
  layers.push_back(Dense(classes, {.activation = "softmax"}));
  return Sequential(std::move(layers), "vgg16");
}

SymbolicTensor normalized(const SymbolicTensor& x, int filters, Extent2D kernel, int strides) {
  const auto y = Conv2D(filters, kernel,
                        {.strides = strides,
                         .padding = "same",
                         .use_bias = false,
                         .kernel_initializer = "he_normal"})(x);
  return BatchNormalization()(y);
}

/// He et al.: 18 layers, 11,173,962 trainable parameters at 10 classes. Images of less than 64
/// cells begin with a 3 x 3 convolution and no pooling, as the paper does for CIFAR-10.
Model resnet18(int classes, const Shape& image_shape) {
  if (image_shape.size() != 3) {
    throw Error(ErrorKind::kUsage,
                "resnet18 is made for images of shape H x W x C, got " + to_string(image_shape));
  }
  const Input input(image_shape);
  const bool small = image_shape[0] < 64 || image_shape[1] < 64;
  SymbolicTensor x =
      Activation("relu")(small ? normalized(input, 64, 3, 1) : normalized(input, 64, 7, 2));
  if (!small) x = MaxPooling2D({.pool_size = 3, .strides = 2, .padding = "same"})(x);
  int channels = 64;
  for (const int filters : {64, 128, 256, 512}) {
    for (int block = 0; block < 2; ++block) {
      const int strides = block == 0 && filters != 64 ? 2 : 1;
      SymbolicTensor branch = Activation("relu")(normalized(x, filters, 3, strides));
      branch = normalized(branch, filters, 3, 1);
      const bool same = strides == 1 && channels == filters;
      const SymbolicTensor shortcut = same ? x : normalized(x, filters, 1, strides);
      x = Activation("relu")(Add()({branch, shortcut}));
      channels = filters;
    }
  }
  return Model(input, Dense(classes, {.activation = "softmax"})(GlobalAveragePooling2D()(x)),
               "resnet18");
}

using Maker = Model (*)(int classes, const Shape& image_shape);

/// By name, in the order in which they are listed.
const std::vector<std::pair<std::string, Maker>>& makers() {
  static const std::vector<std::pair<std::string, Maker>> kMakers{
      {"mnist_cnn", [](int classes, const Shape&) { return mnist_cnn(classes); }},
      {"lenet", [](int classes, const Shape&) { return lenet(classes); }},
      {"alexnet", [](int classes, const Shape&) { return alexnet(classes); }},
      {"vgg_small", [](int classes, const Shape&) { return vgg_small(classes); }},
      {"vgg16", [](int classes, const Shape&) { return vgg16(classes); }},
      {"resnet18", resnet18},
  };
  return kMakers;
}

}  // namespace

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const auto& [name, maker] : makers()) names.push_back(name);
  return names;
}

Model model_by_name(const std::string& name, std::size_t num_classes, const Shape& image_shape) {
  std::string known;
  for (const auto& [one, maker] : makers()) {
    if (one == name) return maker(static_cast<int>(num_classes), image_shape);
    known += (known.empty() ? "" : ", ") + one;
  }
  throw Error(ErrorKind::kUsage, "unknown model '" + name + "', expected one of " + known +
                                     did_you_mean(name, model_names()));
}

}  // namespace folio
