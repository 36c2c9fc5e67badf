#include "onnx_builder.h"

#include <folio/datasets/error.h>
#include <onnx/onnx_pb.h>

#include <limits>

namespace folio::internal::onnx_export {
namespace {

// What OpenCV 4.6 reads, and every ONNX Runtime since 2020.
constexpr int kIrVersion = 8;
constexpr int kOpset = 13;

void set_type(onnx::ValueInfoProto& value, const std::string& name, const Shape& shape,
              int batch_size) {
  value.set_name(name);
  onnx::TypeProto_Tensor* type = value.mutable_type()->mutable_tensor_type();
  type->set_elem_type(onnx::TensorProto::FLOAT);
  onnx::TensorShapeProto_Dimension* batch = type->mutable_shape()->add_dim();
  if (batch_size > 0) {
    batch->set_dim_value(batch_size);
  } else {
    batch->set_dim_param("batch");
  }
  for (const std::int64_t extent : shape) type->mutable_shape()->add_dim()->set_dim_value(extent);
}

void set_attribute(onnx::AttributeProto& proto, const Attribute& attribute) {
  proto.set_name(attribute.first);
  if (const auto* integer = std::get_if<std::int64_t>(&attribute.second)) {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(*integer);
  } else if (const auto* number = std::get_if<float>(&attribute.second)) {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(*number);
  } else if (const auto* text = std::get_if<std::string>(&attribute.second)) {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(*text);
  } else {
    proto.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t one : std::get<std::vector<std::int64_t>>(attribute.second)) {
      proto.add_ints(one);
    }
  }
}

}  // namespace

OnnxBuilder::OnnxBuilder(const std::string& name, const std::string& producer_version)
    : model_(std::make_unique<onnx::ModelProto>()) {
  model_->set_ir_version(kIrVersion);
  model_->set_producer_name("folio");
  model_->set_producer_version(producer_version);
  model_->mutable_graph()->set_name(name);
  onnx::OperatorSetIdProto* operators = model_->add_opset_import();
  operators->set_domain("");
  operators->set_version(kOpset);
}

OnnxBuilder::~OnnxBuilder() = default;

void OnnxBuilder::input(const std::string& name, const Shape& shape, int batch_size) {
  set_type(*model_->mutable_graph()->add_input(), name, shape, batch_size);
}

void OnnxBuilder::output(const std::string& name, const std::string& value, const Shape& shape,
                         int batch_size) {
  onnx::NodeProto* node = model_->mutable_graph()->add_node();
  node->set_name(name);
  node->set_op_type("Identity");
  node->add_input(value);
  node->add_output(name);
  set_type(*model_->mutable_graph()->add_output(), name, shape, batch_size);
}

void OnnxBuilder::metadata(const std::string& key, const std::string& value) {
  onnx::StringStringEntryProto* entry = model_->add_metadata_props();
  entry->set_key(key);
  entry->set_value(value);
}

std::string OnnxBuilder::unique(const std::string& name) {
  return layer_ + "/" + name + "_" + std::to_string(names_++);
}

std::string OnnxBuilder::node(const std::string& type, const std::vector<std::string>& inputs,
                              const std::vector<Attribute>& attributes) {
  onnx::NodeProto* node = model_->mutable_graph()->add_node();
  const std::string name = unique(type);
  node->set_name(name);
  node->set_op_type(type);
  for (const std::string& input : inputs) node->add_input(input);
  node->add_output(name);
  for (const Attribute& attribute : attributes) set_attribute(*node->add_attribute(), attribute);
  return name;
}

std::string OnnxBuilder::constant(const std::string& name, const Shape& shape,
                                  std::span<const float> values) {
  onnx::TensorProto* tensor = model_->mutable_graph()->add_initializer();
  tensor->set_name(unique(name));
  tensor->set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t extent : shape) tensor->add_dims(extent);
  tensor->set_raw_data(values.data(), values.size_bytes());
  return tensor->name();
}

std::string OnnxBuilder::constant(const std::string& name, float value) {
  return constant(name, {1}, {&value, 1});
}

std::string OnnxBuilder::scalar(const std::string& name, float value) {
  return constant(name, {}, {&value, 1});
}

std::string OnnxBuilder::constant(const std::string& name,
                                  const std::vector<std::int64_t>& values) {
  onnx::TensorProto* tensor = model_->mutable_graph()->add_initializer();
  tensor->set_name(unique(name));
  tensor->set_data_type(onnx::TensorProto::INT64);
  tensor->add_dims(static_cast<std::int64_t>(values.size()));
  tensor->set_raw_data(values.data(), values.size() * sizeof(std::int64_t));
  return tensor->name();
}

std::string OnnxBuilder::serialize() const {
  constexpr auto kMostBytes = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
  std::string bytes;
  if (model_->ByteSizeLong() > kMostBytes || !model_->SerializeToString(&bytes)) {
    throw Error(ErrorKind::kModel, "the model has " + std::to_string(model_->ByteSizeLong()) +
                                       " bytes, an ONNX file can have 2 GB at most");
  }
  return bytes;
}

}  // namespace folio::internal::onnx_export
