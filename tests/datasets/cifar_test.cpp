#include <folio/datasets/cifar.h>
#include <folio/datasets/file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/filesystem/operations.hpp>
#include <opencv2/imgcodecs.hpp>

#include "message_of.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using testing::HasSubstr;

/// A record whose pixel i has red i, green 100 and blue 7.
std::string record(const std::string& labels) {
  std::string bytes = labels;
  for (int i = 0; i < 1024; ++i) bytes += static_cast<char>(i % 256);
  return bytes + std::string(1024, 100) + std::string(1024, 7);
}

class CifarTest : public testing::Test {
 protected:
  [[nodiscard]] std::string at(const std::string& name) const {
    return directory_.path() + "/" + name;
  }
  void write(const std::string& name, const std::string& text) const {
    write_file(at("source/" + name), text);
  }
  void write_ten() const {
    write("batches.meta.txt",
          "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n");
    for (int batch = 1; batch <= 5; ++batch) {
      write("data_batch_" + std::to_string(batch) + ".bin",
            record(std::string(1, static_cast<char>(batch))) + record("\x09"));
    }
    write("test_batch.bin", record(std::string(1, '\0')));
  }
  test::TemporaryDirectory directory_;
};

TEST_F(CifarTest, TenBecomesFoldersOfTrainAndTest) {
  write_ten();
  EXPECT_EQ(import_cifar(at("source"), CifarKind::kCifar10, at("out")), 11U);
  const cv::Mat image = cv::imread(at("out/train/bird/00002.png"));
  ASSERT_EQ(image.size(), cv::Size(32, 32));
  EXPECT_EQ(image.at<cv::Vec3b>(1, 3), cv::Vec3b(7, 100, 35));  // Blue first.
  EXPECT_TRUE(boost::filesystem::exists(at("out/train/truck/00009.png")));
  EXPECT_TRUE(boost::filesystem::exists(at("out/test/airplane/00000.png")));
}

TEST_F(CifarTest, HundredHasTwoLabels) {
  std::string fine;
  for (int i = 0; i < 100; ++i) fine += "fine" + std::to_string(i) + "\n";
  std::string coarse;
  for (int i = 0; i < 20; ++i) coarse += "coarse" + std::to_string(i) + "\n";
  write("fine_label_names.txt", fine);
  write("coarse_label_names.txt", coarse);
  write("train.bin", record("\x03\x63"));
  write("test.bin", record("\x04\x01"));
  EXPECT_EQ(import_cifar(at("source"), CifarKind::kCifar100, at("fine")), 2U);
  EXPECT_TRUE(boost::filesystem::exists(at("fine/train/fine99/00000.png")));
  import_cifar(at("source"), CifarKind::kCifar100Coarse, at("coarse"));
  EXPECT_TRUE(boost::filesystem::exists(at("coarse/test/coarse4/00000.png")));
}

TEST_F(CifarTest, DamageIsNamedAndNothingIsLeft) {
  const auto message = [&] {
    const std::string text =
        test::message_of([&] { import_cifar(at("source"), CifarKind::kCifar10, at("out")); });
    EXPECT_FALSE(boost::filesystem::exists(at("out")));
    return text;
  };
  write_ten();
  write("data_batch_3.bin", record("\x01") + "x");
  EXPECT_THAT(message(), HasSubstr("data_batch_3.bin has 3074 bytes, expected records of 3073"));
  write("data_batch_3.bin", record("\x0a"));
  EXPECT_THAT(message(), HasSubstr("data_batch_3.bin has label 10, expected less than 10"));
  boost::filesystem::remove(at("source/data_batch_3.bin"));
  EXPECT_THAT(message(), HasSubstr("data_batch_3.bin: cannot be opened"));
  write_ten();
  write("batches.meta.txt", "one\ntwo\n");
  EXPECT_THAT(message(), HasSubstr("does not name 10 classes"));
  write("batches.meta.txt", "../a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n");
  EXPECT_THAT(message(), HasSubstr("does not name 10 classes"));
}

}  // namespace
}  // namespace folio
