/// --config: a JSON file instead of a long line.
#pragma once
#include <string>
#include <vector>

#include "command_tree.h"

namespace folio::cli {

/// Replaces `--config FILE.json` on a line (without the program's name) by what the file says. Its
/// keys are the command's options, with underscores or dashes, and its arguments; `augment` and
/// `flow` may be objects; null says nothing. Of a run's config.json commands other than train take
/// the directory and the options that they have. Options and arguments on the line win.
///
/// Errors  Error (kIo, kUsage) naming the file and the key.
std::vector<std::string> expand_config(std::vector<std::string> words,
                                       const std::vector<CommandEntry>& commands);

}  // namespace folio::cli
