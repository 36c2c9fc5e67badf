// What is generated from the definitions of commands and options.
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "command_runner.h"

namespace folio::test {
namespace {

class CompletionTest : public CommandTest {
 protected:
  /// What bash offers for a line whose last word is being typed.
  [[nodiscard]] std::string offered(const std::string& words) const {
    write("folio.bash", folio({"completion", "bash"}).out);
    write("try.bash",
          "source folio.bash\n"
          "compopt() { echo files; }\n"  // Only defined while bash completes.
          "COMP_WORDS=(" +
              words +
              ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_folio\necho \"${COMPREPLY[@]}\"\n");
    return RunningCommand({"/bin/bash", "try.bash"}, at(".")).wait().out;
  }
};

TEST_F(CompletionTest, BashOffersCommandsOptionsAndValues) {
  EXPECT_EQ(offered("folio tr"), "train\n");
  EXPECT_EQ(offered("folio dataset st"), "stats\n");
  EXPECT_EQ(offered("folio train --shear"), "--shear-range\n");
  EXPECT_EQ(offered("folio train photos --fill-mode re"), "reflect\n");
  EXPECT_EQ(offered("folio train --augment ''"), "files\n\n");
  EXPECT_EQ(offered("folio evaluate ''"), "files\n\n");
  EXPECT_EQ(offered("folio train --rotation-range ''"), "\n");  // A number; nothing to offer.
  EXPECT_EQ(offered("folio completion f"), "fish\n");
  EXPECT_EQ(offered("folio train --optimizer adama"), "adamax\n");
  EXPECT_EQ(offered("folio train --model vgg1"), "files\nvgg16\n");
  EXPECT_EQ(offered("folio dataset download fa"), "files\nfashion-mnist\n");
}

TEST_F(CompletionTest, ScriptsAreValid) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const CommandResult script = folio({"completion", shell});
    ASSERT_EQ(script.exit_code, 0) << script.err;
    EXPECT_NE(script.out.find("shear-range"), std::string::npos);
    EXPECT_NE(script.out.find("lanczos"), std::string::npos);
    const std::string program = std::string("/usr/bin/") + shell;
    if (!std::filesystem::exists(program)) continue;  // Not every machine has every shell.
    write(shell, script.out);
    const CommandResult check = RunningCommand({program, "-n", shell}, at(".")).wait();
    EXPECT_EQ(check.exit_code, 0) << shell << ": " << check.err;
    EXPECT_EQ(check.err, "") << shell;
  }
  expect_failure(folio({"completion", "bsh"}), 2, "did you mean \"bash\"?");
}

TEST_F(CompletionTest, ManualHasEveryCommandAndOption) {
  const CommandResult page = folio({"man"});
  ASSERT_EQ(page.exit_code, 0);
  EXPECT_TRUE(page.out.starts_with(".TH FOLIO 1"));
  for (const char* part : {"folio train", "folio dataset stats", "\\-\\-fill\\-mode",
                           "nearest|constant|reflect|wrap", "EXIT STATUS"}) {
    EXPECT_NE(page.out.find(part), std::string::npos) << part;
  }
  if (!std::filesystem::exists("/usr/bin/groff")) return;
  write("folio.1", page.out);
  const CommandResult check =
      RunningCommand({"/usr/bin/groff", "-man", "-ww", "-z", "folio.1"}, at(".")).wait();
  EXPECT_EQ(check.err, "");
}

}  // namespace
}  // namespace folio::test
