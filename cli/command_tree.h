/// CommandTree: the commands and options there are, for what is generated from them.
#pragma once
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}

namespace folio::cli {

/// What can stand in an option's place, as its type tells: words in lower case are choices
/// (`nearest|constant`), FILE, DIR and the like are paths.
struct ValueKind {
  std::vector<std::string> choices{};
  bool path = false;
};

struct OptionEntry {
  std::vector<std::string> names;  ///< `-h`, `--help`; a positional has its name alone.
  std::string type;                ///< `DEGREES`; empty for flags.
  std::string description;
  std::string group;  ///< `Options` if it has no other.
  ValueKind value{};
  bool positional = false;
  bool required = false;
};

struct CommandEntry {
  std::vector<std::string> path;  ///< `folio`, `dataset`, `stats`
  std::string description;
  std::string footer;
  std::vector<OptionEntry> options;  ///< Positionals first.
  std::vector<std::string> commands;

  [[nodiscard]] std::string name() const;  ///< `folio dataset stats`
};

/// Whether the value of an option is a path.
bool takes_path(const CLI::Option& option);

/// All commands of `app`, itself first, each before its subcommands.
std::vector<CommandEntry> list_commands(const CLI::App& app);

}  // namespace folio::cli
