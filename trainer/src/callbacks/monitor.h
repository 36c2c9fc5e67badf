/// What callbacks that watch a value have in common.
#pragma once
#include <optional>
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

/// Whether `value` is better than `best`, the best so far, by more than `min_delta`. The first
/// finite value is better than nothing; one that is not a number never is.
bool improves(double value, const std::optional<double>& best, bool larger_is_better,
              double min_delta = 0.0);

/// Tells later callbacks that the logs will have `name`.
void add_log_name(TrainingContext& context, const std::string& name);

/// Adds a log or changes it.
void set_log(Logs& logs, const std::string& name, double value);

/// At most six digits, as messages show a number.
std::string short_number(double value);

/// Fills a template such as `{epoch:02d}-{loss:.2f}` with values, by Python's rules for d, e, f, g
/// with width, zeros and precision.
///
/// Errors  Error (kUsage) naming the field if it is unknown (listing the known ones) or malformed.
std::string fill_template(const std::string& text, const Logs& values);

}  // namespace folio::internal
