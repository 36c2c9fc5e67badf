/// Near misses: what the user may have meant.
#pragma once
#include <string>
#include <vector>

namespace folio::cli {

/// The candidate that is a typing error or two away from `word`, or nothing.
std::string closest(const std::string& word, const std::vector<std::string>& candidates);

/// `; did you mean "categorical"?`, or nothing if no candidate is close.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace folio::cli
