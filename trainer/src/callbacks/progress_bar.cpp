#include <folio/trainer/progress_bar.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace folio {
namespace {

constexpr int kBarCells = 20;
constexpr std::chrono::milliseconds kRefresh{50};

template <typename... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), pattern, values...);
  return text.data();
}

/// `1:02:03`, `2:03` or `7s`.
std::string duration(double seconds) {
  const long whole = std::lround(seconds);
  if (whole >= 3600) return format("%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  if (whole >= 60) return format("%ld:%02ld", whole / 60, whole % 60);
  return format("%lds", whole);
}

std::string step_time(double seconds) {
  if (seconds >= 1.0) return format("%.0fs/step", seconds);
  if (seconds >= 1e-3) return format("%.0fms/step", seconds * 1e3);
  return format("%.0fus/step", seconds * 1e6);
}

std::string metric(double value) {
  return format(std::abs(value) > 1e-3 || value == 0.0 ? "%.4f" : "%.4e", value);
}

int terminal_width(std::FILE* stream) {
  winsize size{};
  const bool known = ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

}  // namespace

ProgressBar::ProgressBar(ProgressBarOptions options)
    : options_(options),
      terminal_(options.terminal.value_or(::isatty(::fileno(options.stream)) != 0)),
      color_(options.color.value_or(terminal_ && std::getenv("NO_COLOR") == nullptr)) {}

void ProgressBar::on_epoch_begin(TrainingContext& context, std::size_t epoch) {
  if (context.epochs > 1) {
    std::fprintf(options_.stream, "Epoch %zu/%zu\n", epoch + 1, context.epochs);
  }
  epoch_start_ = Clock::now();
  last_shown_ = {};
}

void ProgressBar::on_train_batch_end(TrainingContext& context, std::size_t batch, double,
                                     const Logs& logs) {
  const Clock::time_point now = Clock::now();
  if (batch == 0) first_step_end_ = now;
  if (!terminal_ || now - last_shown_ < kRefresh) return;
  last_shown_ = now;
  show(line(batch + 1, context.steps, logs, false));
}

void ProgressBar::on_epoch_end(TrainingContext& context, std::size_t, Logs& logs) {
  const std::string text = line(context.steps, context.steps, logs, true);
  if (terminal_) {
    show(text);
    std::fputc('\n', options_.stream);
    line_open_ = false;
  } else {
    std::fprintf(options_.stream, "%s\n", text.c_str());
  }
  std::fflush(options_.stream);
}

void ProgressBar::on_train_end(TrainingContext&, const Logs&) {
  // An interrupted epoch leaves its line open.
  if (line_open_) std::fputc('\n', options_.stream);
  line_open_ = false;
}

std::string ProgressBar::line(std::size_t done, std::size_t steps, const Logs& logs,
                              bool finished) const {
  const auto seconds = [](Clock::duration time) {
    return std::chrono::duration<double>(time).count();
  };
  const Clock::time_point now = Clock::now();
  const double taken = seconds(now - epoch_start_);
  // The first step builds what the others use, so the rate leaves it out.
  const double per_step = done > 1 ? seconds(now - first_step_end_) / static_cast<double>(done - 1)
                                   : taken / static_cast<double>(std::max<std::size_t>(1, done));
  std::string text = format("%zu/%zu", done, steps);
  if (terminal_) {
    const int width = options_.width.value_or(terminal_width(options_.stream));
    if (width >= 60) {
      const auto full = static_cast<int>(kBarCells * done / std::max<std::size_t>(1, steps));
      std::string bar;
      if (color_) bar += "\x1b[32m";
      for (int i = 0; i < kBarCells; ++i) {
        if (color_ && i == full) bar += "\x1b[37m";
        bar += color_ ? "━" : i < full ? "=" : i == full ? ">" : ".";
      }
      if (color_) bar += "\x1b[0m";
      text += " " + bar;
    }
  } else {
    text += " -";
  }
  const double left = per_step * static_cast<double>(steps - done);
  text += finished ? " " + duration(taken) : " ETA " + duration(left);
  text += (terminal_ ? " " : " - ") + step_time(per_step);
  for (const auto& [name, value] : logs) text += " - " + name + ": " + metric(value);
  return text;
}

/// Replaces the line on the terminal, cut to what fits beside the cursor.
void ProgressBar::show(const std::string& line) {
  const int width = options_.width.value_or(terminal_width(options_.stream));
  std::string cut;
  int columns = 0;
  for (std::size_t i = 0; i < line.size();) {
    std::size_t length = 1;
    bool visible = true;
    if (line[i] == '\x1b') {
      length = line.find('m', i) - i + 1;
      visible = false;
    } else {
      while (i + length < line.size() && (line[i + length] & 0xC0) == 0x80) ++length;
    }
    if (!visible || ++columns < width) cut += line.substr(i, length);
    i += length;
  }
  std::fprintf(options_.stream, "\r\x1b[K%s", cut.c_str());
  std::fflush(options_.stream);
  line_open_ = true;
}

}  // namespace folio
