#include "man_page.h"

#include <algorithm>
#include <sstream>

#include "text_table.h"

namespace folio::cli {
namespace {

// Text as roff prints it: no escapes, no line that looks like a request.
std::string plain(const std::string& text) {
  std::string result;
  for (const char character : text) {
    if ((character == '.' || character == '\'') && (result.empty() || result.back() == '\n')) {
      result += "\\&";
    }
    if (character == '\\') {
      result += "\\e";
    } else if (character == '-') {
      result += "\\-";
    } else {
      result += character;
    }
  }
  return result;
}

// Prose, in lines of moderate length.
std::string prose(const std::string& text) {
  constexpr std::size_t kColumns = 66;  // Escapes lengthen them.
  return plain(wrapped(text, kColumns));
}

std::string bold(const std::string& text) { return "\\fB" + plain(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + plain(text) + "\\fR"; }

std::string synopsis(const CommandEntry& command) {
  std::string text = bold(command.name());
  for (const OptionEntry& option : command.options) {
    if (option.positional) text += " " + italic(option.type);
  }
  if (!command.commands.empty()) text += " " + italic("COMMAND");
  return text + " [" + italic("OPTIONS") + "]";
}

std::string options_of(const CommandEntry& command) {
  // Groups in the order in which they appear.
  std::vector<std::string> groups;
  for (const OptionEntry& option : command.options) {
    const std::string group = option.positional ? "Arguments" : option.group;
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  }
  std::string text;
  for (const std::string& group : groups) {
    text += ".PP\n" + bold(group) + "\n";
    for (const OptionEntry& option : command.options) {
      if ((option.positional ? "Arguments" : option.group) != group) continue;
      std::string names;
      for (const std::string& name : option.names) {
        names +=
            (names.empty() ? "" : ", ") + (option.positional ? italic(option.type) : bold(name));
      }
      if (!option.positional && !option.type.empty()) names += " " + italic(option.type);
      text += ".TP\n" + names + "\n" +
              (option.description.empty() ? "\\&" : prose(option.description)) + "\n";
    }
  }
  return text;
}

// A footer's text; what is indented stays as it is.
std::string footer_of(const std::string& footer) {
  std::string text;
  bool example = false;
  std::istringstream lines(footer);
  for (std::string line; std::getline(lines, line);) {
    const bool indented = line.starts_with("  ");
    if (indented != example) text += indented ? ".PP\n.nf\n.RS\n" : ".RE\n.fi\n";
    example = indented;
    text += line.empty() ? ".PP\n" : (indented ? plain(line.substr(2)) : prose(line)) + "\n";
  }
  return text + (example ? ".RE\n.fi\n" : "");
}

}  // namespace

std::string man_page(const std::vector<CommandEntry>& commands) {
  const CommandEntry& root = commands.front();
  std::string text = ".TH FOLIO 1 " FOLIO_RELEASE_DATE " \"folio " FOLIO_VERSION
                     "\" \"User Commands\"\n"
                     ".SH NAME\nfolio \\- train convolutional networks on folders of images\n"
                     ".SH SYNOPSIS\n" +
                     synopsis(root) + "\n.SH DESCRIPTION\n" + plain(root.description) + "\n";
  text +=
      ".PP\nLong options are Keras' argument names with dashes. Results go to\n"
      "standard output, talk to standard error.\n.SH COMMANDS\n";
  for (std::size_t i = 1; i < commands.size(); ++i) {
    const CommandEntry& command = commands[i];
    if (!command.commands.empty()) continue;
    text += ".SS " + synopsis(command) + "\n" + plain(command.description) + ".\n";
    if (!command.footer.empty()) text += ".PP\n" + footer_of(command.footer);
    text += options_of(command);
  }
  return text +
         ".SH EXIT STATUS\n.TP\n0\nDone.\n.TP\n1\nFailed, with one line that names the "
         "reason.\n.TP\n2\nA "
         "wrong line or option.\n"
         ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nIf it is set, progress has no colours.\n.TP\n.B "
         "COLUMNS\nHow wide tables are where the output is no terminal.\n";
}

}  // namespace folio::cli
