// Makes the class folders of folio_add_mnist_fixture(); see FolioMnistFixture.cmake.
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

#include <folio/datasets/idx.h>
#include <folio/datasets/synthetic_digits.h>

int main(int argc, char** argv) try {
  if (argc != 5) {
    std::cerr << "usage: folio_mnist_fixture DIR draw PER_CLASS SEED | import IMAGES LABELS\n";
    return 2;
  }
  const std::string directory = argv[1];
  const std::string what = argv[2];
  // The rest of a run that was killed.
  if (std::filesystem::path(directory).extension() == ".mnist") {
    std::filesystem::remove_all(directory);
  }
  if (what == "import") {
    folio::import_idx(argv[3], argv[4], directory);
  } else {
    folio::synthesize_digits(directory, std::stoul(argv[3]),
                             static_cast<std::uint32_t>(std::stoul(argv[4])));
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
