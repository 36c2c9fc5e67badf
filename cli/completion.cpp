#include "completion.h"

#include <algorithm>

namespace folio::cli {
namespace {

std::string joined(const std::vector<std::string>& words, const std::string& separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// In single quotes, on one line.
std::string in_quotes(const std::string& text) {
  return "'" + replaced(replaced(text, "\n", " "), "'", "'\\''") + "'";
}

// Paths of all commands below the first: `folio dataset|folio dataset stats`.
std::vector<std::string> command_paths(const std::vector<CommandEntry>& commands) {
  std::vector<std::string> paths;
  for (std::size_t i = 1; i < commands.size(); ++i) {
    paths.push_back("\"" + commands[i].name() + "\"");
  }
  return paths;
}

bool takes_paths(const CommandEntry& command) {
  return std::any_of(command.options.begin(), command.options.end(), [](const OptionEntry& option) {
    return option.positional && option.value.path;
  });
}

/// What a command's first argument may be, where that is one of a few words.
std::vector<std::string> positional_choices(const CommandEntry& command) {
  for (const OptionEntry& option : command.options) {
    if (option.positional) return option.value.choices;
  }
  return {};
}

}  // namespace

std::string bash_completion(const std::vector<CommandEntry>& commands) {
  std::string options;
  std::string values;
  std::string words;
  for (const CommandEntry& command : commands) {
    std::vector<std::string> names;
    for (const OptionEntry& option : command.options) {
      if (option.positional) continue;
      names.insert(names.end(), option.names.begin(), option.names.end());
      if (option.type.empty()) continue;
      std::vector<std::string> cases;
      for (const std::string& name : option.names) {
        cases.push_back("\"" + command.name() + " " + name + "\"");
      }
      values += "    " + joined(cases, "|") + ") ";
      if (!option.value.choices.empty()) {
        values += "COMPREPLY=($(compgen -W " + in_quotes(joined(option.value.choices, " ")) +
                  " -- \"$current\")); ";
      }
      if (option.value.path) values += "compopt -o default; ";
      values += "return ;;\n";
    }
    options += "      \"" + command.name() + "\") words=" + in_quotes(joined(names, " ")) + " ;;\n";
    if (!command.commands.empty()) {
      words += "      \"" + command.name() +
               "\") words=" + in_quotes(joined(command.commands, " ")) + " ;;\n";
    } else if (const std::vector<std::string> choices = positional_choices(command);
               !choices.empty()) {
      words += "      \"" + command.name() + "\") words=" + in_quotes(joined(choices, " ")) +
               (takes_paths(command) ? "; compopt -o default" : "") + " ;;\n";
    } else if (takes_paths(command)) {
      words += "      \"" + command.name() + "\") compopt -o default; return ;;\n";
    }
  }
  return "# Completion of folio for bash, written by `folio completion bash`.\n"
         "_folio() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
         "  local command=folio word words=\n"
         "  COMPREPLY=()\n"
         "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "    case \"$command $word\" in\n"
         "    " +
         joined(command_paths(commands), "|") +
         ") command+=\" $word\" ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$command $previous\" in\n" +
         values +
         "  esac\n"
         "  if [[ $current == -* ]]; then\n"
         "    case \"$command\" in\n" +
         options +
         "    esac\n"
         "  else\n"
         "    case \"$command\" in\n" +
         words +
         "    esac\n"
         "  fi\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\n"
         "complete -F _folio folio\n";
}

std::string zsh_completion(const std::vector<CommandEntry>& commands) {
  // Brackets, colons and backslashes mean something in a specification.
  const auto described = [](const std::string& text) {
    std::string result = replaced(text, "\\", "\\\\");
    for (const char* special : {"[", "]", ":"}) {
      result = replaced(result, special, std::string("\\") + special);
    }
    return result;
  };
  const auto action = [&](const OptionEntry& option) {
    const std::string choices = joined(option.value.choices, " ");
    if (choices.empty()) return std::string(option.value.path ? "_files" : " ");
    return option.value.path ? "{compadd " + choices + "; _files}" : "(" + choices + ")";
  };
  std::string cases;
  for (const CommandEntry& command : commands) {
    std::string arguments;
    for (const OptionEntry& option : command.options) {
      if (option.positional) continue;
      for (const std::string& name : option.names) {
        std::string specification = name + "[" + described(option.description) + "]";
        if (!option.type.empty()) {
          specification += ":" + described(option.type) + ":" + action(option);
        }
        arguments += " \\\n        " + in_quotes(specification);
      }
    }
    if (!command.commands.empty()) {
      arguments += " \\\n        " + in_quotes("1:command:(" + joined(command.commands, " ") + ")");
    } else {
      const std::vector<std::string> choices = positional_choices(command);
      if (!choices.empty()) {
        arguments += " \\\n        " + in_quotes("1:word:(" + joined(choices, " ") + ")");
      }
      if (takes_paths(command)) arguments += " \\\n        '*:file:_files'";
    }
    cases += "    \"" + command.name() + "\")\n      _arguments -S" + arguments + " ;;\n";
  }
  return "#compdef folio\n"
         "# Completion of folio for zsh, written by `folio completion zsh`.\n"
         "_folio() {\n"
         "  local command=folio word\n"
         "  local -i at=1 depth=1\n"
         "  for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
         "    at+=1\n"
         "    case \"$command $word\" in\n"
         "    " +
         joined(command_paths(commands), "|") +
         ") command+=\" $word\"; depth=at ;;\n"
         "    esac\n"
         "  done\n"
         "  words=(\"${(@)words[depth,-1]}\")\n"
         "  (( CURRENT -= depth - 1 ))\n"
         "  case \"$command\" in\n" +
         cases +
         "  esac\n"
         "}\n"
         "if [ \"$funcstack[1]\" = _folio ]; then _folio \"$@\"; else compdef _folio folio; fi\n";
}

std::string fish_completion(const std::vector<CommandEntry>& commands) {
  std::string lines;
  for (const CommandEntry& command : commands) {
    const std::string condition =
        "complete -c folio -n " + in_quotes("__folio_at " + command.name());
    const std::size_t first = &command - commands.data() + 1;
    for (std::size_t i = first; i < commands.size(); ++i) {
      const CommandEntry& child = commands[i];
      if (child.path.size() != command.path.size() + 1 ||
          !std::equal(command.path.begin(), command.path.end(), child.path.begin())) {
        continue;
      }
      lines +=
          condition + " -f -a " + child.path.back() + " -d " + in_quotes(child.description) + "\n";
    }
    for (const OptionEntry& option : command.options) {
      if (option.positional) {
        if (option.value.choices.empty()) continue;
        lines += condition + (takes_paths(command) ? "" : " -f") + " -a " +
                 in_quotes(joined(option.value.choices, " ")) + " -d " +
                 in_quotes(option.description) + "\n";
        continue;
      }
      lines += condition;
      for (const std::string& name : option.names) {
        lines += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      if (!option.type.empty()) lines += option.value.path ? " -r" : " -x";
      if (!option.value.choices.empty()) {
        lines += " -a " + in_quotes(joined(option.value.choices, " "));
      }
      lines += " -d " + in_quotes(option.description) + "\n";
    }
  }
  return "# Completion of folio for fish, written by `folio completion fish`.\n"
         "function __folio_at\n"
         "  set -l at folio\n"
         "  for word in (commandline -opc)[2..-1]\n"
         "    switch \"$at $word\"\n"
         "      case " +
         replaced(joined(command_paths(commands), " "), "\"", "'") +
         "\n"
         "        set -a at $word\n"
         "    end\n"
         "  end\n"
         "  test \"$at\" = \"$argv\"\n"
         "end\n" +
         lines;
}

}  // namespace folio::cli
