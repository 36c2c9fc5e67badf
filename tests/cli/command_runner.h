/// Runs programs as a user would, and looks at what they say, write and return.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace folio::test {

struct CommandResult {
  int exit_code = -1;  ///< Minus the signal's number if a signal ended it.
  std::string out;
  std::string err;
};

struct RunLimits {
  std::size_t file_bytes = 0;  ///< No file may grow beyond this; 0: no limit.
  bool one_core = false;       ///< May run on one core only, as under `taskset -c 0`.
  bool unprivileged = false;   ///< Permissions of files count for it, even if not for this test.
};

/// A program that runs in a directory, with no standard input.
class RunningCommand {
 public:
  RunningCommand(const std::vector<std::string>& arguments, const std::filesystem::path& directory,
                 RunLimits limits = {});
  void send(int signal_number) const;
  /// Whether it handles this signal itself at the moment.
  [[nodiscard]] bool catches(int signal_number) const;
  /// What it has written on standard output so far.
  [[nodiscard]] std::string out() const;
  CommandResult wait();

 private:
  pid_t process_ = -1;
  std::filesystem::path out_;
  std::filesystem::path err_;
};

/// A test with an empty directory of its own.
class CommandTest : public testing::Test {
 protected:
  CommandTest();
  ~CommandTest() override;

  /// Runs `folio` with these arguments in the test's directory.
  CommandResult folio(std::vector<std::string> arguments, RunLimits limits = {}) const;
  [[nodiscard]] RunningCommand start_folio(std::vector<std::string> arguments,
                                           RunLimits limits = {}) const;

  /// Path in the test's directory.
  [[nodiscard]] std::filesystem::path at(const std::string& name) const {
    return directory_ / name;
  }
  [[nodiscard]] std::string text_of(const std::string& name) const;
  void write(const std::string& name, const std::string& text) const;
  /// Makes a file or folder one of the user that unprivileged commands run as.
  void hand_over(const std::string& name) const;

  /// Draws `digits/0..9` with a few images each.
  void make_digits(int per_class = 12) const;
  /// Trains one short run on `digits` into `run`.
  void train_a_model() const;

 private:
  std::filesystem::path directory_;
};

/// Number of lines in a text.
std::size_t line_count(const std::string& text);

/// What every failure has to look like: the exit code, and a last line on standard error
/// that begins with `folio: error:` and holds `part`.
void expect_failure(const CommandResult& result, int exit_code, const std::string& part);

}  // namespace folio::test
