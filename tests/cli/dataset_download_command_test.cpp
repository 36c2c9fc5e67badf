#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <httplib.h>

#include "big_endian.h"
#include "command_runner.h"

namespace folio::test {
namespace fs = std::filesystem;
namespace {

std::string images(int count) {
  std::string text =
      big_endian(2051) + big_endian(static_cast<unsigned>(count)) + big_endian(2) + big_endian(2);
  for (int i = 0; i < 4 * count; ++i) text += static_cast<char>(i);
  return text;
}

std::string labels(int count) {
  return big_endian(2049) + big_endian(static_cast<unsigned>(count)) +
         std::string(static_cast<std::size_t>(count), '\x01');
}

// Digests of images(3), labels(3), images(2), labels(2), made with sha256sum.
constexpr const char* kDigests =
    "96411bb42bfce6e873d9c66df5439c0e3fc743e8411014a602e60f101da36a78,"
    "964d023700d707a7342046a7c2c5f66f7ab20b5ef75486ebbd443e8f22d24812,"
    "ff4829bbc0e8e7c4a69084405319247277501a7775fcd473c5ea2f6708363b07,"
    "b133a3297ddbb5651bb41a107e5ba41e8de32484dd3a57bd29d76c307cd3a237";

// A server on the loopback address that has MNIST's four files.
class DatasetDownloadCommandTest : public CommandTest {
 protected:
  DatasetDownloadCommandTest() {
    files_ = {{"train-images-idx3-ubyte.gz", images(3)},
              {"train-labels-idx1-ubyte.gz", labels(3)},
              {"t10k-images-idx3-ubyte.gz", images(2)},
              {"t10k-labels-idx1-ubyte.gz", labels(2)}};
    server_.Get(
        R"(/data/(.*))", [this](const httplib::Request& request, httplib::Response& response) {
          const std::lock_guard lock(mutex_);
          requests_.push_back(request.matches[1].str() + " " + request.get_header_value("Range"));
          const auto found = files_.find(request.matches[1]);
          if (found == files_.end()) {
            response.status = 404;
            return;
          }
          if (ranges_) {
            response.set_content(found->second, "application/octet-stream");
            return;
          }
          // Whole files only, whatever was asked for.
          const_cast<httplib::Request&>(request).ranges.clear();
          response.set_content(found->second, "application/octet-stream");
        });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  ~DatasetDownloadCommandTest() override {
    server_.stop();
    thread_.join();
  }

  CommandResult download(const std::string& digests = kDigests, const std::string& path = "data") {
    return folio({"dataset", "download", "mnist", "out", "--keep-files", "kept", "--url",
                  "http://127.0.0.1:" + std::to_string(port_) + "/" + path, "--sha256", digests});
  }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  std::map<std::string, std::string> files_;  // Before the first request only.
  bool ranges_ = true;                        // Likewise.
  int port_ = 0;

 private:
  std::mutex mutex_;
  std::vector<std::string> requests_;  // Guarded by mutex_.
  httplib::Server server_;
  std::thread thread_;
};

TEST_F(DatasetDownloadCommandTest, FilesBecomeClassFolders) {
  const CommandResult result = download();
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "Wrote 5 images to out/train and out/test\n");
  EXPECT_TRUE(fs::exists(at("out/train/1/00002.png")));
  EXPECT_TRUE(fs::exists(at("out/test/1/00001.png")));
  EXPECT_EQ(text_of("kept/train-images-idx3-ubyte.gz"), images(3));
}

TEST_F(DatasetDownloadCommandTest, WhatIsThereIsNotFetchedAgainAndWhatIsBegunIsContinued) {
  write("kept/train-labels-idx1-ubyte.gz", labels(3));
  write("kept/train-images-idx3-ubyte.gz.part", images(3).substr(0, 10));
  const CommandResult result = download();
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(requests(),
            (std::vector<std::string>{"train-images-idx3-ubyte.gz bytes=10-",
                                      "t10k-images-idx3-ubyte.gz ", "t10k-labels-idx1-ubyte.gz "}));
  EXPECT_EQ(text_of("kept/train-images-idx3-ubyte.gz"), images(3));
  EXPECT_FALSE(fs::exists(at("kept/train-images-idx3-ubyte.gz.part")));
}

TEST_F(DatasetDownloadCommandTest, ServerWithoutRangesSendsAllAgain) {
  ranges_ = false;
  write("kept/train-images-idx3-ubyte.gz.part", images(3).substr(0, 10));
  const CommandResult result = download();
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(text_of("kept/train-images-idx3-ubyte.gz"), images(3));
}

TEST_F(DatasetDownloadCommandTest, WrongContentIsThrownAwayWithBothDigests) {
  std::string digests = kDigests;
  digests[0] = digests[0] == '0' ? '1' : '0';
  const CommandResult result = download(digests);
  expect_failure(result, 1, "its SHA-256 is " + std::string(kDigests).substr(0, 64) + " and not ");
  EXPECT_FALSE(fs::exists(at("out/train")));
  EXPECT_FALSE(fs::exists(at("kept")));
}

TEST_F(DatasetDownloadCommandTest, BuiltInDigestsRefuseOtherFiles) {
  const CommandResult result = folio({"dataset", "download", "mnist", "out", "--url",
                                      "http://127.0.0.1:" + std::to_string(port_) + "/data"});
  expect_failure(result, 1, "not 440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609");
}

TEST_F(DatasetDownloadCommandTest, MissingFilesAndServersAreNamed) {
  expect_failure(download(kDigests, "elsewhere"), 1, "the server answers 404");
  const CommandResult result =
      folio({"dataset", "download", "mnist", "out2", "--url", "http://127.0.0.1:1/data"});
  expect_failure(result, 1, "cannot download http://127.0.0.1:1/data/train-images-idx3-ubyte.gz");
  expect_failure(result, 1, "is there a network?");
  EXPECT_FALSE(fs::exists(at("out2")));  // Nothing came, nothing is left.
  expect_failure(folio({"dataset", "download", "mnist", "out3", "--url", "file:///etc"}), 1,
                 "cannot download file:///etc");
}

TEST_F(DatasetDownloadCommandTest, WrongUseIsExplained) {
  expect_failure(folio({"dataset", "download", "mnits", "out"}), 2, "did you mean \"mnist\"");
  expect_failure(download("abc"), 2, "expected 4 digests");
  expect_failure(folio({"dataset", "download", "cifar10", "out", "--sha256", "abc"}), 2,
                 "only with --url");
  fs::create_directories(at("out/train"));
  expect_failure(download(), 2, "out/train exists already");
}

}  // namespace
}  // namespace folio::test
