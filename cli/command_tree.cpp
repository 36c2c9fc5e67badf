#include "command_tree.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

namespace folio::cli {
namespace {

constexpr std::array<std::string_view, 7> kPathWords = {"FILE",  "DIR",    "PATH",  "OUT",
                                                        "MODEL", "IMAGES", "LABELS"};

ValueKind value_kind(const std::string& type) {
  ValueKind kind;
  kind.path = std::any_of(kPathWords.begin(), kPathWords.end(), [&](std::string_view word) {
    return type.find(word) != std::string::npos;
  });
  for (std::size_t begin = 0; begin <= type.size();) {
    const std::size_t end = std::min(type.find('|', begin), type.size());
    const std::string word = type.substr(begin, end - begin);
    const bool lower = !word.empty() && std::all_of(word.begin(), word.end(), [](char character) {
      const auto code = static_cast<unsigned char>(character);
      return std::islower(code) != 0 || std::isdigit(code) != 0 || character == '_' ||
             character == '-';
    });
    if (lower && type.find('|') != std::string::npos) kind.choices.push_back(word);
    begin = end + 1;
  }
  return kind;
}

OptionEntry entry_of(const CLI::Option& option) {
  OptionEntry entry;
  entry.positional = option.get_positional();
  entry.required = option.get_required();
  entry.description = option.get_description();
  entry.group = option.get_group();
  if (entry.positional) {
    entry.names = {option.get_name()};
  } else {
    for (const std::string& name : option.get_snames()) entry.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) entry.names.push_back("--" + name);
  }
  if (option.get_expected_max() > 0) {
    entry.type = option.get_type_name();
    // What follows a colon is a check in CLI11's words.
    entry.type.erase(std::min(entry.type.find(':'), entry.type.size()));
    entry.value = value_kind(entry.type);
  }
  return entry;
}

void list(const CLI::App& app, std::vector<std::string> path, std::vector<CommandEntry>& commands) {
  path.push_back(app.get_name());
  CommandEntry command{.path = path,
                       .description = app.get_description(),
                       .footer = app.get_footer(),
                       .options = {},
                       .commands = {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    command.options.push_back(entry_of(*option));
  }
  std::stable_partition(command.options.begin(), command.options.end(),
                        [](const OptionEntry& option) { return option.positional; });
  const auto children = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* child : children) command.commands.push_back(child->get_name());
  commands.push_back(std::move(command));
  for (const CLI::App* child : children) list(*child, path, commands);
}

}  // namespace

std::string CommandEntry::name() const {
  std::string name;
  for (const std::string& word : path) name += (name.empty() ? "" : " ") + word;
  return name;
}

bool takes_path(const CLI::Option& option) { return entry_of(option).value.path; }

std::vector<CommandEntry> list_commands(const CLI::App& app) {
  std::vector<CommandEntry> commands;
  list(app, {}, commands);
  return commands;
}

}  // namespace folio::cli
