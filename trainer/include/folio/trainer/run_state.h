/// RunState: a run of fit() as it stands between two batches.
#pragma once
#include <cstddef>
#include <future>
#include <map>
#include <string>
#include <vector>

#include <folio/trainer/history.h>
#include <folio/trainer/state.h>
#include <folio/trainer/trainer.h>

namespace [[gnu::visibility("default")]] folio {

/// Everything that a run continues from. A run that goes on from here gives the bits of one that
/// never stopped.
struct RunState {
  std::size_t epoch = 0;           ///< Epoch of the next batch.
  std::size_t step = 0;            ///< The next batch in it; may be the number of batches: only the
                                   ///< validation and the end of the epoch are left then.
  bool in_epoch = false;           ///< Whether that epoch has begun.
  bool stop_training = false;      ///< Whether a callback has asked for the end.
  Logs logs{};                     ///< The latest values.
  History history{};               ///< Epochs that are over.
  State trainer{};                 ///< Trainer::state().
  std::vector<State> callbacks{};  ///< In the order of their list.
  /// Their Callback::pending_save(), where there is one. Not part of a file.
  std::vector<std::shared_future<void>> pending_saves{};
  /// What a run that goes on from here must have in common with this one, by name.
  std::map<std::string, std::string> conditions{};
};

}  // namespace folio
