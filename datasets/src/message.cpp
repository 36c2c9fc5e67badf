#include <folio/datasets/message.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>

namespace folio {
namespace {

constexpr std::size_t kFar = 1000;

std::string lower_case(std::string text) {
  for (char& character : text) {
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
  }
  return text;
}

// Insertions, deletions, replacements, and swaps of neighbours (optimal string alignment).
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> distance(a.size() + 1,
                                                 std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        distance[i][j] = i + j;
        continue;
      }
      const std::size_t replaced = distance[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      distance[i][j] = std::min({distance[i - 1][j] + 1, distance[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        distance[i][j] = std::min(distance[i][j], distance[i - 2][j - 2] + 1);
      }
    }
  }
  return distance[a.size()][b.size()];
}

// `learning_rate`: lr
std::string initials(const std::string& name) {
  std::string letters;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool first = i == 0 || name[i - 1] == '-' || name[i - 1] == '_';
    if (first && name[i] != '-' && name[i] != '_') letters += name[i];
  }
  return letters;
}

// Less is nearer. What begins with the word is nearer than what takes two changes.
std::size_t remoteness(const std::string& word, const std::string& candidate) {
  const std::size_t distance = edit_distance(word, candidate);
  const std::size_t allowed = word.size() <= 4 ? 1 : word.size() <= 10 ? 2 : 3;
  if (distance <= 1 && allowed >= distance) return distance;
  if (word.size() >= 3 && candidate.starts_with(word)) return 2;
  if (distance <= allowed) return 1 + distance;
  return word.size() >= 2 && initials(candidate) == word ? 5 : kFar;
}

// Without the dashes of options.
std::string bare(const std::string& word) {
  return lower_case(word.substr(std::min(word.find_first_not_of('-'), word.size())));
}

}  // namespace

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongest = 64;  // Nobody mistypes more, and the comparison is quadratic.
  const std::string wanted = bare(word);
  if (wanted.empty() || wanted.size() > kLongest) return "";
  std::size_t least = kFar;
  const std::string* nearest = nullptr;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = remoteness(wanted, bare(candidate));
    if (distance < least) {
      least = distance;
      nearest = &candidate;
    }
  }
  return nearest == nullptr ? "" : "; did you mean \"" + *nearest + "\"?";
}

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

}  // namespace folio
