/// Classifier: a trained model that is given images as an application has them.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <folio/pipeline/batch_stream.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/trainer/model.h>
#include <folio/trainer/preprocessing.h>

namespace [[gnu::visibility("default")]] folio {

/// What the model thinks of one class.
struct ClassProbability {
  std::string class_name;  ///< As the folder it was trained on was called.
  float probability;       ///< In [0, 1]; all classes together make 1.
};

/// What Classifier::predict() does beside predicting.
struct PredictOptions {
  /// Gets every file that cannot be read, once, and the rows of these files are NaN. Without it the
  /// first such file is an error.
  std::function<void(const BadFile&)> on_bad_file{};
  /// Gets the number of files done, after each batch.
  std::function<void(std::size_t)> on_progress{};
};

/// Prepares images exactly as in training: size, colours, interpolation, scale.
///
///     folio::Classifier classifier("runs/mnist_cnn-1/model.h5");
///     const auto classes = classifier.classify(cv::imread("photo.jpg"));
///     std::cout << classes.front().class_name << ' ' << classes.front().probability << '\n';
///
/// Threads One caller at a time; computes on the shared pool.
class Classifier {
 public:
  /// Loads a model that was saved with the record of its preprocessing, as `folio train` does.
  ///
  /// Errors  As load_model(); Error (kModel) naming the file if it has no such record.
  explicit Classifier(const std::string& path);

  /// For a model at hand, prepared for as `preprocessing` says.
  ///
  /// Errors  Error (kModel) if the model does not take images of this size and colour mode, or has
  ///         another number of outputs than there are class names.
  Classifier(Model model, Preprocessing preprocessing);

  /// All classes, the most probable first.
  ///
  /// Shapes  CV_8UC1, CV_8UC3 in BGR or CV_8UC4 in BGRA order, as cv::imread gives them.
  /// Errors  Error (kData) for an empty matrix or another type.
  [[nodiscard]] std::vector<ClassProbability> classify(const cv::Mat& image);

  /// The same for a file.
  ///
  /// Errors  Error (kIo, kData) naming the file and the reason.
  [[nodiscard]] std::vector<ClassProbability> classify(const std::string& path);

  /// The probabilities of many files, in label order, prepared in parallel.
  ///
  /// Shapes  files x classes.
  /// Errors  Error (kIo, kData) naming the file and the reason, unless options.on_bad_file.
  [[nodiscard]] Tensor predict(const std::vector<std::string>& paths,
                               const PredictOptions& options = {});

  /// In label order; numbers if the model has no names.
  [[nodiscard]] const std::vector<std::string>& class_names() const {
    return preprocessing_.class_names;
  }
  /// What happens to an image before the model sees it.
  [[nodiscard]] const Preprocessing& preprocessing() const { return preprocessing_; }
  /// The model inside, for its layers and weights.
  [[nodiscard]] const Model& model() const { return model_; }

 private:
  [[nodiscard]] std::vector<ClassProbability> ranked(std::span<const float> probabilities) const;
  /// The model's outputs as one probability a class.
  [[nodiscard]] Tensor probabilities(const Tensor& x);

  Model model_;
  Preprocessing preprocessing_;
  ImageDataGenerator generator_;
};

}  // namespace folio
