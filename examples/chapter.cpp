// A textbook chapter on convolutional networks, notebook cell by notebook cell: cross-correlation,
// a network of three convolutions, LeNet, augmented images from folders, checkpoints, prediction
// and evaluation. Each section stands alone.
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include <folio/datasets/error.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/trainer/model_checkpoint.h>
#include <folio/trainer/model_file.h>
#include <folio/trainer/progress_bar.h>
#include <folio/trainer/sequential.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace {

void title(const char* text) { std::cout << "\n## " << text << "\n\n"; }

/// A model of one convolution with one given filter and no bias: a spatial filter.
folio::Tensor correlate(const folio::Tensor& image, const folio::Tensor& kernel,
                        const std::string& padding) {
  folio::Sequential filter({folio::Conv2D(1, 3, {.padding = padding, .use_bias = false})});
  filter.build({image.shape()[1], image.shape()[2], 1});
  filter.set_weights({kernel});
  return filter.predict(image);
}

void cross_correlation() {
  title("Cross-correlation, and its two borders");
  const std::vector<float> values = {0, 5, 0, 0, 9, 4, 0,  //
                                     1, 6, 0, 0, 8, 3, 0,  //
                                     2, 7, 0, 0, 7, 2, 0,  //
                                     3, 8, 0, 0, 6, 1, 0,  //
                                     4, 9, 0, 0, 5, 0, 0};
  const folio::Tensor input({1, 5, 7, 1}, values);
  const folio::Tensor kernel({3, 3, 1, 1}, std::vector<float>{1, -2, 3, 4, -5, 6, -7, 8, -9});

  // A convolutional layer pads with zeros ...
  std::cout << "zeros around the image (padding = same):\n"
            << correlate(input, kernel, "same").image(0) << '\n';
  // ... where OpenCV's filter2D mirrors the image. Mirrored first, the layer gives the same.
  cv::Mat mirrored;
  cv::copyMakeBorder(input.image(0), mirrored, 1, 1, 1, 1, cv::BORDER_REFLECT_101);
  const folio::Tensor padded({1, 7, 9, 1}, {mirrored.ptr<float>(), mirrored.total()});
  const folio::Tensor reflected = correlate(padded, kernel, "valid");
  std::cout << "the image mirrored around itself:\n" << reflected.image(0) << '\n';
  cv::Mat filtered;
  cv::filter2D(input.image(0), filtered, -1,
               cv::Mat(3, 3, CV_32F, const_cast<float*>(kernel.data())));
  std::cout << "cv::filter2D differs by " << cv::norm(filtered, reflected.image(0), cv::NORM_INF)
            << '\n';
}

void padding_and_stride() {
  title("Padding and stride");
  const folio::Shape input = {5, 7, 1};
  for (const char* padding : {"valid", "same"}) {
    for (const int stride : {1, 2}) {
      const folio::Conv2D layer(1, 3, {.strides = stride, .padding = padding});
      std::cout << padding << ", stride " << stride << ": "
                << folio::to_string(layer.output_shape(input)) << '\n';
    }
  }
}

/// The flow of the chapter's "Aumento de datos", with one part for training and one for validation.
struct Flows {
  folio::BatchStream train;
  folio::BatchStream validation;
};

Flows flows(const std::string& directory, folio::ImageDataGeneratorOptions options) {
  options.rescale = 1.0 / 255;
  options.validation_split = 0.2;
  const folio::ImageDataGenerator train_datagen(options);
  folio::FlowOptions flow{.target_size = {28, 28},
                          .color_mode = folio::ColorMode::kGrayscale,
                          .class_mode = folio::ClassMode::kCategorical,
                          .batch_size = 32,
                          .seed = 1,
                          .subset = folio::Subset::kTraining};
  folio::BatchStream train = train_datagen.flow_from_directory(directory, flow);
  flow.subset = folio::Subset::kValidation;
  flow.augment = false;  // Keras augments these too; measured is better what will be predicted.
  folio::BatchStream validation = train_datagen.flow_from_directory(directory, flow);
  std::cout << "Found " << train.samples() << " images belonging to " << train.num_classes()
            << " classes.\nFound " << validation.samples() << " images belonging to "
            << validation.num_classes() << " classes.\n";
  return {std::move(train), std::move(validation)};
}

folio::Sequential three_convolutions() {
  return {
      folio::Input({28, 28, 1}),
      folio::Conv2D(32, {3, 3}, {.strides = 1, .padding = "valid", .activation = "relu"}),
      folio::MaxPooling2D(),
      folio::Conv2D(64, {3, 3}, {.strides = 1, .padding = "valid", .activation = "relu"}),
      folio::MaxPooling2D(),
      folio::Conv2D(128, {3, 3}, {.strides = 1, .padding = "valid", .activation = "relu"}),
      folio::MaxPooling2D(),
      folio::Flatten(),
      folio::Dense(10, {.activation = "softmax"}),
  };
}

void example_network(const std::string& directory, std::size_t epochs) {
  title("A network of three convolutions");
  Flows data = flows(directory, {});
  folio::Sequential model = three_convolutions();
  model.set_seed(1);
  model.compile({.optimizer = folio::SGD({.learning_rate = 0.01}),
                 .loss = "categorical_crossentropy",
                 .metrics = {"accuracy"}});
  model.fit(
      data.train,
      {.epochs = epochs, .callbacks = {folio::ProgressBar()}, .validation_data = &data.validation});
  std::cout << model.summary();
}

void lenet(const std::string& directory, std::size_t epochs) {
  title("LeNet");
  Flows data = flows(directory, {});
  folio::Sequential model({
      folio::Conv2D(6, 5, {.padding = "same", .activation = "sigmoid"}),
      folio::AveragePooling2D({.pool_size = 2, .strides = 2}),
      folio::Conv2D(16, 5, {.activation = "sigmoid"}),
      folio::AveragePooling2D({.pool_size = 2, .strides = 2}),
      folio::Flatten(),
      folio::Dense(120, {.activation = "sigmoid"}),
      folio::Dense(84, {.activation = "sigmoid"}),
      folio::Dense(10),
  });
  model.set_seed(1);
  // The last layer has no softmax, so the loss is told that it gets scores.
  model.compile({.optimizer = "adam",
                 .loss = folio::CategoricalCrossentropy{.from_logits = true},
                 .metrics = {"accuracy"}});
  model.fit(data.train, {.epochs = epochs, .callbacks = {folio::ProgressBar()}});
  std::cout << model.count_params() << " parameters\n";
}

void augmentation_and_checkpoints(const std::string& directory, const std::string& output,
                                  std::size_t epochs) {
  title("Augmented images and checkpoints");
  Flows data = flows(directory, {.shear_range = 0.2, .zoom_range = 0.2});
  folio::Sequential model = three_convolutions();
  model.set_seed(1);
  model.compile(
      {.optimizer = folio::Adam(), .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
  const folio::ModelCheckpoint checkpoint(
      output + "/weights-improvement-{epoch:02d}-{accuracy:.2f}.h5",
      {.monitor = "accuracy",
       .save_best_only = true,
       .mode = "max",
       .verbose = [](const std::string& line) { std::cout << line << '\n'; }});
  model.fit(data.train, {.epochs = epochs,
                         .callbacks = {checkpoint, folio::ProgressBar()},
                         .validation_data = &data.validation});
  model.save(output + "/model.h5");
  model.save_weights(output + "/weights.h5");
}

void predict_and_evaluate(const std::string& directory, const std::string& output) {
  title("Load, predict, evaluate");
  folio::Model model = folio::load_model(output + "/model.h5");
  folio::load_model_weights(model, output + "/weights.h5");

  folio::BatchStream validation = flows(directory, {}).validation;
  const folio::Batch& batch = validation.next();
  const folio::Tensor probabilities = model.predict(batch.x);
  for (std::size_t i = 0; i < 5; ++i) {
    const auto row = probabilities.row(i);
    const auto best = std::max_element(row.begin(), row.end()) - row.begin();  // np.argmax
    std::cout << batch.files[i] << " is a " << validation.class_names()[best] << '\n';
  }
  validation.reset();
  for (const auto& [name, value] : model.evaluate(validation)) {
    std::cout << "evaluated " << name << ": " << value << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: chapter DIR OUTPUT_DIR EPOCHS (DIR holds the folders 0 to 9)\n";
    return 2;
  }
  const std::size_t epochs = std::stoul(argv[3]);
  cross_correlation();
  padding_and_stride();
  example_network(argv[1], epochs);
  lenet(argv[1], epochs);
  augmentation_and_checkpoints(argv[1], argv[2], epochs);
  predict_and_evaluate(argv[1], argv[2]);
  return 0;
} catch (const folio::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
