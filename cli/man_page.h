/// The manual page of the `folio` command.
#pragma once
#include <string>
#include <vector>

#include "command_tree.h"

namespace folio::cli {

/// folio(1) in roff's man macros.
std::string man_page(const std::vector<CommandEntry>& commands);

}  // namespace folio::cli
