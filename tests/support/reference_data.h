/// Reference vectors under tests/data, measured from Keras and NumPy themselves.
#pragma once
#include <fstream>
#include <string>

#include <folio/datasets/npy.h>
#include <nlohmann/json.hpp>

namespace folio::test {

inline std::string data_path(const std::string& name) { return FOLIO_TEST_DATA "/" + name; }

inline nlohmann::json read_json(const std::string& name) {
  std::ifstream file(data_path(name));
  return nlohmann::json::parse(file);
}

}  // namespace folio::test
