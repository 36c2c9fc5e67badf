// What links folio::libtorch can train a network of LibTorch.
#include <iostream>
#include <memory>

#include <folio/libtorch/torch_trainer.h>

int main() {
  torch::nn::Linear network(4, 3);
  folio::TorchTrainer trainer(network,
                              std::make_unique<torch::optim::SGD>(network->parameters(), 0.1));
  trainer.prepare({4}, 3, 1);
  std::cout << trainer.weights().size() << " weights of LibTorch\n";
}
