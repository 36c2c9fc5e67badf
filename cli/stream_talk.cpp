#include "stream_talk.h"

#include <iostream>

#include "terminal.h"

namespace folio::cli {

void print_found(const BatchStream& stream, Output output) {
  if (talk() == Talk::kQuiet) return;
  std::ostream& to = output == Output::kJson ? std::cerr : std::cout;
  to << "Found " << stream.samples() << " images";
  // A table of numbers has no classes.
  if (stream.num_classes() > 0) to << " belonging to " << stream.num_classes() << " classes";
  to << '.' << std::endl;
}

void print_notices(const BatchStream& stream) {
  for (const std::string& notice : stream.notices()) note(notice);
}

void print_bad_files(const BatchStream& stream) {
  const bool black = stream.options().on_bad_file == OnBadFile::kZero;
  for (const BadFile& bad : stream.report().bad_files) {
    note((black ? "a black image for " : "left out ") + bad.path + ": " + bad.reason);
  }
}

}  // namespace folio::cli
