/// The task arena behind threads.h.
#pragma once
#include <tbb/task_arena.h>

namespace folio::internal {

/// The shared pool. Flow graphs are built, and parallel loops run, inside its execute().
tbb::task_arena& arena();

/// Counts who relies on the pool while it lives, so that set_threads() can refuse to replace it.
class PoolUser {
 public:
  PoolUser();
  ~PoolUser();
  PoolUser(const PoolUser&) = delete;
  PoolUser& operator=(const PoolUser&) = delete;
};

}  // namespace folio::internal
