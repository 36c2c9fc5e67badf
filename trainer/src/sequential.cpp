#include <folio/trainer/sequential.h>

#include <utility>

#include "model_graph.h"

namespace folio {

Sequential::Sequential(std::initializer_list<Layer> layers)
    : Sequential(std::vector<Layer>(layers)) {}

Sequential::Sequential(std::vector<Layer> layers, std::string name)
    : Model(internal::stack_of(std::move(layers)), std::move(name)) {}

}  // namespace folio
