#include <folio/datasets/error.h>
#include <folio/datasets/hash.h>
#include <folio/datasets/message.h>
#include <folio/datasets/split.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace folio {
namespace {

/// What stays together: a group, or a single sample.
struct Unit {
  std::uint64_t hash = 0;
  std::vector<std::pair<int, std::size_t>> classes{};  // Label and number of samples.
  std::size_t size = 0;
  std::size_t part = 0;
  bool fixed = false;  // Had its part before.

  /// Uniform in [0, 1), decided by name and seed.
  [[nodiscard]] double position() const { return std::ldexp(static_cast<double>(hash >> 11), -53); }
  void add(int label) {
    ++size;
    for (auto& [known, count] : classes) {
      if (known == label) {
        ++count;
        return;
      }
    }
    classes.emplace_back(label, 1);
  }
};

struct Units {
  std::vector<Unit> units{};
  std::vector<std::size_t> of_sample{};  // Index into units.
};

void check_groups(const SampleList& samples, const std::vector<std::string>& groups) {
  if (groups.empty() || groups.size() == samples.size()) return;
  throw Error(ErrorKind::kUsage, "groups must be one per sample (" +
                                     std::to_string(samples.size()) + "), got " +
                                     std::to_string(groups.size()));
}

Units make_units(const SampleList& samples, const std::vector<std::string>& groups,
                 std::uint64_t seed) {
  check_groups(samples, groups);
  Units result;
  result.of_sample.reserve(samples.size());
  std::unordered_map<std::string_view, std::size_t> known;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::string& name = groups.empty() ? samples.samples[i].path : groups[i];
    const auto [found, is_new] =
        groups.empty() ? std::pair(known.end(), true) : known.emplace(name, result.units.size());
    if (is_new) result.units.push_back({.hash = hash_bytes(name, seed)});
    result.of_sample.push_back(is_new ? result.units.size() - 1 : found->second);
    result.units[result.of_sample.back()].add(samples.samples[i].label);
  }
  return result;
}

/// Samples and units of each class in each part.
class Tally {
 public:
  Tally(std::size_t parts, std::size_t classes)
      : samples_(parts, std::vector<std::size_t>(classes)), units_(samples_), total_(parts) {}

  void add(const Unit& unit) { count(unit, 1); }
  void remove(const Unit& unit) { count(unit, std::size_t(-1)); }

  [[nodiscard]] std::size_t samples(std::size_t part, int label) const {
    return samples_[part][static_cast<std::size_t>(label)];
  }
  [[nodiscard]] std::size_t units(std::size_t part, int label) const {
    return units_[part][static_cast<std::size_t>(label)];
  }
  [[nodiscard]] std::size_t total(std::size_t part) const { return total_[part]; }

 private:
  void count(const Unit& unit, std::size_t sign) {
    for (const auto& [label, number] : unit.classes) {
      samples_[unit.part][static_cast<std::size_t>(label)] += sign * number;
      units_[unit.part][static_cast<std::size_t>(label)] += sign;
    }
    total_[unit.part] += sign * unit.size;
  }

  std::vector<std::vector<std::size_t>> samples_;
  std::vector<std::vector<std::size_t>> units_;
  std::vector<std::size_t> total_;
};

/// Deals units out so that every part comes as near to its share of every class as it can: the
/// largest units first, equal ones in the order of their hashes, each to the part where the sum of
/// squared differences from the targets grows least.
void deal(Units& units, const SampleList& samples, const std::vector<double>& shares) {
  std::vector<std::size_t> order(units.units.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const Unit& first = units.units[a];
    const Unit& second = units.units[b];
    return first.size != second.size ? first.size > second.size : first.hash < second.hash;
  });
  const std::vector<std::size_t> counts = samples.class_counts();
  Tally tally(shares.size(), counts.size());
  for (const Unit& unit : units.units) {
    if (unit.fixed) tally.add(unit);
  }
  for (const std::size_t index : order) {
    Unit& unit = units.units[index];
    if (unit.fixed) continue;
    std::pair<double, double> least{std::numeric_limits<double>::infinity(), 0.0};
    for (std::size_t part = 0; part < shares.size(); ++part) {
      if (shares[part] == 0.0) continue;
      double growth = 0.0;
      for (const auto& [label, number] : unit.classes) {
        const auto have = static_cast<double>(tally.samples(part, label));
        const double target =
            shares[part] * static_cast<double>(counts[static_cast<std::size_t>(label)]);
        const auto more = static_cast<double>(number);
        growth += more * (2.0 * (have - target) + more);
      }
      // Where classes do not tell, the part that lacks most in all.
      const double fullness = static_cast<double>(tally.total(part)) -
                              shares[part] * static_cast<double>(samples.size());
      if (const std::pair candidate{growth, fullness}; candidate < least) {
        least = candidate;
        unit.part = part;
      }
    }
    tally.add(unit);
  }
}

/// Holds units to the part that samples of theirs have already.
void fix_parts(Units& units, const SampleList& samples) {
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Sample& sample = samples.samples[i];
    if (!sample.part) continue;
    Unit& unit = units.units[units.of_sample[i]];
    const auto part = static_cast<std::size_t>(*sample.part);
    if (unit.fixed && unit.part != part) {
      throw Error(ErrorKind::kData, "the group of " + sample.path +
                                        " is in two parts already, it cannot be kept together");
    }
    unit.part = part;
    unit.fixed = true;
  }
}

constexpr std::size_t kParts = 3;  // In the order of SplitPart.
using Shares = std::array<double, kParts>;

/// Where a part begins and ends on the line of positions: validation, test, training.
std::array<std::pair<double, double>, kParts> intervals(const Shares& shares) {
  const double validation = shares[1];
  const double held_back = shares[1] + shares[2];
  return {std::pair{held_back, 1.0}, {0.0, validation}, {validation, held_back}};
}

/// Gives a class that lacks a part the unit that lies nearest to it, if that leaves no part of any
/// class empty.
void fill_empty_parts(Units& units, std::size_t class_count, const Shares& shares) {
  const auto places = intervals(shares);
  Tally tally(kParts, class_count);
  for (const Unit& unit : units.units) tally.add(unit);
  std::vector<std::vector<std::size_t>> of_class(class_count);
  for (std::size_t i = 0; i < units.units.size(); ++i) {
    for (const auto& [label, number] : units.units[i].classes) {
      of_class[static_cast<std::size_t>(label)].push_back(i);
    }
  }
  const auto can_spare = [&](const Unit& unit) {
    return !unit.fixed &&
           std::all_of(unit.classes.begin(), unit.classes.end(),
                       [&](const auto& entry) { return tally.units(unit.part, entry.first) > 1; });
  };
  for (std::size_t label = 0; label < class_count; ++label) {
    for (std::size_t part = 0; part < kParts; ++part) {
      if (shares[part] == 0.0 || tally.units(part, static_cast<int>(label)) > 0) continue;
      Unit* nearest = nullptr;
      double least = 2.0;
      for (const std::size_t index : of_class[label]) {
        Unit& unit = units.units[index];
        const double distance =
            std::max(places[part].first - unit.position(), unit.position() - places[part].second);
        if (distance < least && can_spare(unit)) {
          least = distance;
          nearest = &unit;
        }
      }
      if (nearest == nullptr) continue;
      tally.remove(*nearest);
      nearest->part = part;
      tally.add(*nearest);
    }
  }
}

void assign_keras(SampleList& samples, const SplitOptions& options) {
  const std::vector<std::size_t> counts = samples.class_counts();
  std::vector<std::size_t> seen(counts.size());
  for (Sample& sample : samples.samples) {
    const auto label = static_cast<std::size_t>(sample.label);
    const auto count = static_cast<double>(counts[label]);
    const auto validation = static_cast<std::size_t>(options.validation * count);
    const auto test = static_cast<std::size_t>(options.test * count);
    const std::size_t at = seen[label]++;
    sample.part = at < validation          ? SplitPart::kValidation
                  : at < validation + test ? SplitPart::kTest
                                           : SplitPart::kTraining;
  }
}

void validate(const SampleList& samples, const SplitOptions& options) {
  const auto refuse = [](const std::string& message) { throw Error(ErrorKind::kUsage, message); };
  if (!(options.validation >= 0.0 && options.test >= 0.0)) {
    refuse("validation and test must not be negative, got " + number_text(options.validation) +
           " and " + number_text(options.test));
  }
  const double held_back = options.validation + options.test;
  if (!(held_back > 0.0 && held_back < 1.0)) {
    refuse("validation and test together must be strictly between 0 and 1, got " +
           number_text(held_back));
  }
  check_groups(samples, options.groups);
  if (options.strategy != SplitStrategy::kKeras) return;
  if (!options.groups.empty()) refuse("groups need the strategy stratified or balanced, got keras");
  const bool begun = std::any_of(samples.samples.begin(), samples.samples.end(),
                                 [](const Sample& sample) { return sample.part.has_value(); });
  if (begun) refuse("samples that have a part need the strategy stratified or balanced, got keras");
}

void note_missing_parts(SampleList& samples, const Shares& shares) {
  for (std::size_t part = 0; part < kParts; ++part) {
    if (shares[part] == 0.0) continue;
    const std::vector<std::size_t> counts = part_counts(samples, static_cast<SplitPart>(part));
    for (std::size_t label = 0; label < counts.size(); ++label) {
      if (counts[label] > 0) continue;
      samples.notices.push_back("class " + samples.class_names[label] + " has no sample for " +
                                to_string(static_cast<SplitPart>(part)));
    }
  }
}

}  // namespace

SampleList split_by_class(const SampleList& samples, double validation_split, SplitPart part) {
  if (!(validation_split > 0.0 && validation_split < 1.0)) {
    throw Error(ErrorKind::kUsage, "validation_split must be strictly between 0 and 1, got " +
                                       number_text(validation_split));
  }
  if (part == SplitPart::kTest) {
    throw Error(ErrorKind::kUsage, "a validation_split has no test part");
  }
  SampleList split = samples;
  for (Sample& sample : split.samples) sample.part.reset();
  assign_keras(split, {.validation = validation_split});
  return take_part(split, part);
}

SampleList assign_parts(SampleList samples, const SplitOptions& options) {
  validate(samples, options);
  const Shares shares{1.0 - options.validation - options.test, options.validation, options.test};
  if (options.strategy == SplitStrategy::kKeras) {
    assign_keras(samples, options);
  } else {
    Units units = make_units(samples, options.groups, options.seed);
    fix_parts(units, samples);
    if (options.strategy == SplitStrategy::kBalanced) {
      deal(units, samples, {shares.begin(), shares.end()});
    } else {
      const auto places = intervals(shares);
      for (Unit& unit : units.units) {
        if (unit.fixed) continue;
        const double position = unit.position();
        unit.part = position < places[1].second ? 1 : position < places[2].second ? 2 : 0;
      }
    }
    fill_empty_parts(units, samples.class_names.size(), shares);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      samples.samples[i].part = static_cast<SplitPart>(units.units[units.of_sample[i]].part);
    }
  }
  note_missing_parts(samples, shares);
  return samples;
}

SampleList assign_fold(SampleList samples, const FoldOptions& options) {
  constexpr int kMostFolds = 1000;
  if (options.folds < 2 || options.folds > kMostFolds) {
    throw Error(ErrorKind::kUsage,
                "folds must be in [2, 1000], got " + std::to_string(options.folds));
  }
  if (options.fold < 1 || options.fold > options.folds) {
    throw Error(ErrorKind::kUsage, "fold must be in [1, " + std::to_string(options.folds) +
                                       "], got " + std::to_string(options.fold));
  }
  Units units = make_units(samples, options.groups, options.seed);
  if (units.units.size() < static_cast<std::size_t>(options.folds)) {
    throw Error(ErrorKind::kUsage, std::to_string(options.folds) + " folds need as many " +
                                       (options.groups.empty() ? "samples" : "groups") +
                                       ", there are " + std::to_string(units.units.size()));
  }
  deal(units, samples,
       std::vector<double>(static_cast<std::size_t>(options.folds), 1.0 / options.folds));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const bool validates =
        units.units[units.of_sample[i]].part + 1 == static_cast<std::size_t>(options.fold);
    samples.samples[i].part = validates ? SplitPart::kValidation : SplitPart::kTraining;
  }
  note_missing_parts(samples, {0.5, 0.5, 0.0});
  return samples;
}

SampleList take_part(const SampleList& samples, SplitPart part) {
  SampleList result{samples.root, samples.class_names, {}, samples.notices};
  for (const Sample& sample : samples.samples) {
    if (sample.part == part) result.samples.push_back(sample);
  }
  return result;
}

std::vector<std::size_t> part_counts(const SampleList& samples, SplitPart part) {
  std::vector<std::size_t> counts(samples.class_names.size());
  for (const Sample& sample : samples.samples) {
    if (sample.part == part) ++counts.at(static_cast<std::size_t>(sample.label));
  }
  return counts;
}

const char* to_string(SplitPart part) {
  switch (part) {
    case SplitPart::kTraining:
      return "training";
    case SplitPart::kValidation:
      return "validation";
    case SplitPart::kTest:
      break;
  }
  return "test";
}

}  // namespace folio
