/// Progress: how long work tells how far it is, and how it is asked to stop.
#pragma once
#include <cstddef>
#include <functional>

namespace [[gnu::visibility("default")]] folio {

/// Called now and then with what is done and what there is to do (0 where that is unknown), in the
/// unit the function that takes it names. What it throws ends the work, undoes what was begun, and is
/// thrown on. May be empty.
///
/// Threads One call at a time.
using Progress = std::function<void(std::size_t done, std::size_t total)>;

}  // namespace folio
