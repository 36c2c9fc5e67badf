/// What callbacks that watch a value have in common.
#pragma once
#include <string>
#include <vector>

#include <folio/trainer/callback.h>

namespace folio::internal {

/// `a, b, c`
std::string joined(const std::vector<std::string>& names);

/// Throws Error (kUsage) naming callback and value if no log is called `monitor`.
void require_monitor(const char* callback, const TrainingContext& context,
                     const std::string& monitor);

/// Whether larger values of `monitor` are better: `mode` says so, or for `auto` its name.
///
/// Errors  Error (kUsage) for another mode, or for a name that does not tell.
bool larger_is_better(const char* callback, const std::string& mode, const std::string& monitor);

/// Fills a template such as `{epoch:02d}-{loss:.2f}` with values, by Python's rules for d, e, f, g
/// with width, zeros and precision.
///
/// Errors  Error (kUsage) naming the field if it is unknown (listing the known ones) or malformed.
std::string fill_template(const std::string& text, const Logs& values);

}  // namespace folio::internal
