#include <folio/trainer/progress_bar.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/ioctl.h>
#include <unistd.h>

#include "plain_nan.h"

namespace folio {
namespace {

constexpr std::size_t kCells = 20;
constexpr std::chrono::milliseconds kRefresh{50};

template <typename... Values>
std::string format(const char* pattern, Values... values) {
  char text[400];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_terminal(std::FILE* stream) {
  return isatty(fileno(stream)) == 1 && environment("TERM") != "dumb";
}

// The first of these that is set decides, as in setlocale.
bool speaks_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = environment(name);
    if (value.empty()) continue;
    return value.find("UTF-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

double seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string shown_time(double value) {
  const auto total = static_cast<long long>(value);
  if (total > 3600) {
    return format("%lld:%02lld:%02lld", total / 3600, total % 3600 / 60, total % 60);
  }
  if (total > 60) return format("%lld:%02lld", total / 60, total % 60);
  return format("%llds", total);
}

std::string shown_rate(double seconds_per_step) {
  if (seconds_per_step >= 1.0 || seconds_per_step == 0.0) {
    return format("%.0fs/step", seconds_per_step);
  }
  if (seconds_per_step >= 1e-3) return format("%.0fms/step", seconds_per_step * 1e3);
  return format("%.0fus/step", seconds_per_step * 1e6);
}

std::string shown_logs(const Logs& logs) {
  std::string text;
  for (const auto& [name, value] : logs) {
    text += " - " + name + ": " +
            format(std::abs(value) > 1e-3 ? "%.4f" : "%.4e", internal::plain_nan(value));
  }
  return text;
}

std::string repeated(const char* cell, std::size_t count) {
  std::string text;
  while (count-- > 0) text += cell;
  return text;
}

}  // namespace

ProgressBar::ProgressBar(ProgressBarOptions options)
    : options_(options),
      terminal_(options.terminal.value_or(is_terminal(options.stream))),
      color_(options.color.value_or(terminal_ && environment("NO_COLOR").empty())),
      unicode_(speaks_utf8()) {}

ProgressBar::ProgressBar(ProgressBar&& other) noexcept
    : Callback(other),
      options_(other.options_),
      terminal_(other.terminal_),
      color_(other.color_),
      unicode_(other.unicode_),
      steps_(other.steps_),
      done_(other.done_),
      first_(other.first_),
      drawn_(std::exchange(other.drawn_, 0)),
      seconds_per_step_(other.seconds_per_step_),
      begin_(other.begin_),
      after_first_step_(other.after_first_step_),
      last_drawn_(other.last_drawn_) {}

ProgressBar::~ProgressBar() { end_line(); }

void ProgressBar::on_train_begin(TrainingContext& context) {
  steps_ = context.steps;
  // A run that goes on in mid-epoch does not begin that epoch again.
  first_ = done_ = context.step;
  begin_ = Clock::now();
}

void ProgressBar::on_epoch_begin(TrainingContext& context, std::size_t epoch) {
  first_ = done_ = 0;
  seconds_per_step_ = 0.0;
  begin_ = Clock::now();
  last_drawn_ = {};
  if (!terminal_ || context.epochs <= 1) return;
  std::fprintf(options_.stream, "Epoch %zu/%zu\n", epoch + 1, context.epochs);
  std::fflush(options_.stream);
}

void ProgressBar::on_train_batch_end(TrainingContext& /*context*/, std::size_t batch,
                                     double /*loss*/, const Logs& logs) {
  done_ = batch + 1;
  const Clock::time_point now = Clock::now();
  // The first step also sets things up; it would spoil the rate.
  const std::size_t steps = done_ - first_;
  if (steps == 1) after_first_step_ = now;
  seconds_per_step_ = steps == 1
                          ? seconds(now - begin_)
                          : seconds(now - after_first_step_) / static_cast<double>(steps - 1);
  if (!terminal_ || (now - last_drawn_ < kRefresh && done_ < steps_)) return;
  last_drawn_ = now;
  const std::size_t left = steps_ > done_ ? steps_ - done_ : 0;
  draw(shown_time(seconds_per_step_ * static_cast<double>(left)), logs, false);
}

void ProgressBar::on_epoch_end(TrainingContext& context, std::size_t epoch, Logs& logs) {
  const std::string time = shown_time(seconds(Clock::now() - begin_));
  if (terminal_) {
    draw(time, logs, true);
    return;
  }
  if (context.epochs > 1) {
    std::fprintf(options_.stream, "Epoch %zu/%zu - ", epoch + 1, context.epochs);
  }
  std::fprintf(options_.stream, "%zu/%zu - %s - %s%s\n", done_, steps_, time.c_str(),
               shown_rate(seconds_per_step_).c_str(), shown_logs(logs).c_str());
  std::fflush(options_.stream);
}

void ProgressBar::on_train_end(TrainingContext& /*context*/, const Logs& /*logs*/) { end_line(); }

std::size_t ProgressBar::columns() const {
  if (options_.width > 0) return options_.width;
  winsize size{};
  if (ioctl(fileno(options_.stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  return 80;
}

void ProgressBar::draw(const std::string& time, const Logs& logs, bool last) {
  // The last column stays free: a line that fills it may wrap, and can then not be drawn over.
  const std::size_t room = std::max<std::size_t>(columns(), 2) - 1;
  const std::string total = std::to_string(steps_);
  std::string head = std::to_string(done_);
  head.insert(0, total.size() - std::min(total.size(), head.size()), ' ');
  head += "/" + total;
  std::string tail = " " + time + " " + shown_rate(seconds_per_step_) + shown_logs(logs);
  const bool bar = head.size() + 1 + kCells + tail.size() <= room;
  // The last drawing is not drawn over, so that it may wrap rather than lose its end.
  if (!last) {
    head = head.substr(0, room);
    if (!bar) tail = tail.substr(0, room - head.size());
  }
  const std::size_t used = head.size() + (bar ? 1 + kCells : 0) + tail.size();
  const auto paint = [&](const char* code, const std::string& text) {
    return color_ ? std::string("\x1b[") + code + "m" + text + "\x1b[0m" : text;
  };
  std::string line = "\r" + paint("1", head);
  if (bar) {
    const std::size_t full =
        steps_ == 0 ? kCells : std::min(kCells, kCells * done_ / std::max<std::size_t>(steps_, 1));
    const char* cell = unicode_ ? "\u2501" : "=";
    line += " " + paint("32", repeated(cell, full)) +
            (color_ ? paint("37", repeated(unicode_ ? cell : ".", kCells - full))
                    : repeated(unicode_ ? "\u2500" : ".", kCells - full));
  }
  line += tail;
  if (used < drawn_) line.append(drawn_ - used, ' ');
  if (last) line += '\n';
  drawn_ = last ? 0 : used;
  std::fwrite(line.data(), 1, line.size(), options_.stream);
  std::fflush(options_.stream);
}

void ProgressBar::end_line() {
  if (drawn_ == 0) return;
  drawn_ = 0;
  std::fputc('\n', options_.stream);
  std::fflush(options_.stream);
}

}  // namespace folio
