// The `folio` command: exit code 0 when done, 1 when something failed, 2 for wrong usage.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <new>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include <folio/datasets/error.h>
#include <folio/datasets/message.h>
#include <CLI/CLI.hpp>

#include "command_tree.h"
#include "commands.h"
#include "config_file.h"
#include "run_record.h"
#include "terminal.h"
#include "validators.h"

namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr const char* kCannotBeWritten = "standard output: cannot be written";

int fail(const std::string& message, int exit_code) {
  std::cout.flush();
  std::cerr << "folio: error: " << folio::cli::one_line(message) << '\n';
  return exit_code;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> command_names(CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

// The subcommand that the line reached, `dataset stats` rather than `dataset`.
CLI::App& innermost(CLI::App& app) {
  CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  return *command;
}

std::string full_name(const CLI::App& command) {
  return command.get_parent() == nullptr
             ? command.get_name()
             : full_name(*command.get_parent()) + " " + command.get_name();
}

std::string unknown_option(const std::string& word, const CLI::App& command) {
  const std::string name = word.substr(0, word.find('='));
  return "unknown option " + name + folio::did_you_mean(name, option_names(command));
}

std::string unexpected(const std::string& word, const CLI::App& command) {
  const std::vector<std::string> names = option_names(command);
  const bool option = std::find(names.begin(), names.end(), "--" + word) != names.end();
  return "unexpected argument \"" + word + "\"" +
         (option ? "; did you mean \"--" + word + "\"?" : "");
}

// What CLI11 says of a value that is missing or no number, as folio says it of other values.
std::string in_our_words(const std::string& message) {
  std::smatch found;
  if (std::regex_match(message, found, std::regex("Could not convert: (--[^ ]+) = (.*)"))) {
    return found.str(1) + ": expected a number, got " + found.str(2);
  }
  if (std::regex_match(message, found, std::regex("([^ ]+): 1 required ([^ ]+) missing"))) {
    return found.str(1) + ": a value is missing, " + found.str(2);
  }
  if (std::regex_match(message, found,
                       std::regex("([^ ]+): At Most 1 required but received ([0-9]+)"))) {
    return found.str(1) + ": expected once, got it " + found.str(2) + " times";
  }
  return message;
}

// CLI11's reason, with a hint at the word that was probably meant.
std::string explain(CLI::App& app, const CLI::ParseError& error) {
  CLI::App& command = innermost(app);
  std::string message = error.what();
  const std::vector<std::string> left = command.remaining(false);
  const std::vector<std::string> commands = command_names(command);
  if (!commands.empty() && command.get_subcommands().empty()) {
    const std::vector<std::string> words = app.remaining(true);
    const auto word = std::find_if(words.begin(), words.end(),
                                   [](const std::string& text) { return !text.starts_with('-'); });
    if (word != words.end()) {
      message = "unknown command \"" + *word + "\"" + folio::did_you_mean(*word, commands);
    } else if (!words.empty()) {
      message = unknown_option(words.front(), command);
    } else {
      message = "a command is needed";
    }
  } else if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !left.empty()) {
    const std::string& word = left.front();
    message = word.starts_with('-') ? unknown_option(word, command) : unexpected(word, command);
  } else {
    message = in_our_words(message);
  }
  return message + " (see " + full_name(command) + " --help)";
}

// Without CLI11's notes of what `--no-` forms set, of lists that say so themselves, and of options
// that need or exclude others, which descriptions say.
class Formatter : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    static const std::regex again("\\.\\.\\. \\.\\.\\.");
    static const std::regex others(" (Needs|Excludes):.*");
    const std::string opts =
        std::regex_replace(CLI::Formatter::make_option_opts(option), again, "...");
    return std::regex_replace(opts, others, "");
  }
  std::string make_option_name(const CLI::Option* option, bool positional) const override {
    static const std::regex note("\\{false\\}");
    return std::regex_replace(CLI::Formatter::make_option_name(option, positional), note, "");
  }
};

// What every command that does something has.
void add_common_options(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    if (!command->get_subcommands([](CLI::App*) { return true; }).empty()) {
      add_common_options(*command);
      continue;
    }
    const std::string group = "Talk";
    CLI::Option* quiet =
        command
            ->add_flag_callback(
                "-q,--quiet", [] { folio::cli::set_talk(folio::cli::Talk::kQuiet); },
                "Say nothing but results and errors")
            ->group(group);
    command
        ->add_flag_callback(
            "-v,--verbose", [] { folio::cli::set_talk(folio::cli::Talk::kVerbose); },
            "Say which options apply and how long it took")
        ->group(group)
        ->excludes(quiet);
    // An empty path is a variable of a script that is not set.
    for (CLI::Option* option : command->get_options()) {
      if (folio::cli::takes_path(*option)) option->check(folio::cli::not_empty());
    }
    // Lines grow long where augmentation or a flow can be said.
    if (command->get_option_no_throw("--flow") != nullptr &&
        command->get_option_no_throw("--config") == nullptr) {
      command
          ->add_option("--config",
                       "These options and arguments from a JSON object; those on the line win")
          ->type_name("FILE.json");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  // A file that grows over a limit is an error of write(), like a full disk, not the end.
  std::signal(SIGXFSZ, SIG_IGN);
  CLI::App app("From a directory of images, one folder per class, to a trained network.", "folio");
  app.set_version_flag("--version", FOLIO_VERSION);
  app.require_subcommand(1);
  app.formatter(std::make_shared<Formatter>());
  app.get_formatter()->column_width(34);
  folio::cli::add_train_command(app);
  folio::cli::add_evaluate_command(app);
  folio::cli::add_predict_command(app);
  folio::cli::add_report_command(app);
  folio::cli::add_compare_command(app);
  folio::cli::add_preview_command(app);
  folio::cli::add_batches_command(app);
  folio::cli::add_summary_command(app);
  folio::cli::add_dataset_command(app);
  folio::cli::add_convert_command(app);
  folio::cli::add_bench_command(app);
  folio::cli::add_completion_command(app);
  folio::cli::add_man_command(app);
  add_common_options(app);
  // After the commands, which would inherit it.
  app.footer("Example:\n  folio train photos --validation-split 0.2 --model mnist_cnn --epochs 5");

  try {
    std::vector<std::string> words =
        folio::cli::expand_config({argv + 1, argv + argc}, folio::cli::list_commands(app));
    std::reverse(words.begin(), words.end());  // As CLI11 takes them.
    const auto start = std::chrono::steady_clock::now();
    app.parse(std::move(words));
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    folio::cli::detail("done in " + folio::cli::duration_text(spent.count()));
    std::cout.flush();
    if (!std::cout) return fail(kCannotBeWritten, kExitFailed);
    return 0;
  } catch (const CLI::Success& request) {  // --help, --version
    const int exit_code = app.exit(request);
    return std::cout.flush() ? exit_code : fail(kCannotBeWritten, kExitFailed);
  } catch (const CLI::ParseError& error) {
    return fail(explain(app, error), kExitUsage);
  } catch (const folio::Error& error) {
    return fail(error.what(), error.kind() == folio::ErrorKind::kUsage ? kExitUsage : kExitFailed);
  } catch (const std::bad_alloc&) {
    return fail("out of memory", kExitFailed);
  } catch (const std::exception& error) {
    return fail(error.what(), kExitFailed);
  }
}
