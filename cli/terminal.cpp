#include "terminal.h"

#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <iostream>

namespace folio::cli {
namespace {

volatile std::sig_atomic_t interrupt_seen = 0;
Talk chosen_talk = Talk::kNormal;

extern "C" void remember_interrupt(int signal_number) {
  interrupt_seen = 1;
  std::signal(signal_number, SIG_DFL);
}

}  // namespace

std::string one_line(const std::string& text) {
  std::string line;
  for (const char character : text) {
    const auto code = static_cast<unsigned char>(character);
    if (character == '\n') {
      line += "\\n";
    } else if (code < 0x20 || code == 0x7F) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", code);
      line += escape;
    } else {
      line += character;
    }
  }
  return line;
}

void set_talk(Talk talk) { chosen_talk = talk; }

Talk talk() { return chosen_talk; }

void note(const std::string& text) {
  if (chosen_talk != Talk::kQuiet) std::cerr << "folio: " << one_line(text) << '\n';
}

void detail(const std::string& text) {
  if (chosen_talk == Talk::kVerbose) note(text);
}

std::string format_number(double value) {
  char text[32];
  // NaN has a sign that nobody wants to see.
  std::snprintf(text, sizeof text, "%.6g", std::isnan(value) ? std::abs(value) : value);
  return text;
}

bool on_terminal() { return isatty(STDERR_FILENO) == 1; }

InterruptWatch::InterruptWatch() {
  interrupt_seen = 0;
  std::signal(SIGINT, remember_interrupt);
  std::signal(SIGTERM, remember_interrupt);
}

InterruptWatch::~InterruptWatch() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool InterruptWatch::interrupted() { return interrupt_seen != 0; }

}  // namespace folio::cli
