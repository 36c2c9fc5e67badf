/// Completion: scripts that complete folio's commands and options in shells.
#pragma once
#include <string>
#include <vector>

#include "command_tree.h"

namespace folio::cli {

std::string bash_completion(const std::vector<CommandEntry>& commands);
std::string zsh_completion(const std::vector<CommandEntry>& commands);
std::string fish_completion(const std::vector<CommandEntry>& commands);

}  // namespace folio::cli
