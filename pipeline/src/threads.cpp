#include <folio/datasets/error.h>
#include <folio/pipeline/threads.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>

#include "arena.h"

namespace folio {
namespace internal {
namespace {

struct Pool {
  explicit Pool(int count)
      // Allows more threads than cores; the arena alone is capped at the number of cores.
      : control(tbb::global_control::max_allowed_parallelism,
                static_cast<std::size_t>(std::max(2, count))),
        arena(count) {}
  tbb::global_control control;
  tbb::task_arena arena;
};

struct State {
  std::mutex mutex;
  int users = 0;               // Guarded by mutex.
  int count = 0;               // Guarded by mutex; 0 means one per core.
  std::unique_ptr<Pool> pool;  // Guarded by mutex; made on first use.
};

State& state() {
  static State the_state;
  return the_state;
}

int effective(int count) { return count > 0 ? count : tbb::info::default_concurrency(); }

}  // namespace

tbb::task_arena& arena() {
  State& shared = state();
  const std::lock_guard lock(shared.mutex);
  if (!shared.pool) shared.pool = std::make_unique<Pool>(effective(shared.count));
  return shared.pool->arena;
}

PoolUser::PoolUser() {
  State& shared = state();
  const std::lock_guard lock(shared.mutex);
  ++shared.users;
}

PoolUser::~PoolUser() {
  State& shared = state();
  const std::lock_guard lock(shared.mutex);
  --shared.users;
}

void run_in_pool(const std::function<void()>& work) { arena().execute(work); }

}  // namespace internal

void set_threads(int count) {
  if (count < 0 || count > 1024) {
    throw Error(ErrorKind::kUsage, "threads must be in [0, 1024], got " + std::to_string(count));
  }
  internal::State& shared = internal::state();
  const std::lock_guard lock(shared.mutex);
  if (count == shared.count) return;
  if (shared.users > 0) {
    throw Error(ErrorKind::kUsage, "set_threads must come before the streams that use them");
  }
  shared.count = count;
  shared.pool.reset();
}

int threads() {
  internal::State& shared = internal::state();
  const std::lock_guard lock(shared.mutex);
  return internal::effective(shared.count);
}

}  // namespace folio
