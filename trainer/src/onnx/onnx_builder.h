/// OnnxBuilder: an ONNX model, put together node by node.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <folio/datasets/tensor.h>

namespace onnx {
class ModelProto;
}

namespace folio::internal::onnx_export {

/// An argument of a node, by ONNX' name.
using Attribute =
    std::pair<std::string,
              std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>>>;

/// Values are known by name; names are unique because they begin with the layer's.
class OnnxBuilder {
 public:
  OnnxBuilder(const std::string& name, const std::string& producer_version);
  ~OnnxBuilder();
  OnnxBuilder(const OnnxBuilder&) = delete;
  OnnxBuilder& operator=(const OnnxBuilder&) = delete;

  /// What follows belongs to this layer.
  void begin_layer(const std::string& name) { layer_ = name; }

  /// Extents without the batch axis; batch_size 0 leaves that open.
  void input(const std::string& name, const Shape& shape, int batch_size);
  /// Declares `value` the model's output, under this name.
  void output(const std::string& name, const std::string& value, const Shape& shape,
              int batch_size);
  void metadata(const std::string& key, const std::string& value);

  /// Adds a node of one output and returns that.
  std::string node(const std::string& type, const std::vector<std::string>& inputs,
                   const std::vector<Attribute>& attributes = {});
  /// A weight or another constant, which nodes read by the name that is returned.
  std::string constant(const std::string& name, const Shape& shape, std::span<const float> values);
  std::string constant(const std::string& name, float value);
  /// The same without an axis, where ONNX wants that.
  std::string scalar(const std::string& name, float value);
  std::string constant(const std::string& name, const std::vector<std::int64_t>& values);

  /// Errors  Error (kModel) if the model is larger than ONNX files can be, 2 GB.
  [[nodiscard]] std::string serialize() const;

 private:
  std::string unique(const std::string& name);

  std::unique_ptr<onnx::ModelProto> model_;
  std::string layer_;
  int names_ = 0;
};

}  // namespace folio::internal::onnx_export
