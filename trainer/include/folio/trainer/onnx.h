/// Models as ONNX, for OpenCV's cv::dnn, ONNX Runtime and others.
#pragma once
#include <string>

#include <folio/trainer/model.h>

namespace [[gnu::visibility("default")]] folio {

/// Arguments of save_onnx().
struct OnnxOptions {
  int batch_size = 0;  ///< Of the exported model; 0 leaves it open.
};

/// Writes a built model as ONNX (opset 13). Its input, `input`, is N x C x H x W for images, as
/// cv::dnn::blobFromImage makes it, in RGB order, and as in Keras for rows and steps x C; values
/// are as the model was trained on, after rescaling. Its output, `output`, is what predict() gives.
/// The class names and the model's metadata() are in the ONNX metadata.
///
/// Errors  Error (kModel) naming every layer that ONNX cannot express; Error (kIo) naming the path;
///         Error (kUsage) if the model is not built.
void save_onnx(const Model& model, const std::string& path, const OnnxOptions& options = {});

}  // namespace folio
