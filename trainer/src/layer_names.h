/// How Keras names layers after their classes.
#pragma once
#include <map>
#include <string>

namespace folio::internal {

/// `max_pooling2d` for MaxPooling2D.
std::string snake_case(const std::string& class_name);

/// The name itself the first time, then with `_1`, `_2`, ...; `used` counts.
std::string numbered(const std::string& name, std::map<std::string, int>& used);

}  // namespace folio::internal
