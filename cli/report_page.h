/// The page that a training run leaves: its curves, numbers and configuration.
#pragma once
#include <string>

#include <folio/trainer/history.h>

#include "argument.h"

namespace folio::cli {

/// A self-contained HTML page: nothing is loaded from anywhere else.
std::string report_page(const Json& configuration, const History& history,
                        const std::string& model_summary);

}  // namespace folio::cli
