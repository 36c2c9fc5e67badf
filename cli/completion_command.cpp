// folio completion and folio man
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <folio/datasets/error.h>
#include <folio/datasets/message.h>

#include "command_tree.h"
#include "commands.h"
#include "completion.h"
#include "man_page.h"

namespace folio::cli {
namespace {

void print_completion(const CLI::App& app, const std::string& shell) {
  const std::vector<CommandEntry> commands = list_commands(app);
  if (shell == "bash") {
    std::cout << bash_completion(commands);
  } else if (shell == "zsh") {
    std::cout << zsh_completion(commands);
  } else if (shell == "fish") {
    std::cout << fish_completion(commands);
  } else {
    throw Error(ErrorKind::kUsage, "unknown shell \"" + shell + "\", expected bash, zsh or fish" +
                                       did_you_mean(shell, {"bash", "zsh", "fish"}));
  }
}

}  // namespace

void add_completion_command(CLI::App& app) {
  CLI::App& command =
      *app.add_subcommand("completion", "Print a script that completes commands and options");
  command.footer(
      "Examples:\n"
      "  source <(folio completion bash)\n"
      "  folio completion zsh > ~/.zfunc/_folio\n"
      "  folio completion fish > ~/.config/fish/completions/folio.fish");
  const auto shell = std::make_shared<std::string>();
  command.add_option("shell", *shell, "The shell it is for")
      ->type_name("bash|zsh|fish")
      ->required();
  command.callback([&app, shell] { print_completion(app, *shell); });
}

void add_man_command(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("man", "Print the manual page");
  command.footer("Example:\n  folio man | man -l -");
  command.callback([&app] { std::cout << man_page(list_commands(app)); });
}

}  // namespace folio::cli
