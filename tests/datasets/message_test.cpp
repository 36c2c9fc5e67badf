#include <folio/datasets/message.h>
#include <gtest/gtest.h>

namespace folio {
namespace {

TEST(MessageTest, TypingErrorsFindTheName) {
  EXPECT_EQ(did_you_mean("categorial", {"binary", "categorical"}),
            "; did you mean \"categorical\"?");
  EXPECT_EQ(did_you_mean("adma", {"sgd", "adam", "adamw"}), "; did you mean \"adam\"?");
  EXPECT_EQ(did_you_mean("Conv2d", {"Conv1D", "Conv2D"}), "; did you mean \"Conv2D\"?");
  EXPECT_EQ(did_you_mean("--shear-rnage", {"--shear-range"}), "; did you mean \"--shear-range\"?");
}

TEST(MessageTest, BeginningsAndInitialsFindTheName) {
  EXPECT_EQ(did_you_mean("gray", {"rgb", "grayscale"}), "; did you mean \"grayscale\"?");
  // Rather than what takes two changes.
  EXPECT_EQ(did_you_mean("resnet", {"lenet", "resnet18"}), "; did you mean \"resnet18\"?");
  EXPECT_EQ(did_you_mean("--lr", {"--log-every", "--learning-rate"}),
            "; did you mean \"--learning-rate\"?");
  EXPECT_EQ(did_you_mean("val_acc", {"loss", "val_loss", "val_accuracy"}),
            "; did you mean \"val_accuracy\"?");
}

TEST(MessageTest, OtherWordsFindNothing) {
  EXPECT_EQ(did_you_mean("ignore", {"error", "skip", "zero"}), "");
  EXPECT_EQ(did_you_mean("", {"a", "b"}), "");
  EXPECT_EQ(did_you_mean("--", {"--a"}), "");
  EXPECT_EQ(did_you_mean("x", {"hue_range"}), "");
  EXPECT_EQ(did_you_mean("word", {}), "");
  EXPECT_EQ(did_you_mean(std::string(1000, 'a'), {std::string(1000, 'a')}), "");
}

TEST(MessageTest, NumbersHaveNoTail) {
  EXPECT_EQ(number_text(0.2), "0.2");
  EXPECT_EQ(number_text(5), "5");
  EXPECT_EQ(number_text(1e-7), "1e-07");
}

}  // namespace
}  // namespace folio
