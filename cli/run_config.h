/// config.json: the options of a run, so that it can be done again or go on.
#pragma once
#include <map>
#include <string>

#include <folio/trainer/model.h>

#include "argument.h"
#include "dataset_options.h"

namespace CLI {
class App;
}

namespace folio::cli {

/// The command's options that were given, by name with underscores; without those of the dataset,
/// which have objects of their own, and without what concerns where and how results are shown.
Json given_options(const CLI::App& command);

/// Takes what the line leaves open from `config`: its "options" object, and the arguments of
/// generator and flow from "augment" and "flow".
///
/// Errors  Error (kUsage) naming an option that the command does not have.
void take_config(CLI::App& command, const Json& config, DatasetOptions& dataset);

/// What a run that continues another must have in common with it, beside its files.
std::map<std::string, std::string> run_conditions(const Json& options,
                                                  const DatasetOptions& dataset,
                                                  const Model& model);

}  // namespace folio::cli
