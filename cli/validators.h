/// What numbers and words an option takes, refused in plain words: `--rows: expected a whole number
/// from 1 to 200, got 0`. CLI11's own name ranges of 309 digits, and take -1 for the largest number
/// there is.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace folio::cli {

/// The largest whole number that an option takes unless it says otherwise.
inline constexpr std::size_t kMostCount = 999'999'999;
inline constexpr std::size_t kMostThreads = 1024;  ///< As set_threads().

/// Whole numbers, written in digits alone.
CLI::Validator whole_number(std::size_t least = 0, std::size_t most = kMostCount);

/// One of these words.
CLI::Validator one_of(std::vector<std::string> choices);

/// Any path; an empty word is none.
CLI::Validator not_empty();

/// Finite numbers above 0.
CLI::Validator positive_number();

/// Finite numbers from 0 on.
CLI::Validator non_negative_number();

}  // namespace folio::cli
