/// The one pool of threads that loading and training share.
#pragma once
#include <functional>

namespace [[gnu::visibility("default")]] folio {

/// Sets how many threads loading and training use together; 0 means one per core (the default).
/// Results never depend on it. Takes effect for streams and models made afterwards.
///
/// Errors  Error (kUsage) if `count` is negative or above 1024.
/// Threads Not while a stream or a training run is alive.
void set_threads(int count);

/// How many threads loading and training use together.
int threads();

namespace internal {
/// Runs `work` on the calling thread as a member of the shared pool, so that tasks it starts run
/// there. Returns when `work` has returned; what it throws is thrown on.
void run_in_pool(const std::function<void()>& work);
}  // namespace internal

}  // namespace folio
