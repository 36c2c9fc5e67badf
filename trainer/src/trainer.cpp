#include <folio/trainer/trainer.h>

namespace folio {

const double* find_log(const Logs& logs, const std::string& name) {
  for (const auto& [key, value] : logs) {
    if (key == name) return &value;
  }
  return nullptr;
}

State Trainer::state() const {
  State state;
  std::size_t index = 0;
  for (Tensor& weight : weights()) {
    state.tensors["weight/" + std::to_string(index++)] = std::move(weight);
  }
  return state;
}

void Trainer::set_state(const State& state) {
  std::vector<Tensor> values;
  for (std::size_t index = 0; index < weights().size(); ++index) {
    values.push_back(state.tensor("weight/" + std::to_string(index)));
  }
  set_weights(values);
}

void Trainer::check_file_name(const std::string&, bool) const {}

std::function<void()> Trainer::prepare_save(const std::string& path, bool weights_only) const {
  weights_only ? save_weights(path) : save(path);
  return [] {};
}

}  // namespace folio
