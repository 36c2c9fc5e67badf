/// What error messages are made of: near misses of names, numbers.
#pragma once
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] folio {

/// `; did you mean "categorical"?`, to end a message about a word that none of the candidates is;
/// nothing if none is near. Near are words a typing error or two away, whatever their case, words
/// that `word` begins (`gray`, `grayscale`) and those that it abbreviates (`lr`, `learning_rate`).
std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates);

/// A number with at most six digits: `0.2`, `1e-07`.
std::string number_text(double value);

}  // namespace folio
