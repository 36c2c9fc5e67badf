#include "command_runner.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace folio::test {
namespace fs = std::filesystem;
namespace {

constexpr unsigned kNobody = 65534;

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

fs::path unique_path(const std::string& kind) {
  static std::atomic<int> number{0};
  return fs::path(testing::TempDir()) /
         ("folio-" + kind + "-" + std::to_string(getpid()) + "-" + std::to_string(number++));
}

// Only async-signal-safe calls: the child of a process that may have threads.
void become(char* const* arguments, const char* directory, const char* out, const char* err,
            const RunLimits& limits) {
  const int input = open("/dev/null", O_RDONLY);
  const int output = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int error = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (input < 0 || output < 0 || error < 0 || chdir(directory) != 0) _exit(126);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(error, STDERR_FILENO);
  // Found now: another user may not reach it, in a checkout below /root.
  const int program = open(arguments[0], O_PATH | O_CLOEXEC);
  if (limits.file_bytes > 0) {
    const rlimit limit{limits.file_bytes, limits.file_bytes};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  if (limits.unprivileged && geteuid() == 0 && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) {
    _exit(126);
  }
  if (limits.one_core) {
    cpu_set_t cores;
    sched_getaffinity(0, sizeof cores, &cores);
    int first = 0;
    while (first < CPU_SETSIZE - 1 && !CPU_ISSET(first, &cores)) ++first;
    CPU_ZERO(&cores);
    CPU_SET(first, &cores);
    sched_setaffinity(0, sizeof cores, &cores);
  }
  fexecve(program, arguments, environ);
  _exit(127);
}

}  // namespace

RunningCommand::RunningCommand(const std::vector<std::string>& arguments, const fs::path& directory,
                               RunLimits limits)
    : out_(unique_path("out")), err_(unique_path("err")) {
  std::vector<char*> words;
  for (const std::string& argument : arguments) {
    words.push_back(
        const_cast<char*>(argument.c_str()));  // fexecve takes, but does not change, it.
  }
  words.push_back(nullptr);
  process_ = fork();
  if (process_ == 0) become(words.data(), directory.c_str(), out_.c_str(), err_.c_str(), limits);
  if (process_ < 0) throw std::runtime_error("fork failed");
}

void RunningCommand::send(int signal_number) const { kill(process_, signal_number); }

bool RunningCommand::catches(int signal_number) const {
  const std::string status = read_text("/proc/" + std::to_string(process_) + "/status");
  const std::size_t mask = status.find("SigCgt:");
  return mask != std::string::npos &&
         (std::stoull(status.substr(mask + 7), nullptr, 16) >> (signal_number - 1) & 1U) == 1;
}

std::string RunningCommand::out() const { return read_text(out_); }

CommandResult RunningCommand::wait() {
  int status = 0;
  waitpid(process_, &status, 0);
  CommandResult result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  result.out = read_text(out_);
  result.err = read_text(err_);
  fs::remove(out_);
  fs::remove(err_);
  return result;
}

CommandTest::CommandTest() : directory_(unique_path("test")) { fs::create_directories(directory_); }

CommandTest::~CommandTest() {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

RunningCommand CommandTest::start_folio(std::vector<std::string> arguments,
                                        RunLimits limits) const {
  arguments.insert(arguments.begin(), FOLIO_COMMAND);
  return {arguments, directory_, limits};
}

void CommandTest::hand_over(const std::string& name) const {
  if (geteuid() != 0) return;  // Commands run as this user.
  ASSERT_EQ(chown(at(name).c_str(), kNobody, kNobody), 0);
}

CommandResult CommandTest::folio(std::vector<std::string> arguments, RunLimits limits) const {
  arguments.insert(arguments.begin(), FOLIO_COMMAND);
  return RunningCommand(arguments, directory_, limits).wait();
}

std::string CommandTest::text_of(const std::string& name) const { return read_text(at(name)); }

void CommandTest::write(const std::string& name, const std::string& text) const {
  fs::create_directories(at(name).parent_path());
  std::ofstream(at(name), std::ios::binary) << text;
}

void CommandTest::make_digits(int per_class) const {
  const CommandResult result = folio({"dataset", "synthesize", "digits", "digits", "--per-class",
                                      std::to_string(per_class), "--seed", "3"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
}

void CommandTest::train_a_model() const {
  const CommandResult result =
      folio({"train", "digits", "--model", "mnist_cnn", "--epochs", "1", "--seed", "5",
             "--validation-split", "0.25", "--output", "run"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
}

std::size_t line_count(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

void expect_failure(const CommandResult& result, int exit_code, const std::string& part) {
  EXPECT_EQ(result.exit_code, exit_code) << result.out << result.err;
  const std::string mark = "folio: error: ";
  const std::size_t start = result.err.rfind(mark);
  ASSERT_NE(start, std::string::npos) << result.err;
  EXPECT_TRUE(start == 0 || result.err[start - 1] == '\n') << result.err;
  const std::string line = result.err.substr(start);
  EXPECT_EQ(line_count(line), 1U) << result.err;
  EXPECT_NE(line.find(part), std::string::npos) << "no \"" << part << "\" in: " << line;
}

}  // namespace folio::test
