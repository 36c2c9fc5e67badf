/// The page that a training run leaves: its curves, its mistakes and its configuration.
#pragma once
#include <string>
#include <vector>

#include "argument.h"

namespace folio::cli {

/// A self-contained HTML page: nothing is loaded from anywhere else, and nothing needs a script.
/// `record` is what report.json holds; `pictures` are those of its mistakes, as URIs.
std::string report_page(const Json& record, const std::vector<std::string>& pictures);

}  // namespace folio::cli
