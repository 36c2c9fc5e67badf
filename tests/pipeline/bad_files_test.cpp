// A folder with 1,000 good files and 500 bad ones of every kind.
#include <folio/datasets/file.h>
#include <folio/pipeline/decode_image.h>
#include <folio/pipeline/image_data_generator.h>
#include <folio/pipeline/threads.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/filesystem/operations.hpp>
#include <chrono>
#include <fstream>
#include <map>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <set>

#include "message_of.h"
#include "reference_data.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using Bytes = std::vector<unsigned char>;

Bytes encoded(const std::string& ending, const std::vector<int>& options = {}) {
  cv::Mat picture(64, 48, CV_8UC3);
  cv::theRNG().state = 9;
  cv::randu(picture, 0, 256);
  Bytes bytes;
  cv::imencode(ending, picture, bytes, options);
  return bytes;
}

Bytes cut(Bytes bytes, int percent) {
  bytes.resize(bytes.size() * static_cast<std::size_t>(percent) / 100);
  return bytes;
}

Bytes text(const std::string& content) { return {content.begin(), content.end()}; }

/// A JPEG or PNG whose header claims an enormous size.
Bytes bomb(const std::string& ending) {
  Bytes bytes = encoded(ending);
  if (ending == ".png") {
    for (const std::size_t at : {16U, 20U}) bytes[at] = 0x7F;
    return bytes;
  }
  for (std::size_t i = 2; i + 9 < bytes.size(); ++i) {
    if (bytes[i] == 0xFF && bytes[i + 1] == 0xC0) {
      // 65000 x 65000, which libjpeg would take.
      for (std::size_t k = 5; k < 9; ++k) bytes[i + k] = k % 2 == 1 ? 0xFD : 0xE8;
      break;
    }
  }
  return bytes;
}

/// A progressive grey JPEG of side x side pixels, all of its coefficients 0, with one scan for the
/// means and then this many for the rest. Every scan is valid and says in a few bytes that there is
/// nothing in it.
Bytes progressive(unsigned side, int scans) {
  const auto byte = [](unsigned value) { return static_cast<unsigned char>(value); };
  Bytes bytes{0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0};
  bytes.insert(bytes.end(), 64, 1);  // The quantisation table.
  for (const unsigned value : {0xFFU, 0xC2U, 0U, 11U, 8U, side >> 8, side & 0xFF, side >> 8,
                               side & 0xFF, 1U, 1U, 0x11U, 0U}) {
    bytes.push_back(byte(value));
  }
  // One code, a bit 0: for the means no difference, for the rest 2^14 blocks without coefficients
  // and as many as 14 more bits say.
  for (const auto& [table, symbol] : {std::pair(0x00, 0x00), std::pair(0x10, 0xE0)}) {
    for (const int value : {0xFF, 0xC4, 0, 20, table, 1}) bytes.push_back(byte(value));
    bytes.insert(bytes.end(), 15, 0);
    bytes.push_back(byte(symbol));
  }
  const auto scan = [&](int first, int last, std::size_t bits) {
    for (const int value : {0xFF, 0xDA, 0, 8, 1, 1, 0x00, first, last, 0x00}) {
      bytes.push_back(byte(value));
    }
    bytes.insert(bytes.end(), (bits + 7) / 8, 0);
  };
  const std::size_t blocks = std::size_t{(side + 7) / 8} * ((side + 7) / 8);
  scan(0, 0, blocks);
  for (int i = 0; i < scans; ++i) scan(1, 63, (blocks + 16383) / 16384 * 15);
  bytes.insert(bytes.end(), {0xFF, 0xD9});
  return bytes;
}

/// Hundreds of passes over as many pixels as are accepted.
Bytes scan_bomb() { return progressive(8192, 400); }

Bytes reference_file(const std::string& name) {
  const std::vector<std::byte> bytes = read_file(test::data_path("pipeline/kinds/" + name));
  const auto* first = reinterpret_cast<const unsigned char*>(bytes.data());
  return {first, first + bytes.size()};
}

/// Twenty kinds of files that are no images.
std::vector<std::pair<std::string, Bytes>> bad_contents() {
  Bytes zero_tail = encoded(".png");
  std::fill(zero_tail.begin() + static_cast<std::ptrdiff_t>(zero_tail.size() / 2), zero_tail.end(),
            static_cast<unsigned char>(0));
  return {{"empty", {}},
          {"one_byte", {0xFF}},
          {"jpeg05", cut(encoded(".jpg"), 5)},
          {"jpeg50", cut(encoded(".jpg"), 50)},
          {"jpeg99", cut(encoded(".jpg"), 99)},
          {"progressive90", cut(encoded(".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1}), 90)},
          {"png50", cut(encoded(".png"), 50)},
          {"webp50", cut(encoded(".webp"), 50)},
          {"tiff50", cut(encoded(".tiff"), 50)},
          {"bmp50", cut(encoded(".bmp"), 50)},
          {"ppm99", cut(encoded(".ppm"), 99)},
          {"zero_tail", zero_tail},
          {"html", text("<!DOCTYPE html><html><body>404 Not Found</body></html>")},
          {"lfs", text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1\n")},
          {"png_bomb", bomb(".png")},
          {"jpeg_bomb", bomb(".jpg")},
          {"scan_bomb", scan_bomb()},
          {"new\nline", text("text")},
          {"not_utf8_\xFF\xFE", text("text")},
          {"gif", reference_file("animated.gif")}};
}

class BadFilesTest : public testing::Test {
 protected:
  BadFilesTest() {
    namespace fs = boost::filesystem;
    const std::string digits = test::data_path("pipeline/images/digits");
    std::vector<std::string> sources;
    for (const auto& entry : fs::recursive_directory_iterator(digits)) {
      if (fs::is_regular_file(entry)) sources.push_back(entry.path().string());
    }
    std::sort(sources.begin(), sources.end());
    for (int i = 0; i < 1000; ++i) {
      const std::string name = std::to_string(i % 2) + "/good" + std::to_string(i) + ".png";
      fs::create_directories(directory_.path(std::to_string(i % 2)));
      const std::size_t source = static_cast<std::size_t>(i) % sources.size();
      if (static_cast<std::size_t>(i) < sources.size()) {
        fs::copy_file(sources[source], directory_.path(name));
        sources[source] = directory_.path(name);
      } else {
        fs::create_hard_link(sources[source], directory_.path(name));
      }
      good_.insert(name);
    }
    for (const auto& [kind, bytes] : bad_contents()) {
      for (int i = 0; i < 23; ++i) {
        const std::string name = bad_name(kind, i);
        std::ofstream(directory_.path(name), std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
      }
    }
    for (int i = 0; i < 20; ++i) {
      fs::create_symlink("nowhere", directory_.path(bad_name("dangling", i)));
      EXPECT_EQ(::mkfifo(directory_.path(bad_name("fifo", i)).c_str(), 0600), 0);
    }
    fs::create_directories(directory_.path("0/folder.jpg"));
  }
  std::string bad_name(const std::string& kind, int i) {
    const std::string name = std::to_string(i % 2) + "/" + kind + std::to_string(i) + ".jpg";
    bad_.insert(name);
    return name;
  }
  [[nodiscard]] FlowOptions flow() const {
    return {.target_size = {28, 28},
            .color_mode = ColorMode::kGrayscale,
            .seed = 7,
            .on_bad_file = OnBadFile::kSkip};
  }

  test::TemporaryDirectory directory_;
  std::set<std::string> good_;
  std::set<std::string> bad_;
};

TEST_F(BadFilesTest, AllAreNamedOnceWithReasonsBatchesStayFullAndNoGoodFileIsLost) {
  ASSERT_EQ(bad_.size(), 500U);
  std::vector<float> expected;
  std::map<std::string, std::string> reasons;
  for (const int count : {1, 4}) {
    set_threads(count);
    BatchStream stream =
        ImageDataGenerator({.rotation_range = 20.0}).flow_from_directory(directory_.path(), flow());
    ASSERT_EQ(stream.samples(), 1500U);
    EXPECT_THAT(stream.notices(), testing::ElementsAre("0/folder.jpg is named like an image, but "
                                                       "is a folder"));
    std::set<std::string> seen;
    std::vector<float> values;
    std::size_t samples = 0;
    for (int epoch = 0; epoch < 2; ++epoch) {
      for (const Batch& batch : stream.epoch()) {
        samples += batch.size();
        seen.insert(batch.files.begin(), batch.files.end());
        values.insert(values.end(), batch.x.values().begin(), batch.x.values().end());
      }
    }
    EXPECT_EQ(samples, 3000U);
    EXPECT_EQ(seen, good_);
    if (expected.empty()) expected = values;
    EXPECT_EQ(values, expected);
    std::multiset<std::string> named;
    for (const BadFile& bad : stream.report().bad_files) {
      named.insert(bad.path);
      reasons[bad.path] = bad.reason;
      EXPECT_FALSE(bad.reason.empty());
    }
    EXPECT_EQ(named, std::multiset<std::string>(bad_.begin(), bad_.end()));
  }
  set_threads(0);

  const std::vector<std::pair<std::string, std::string>> told{
      {"0/empty0.jpg", "empty file"},           {"0/one_byte0.jpg", "not an image"},
      {"0/jpeg500.jpg", "damaged JPEG"},        {"0/png500.jpg", "damaged PNG"},
      {"0/html0.jpg", "not an image"},          {"0/png_bomb0.jpg", "damaged PNG"},
      {"0/jpeg_bomb0.jpg", "at most 67108864"}, {"0/scan_bomb0.jpg", "more than 100 scans"},
      {"0/gif0.jpg", "GIF is not supported"},   {"0/dangling0.jpg", "No such file"},
      {"0/fifo0.jpg", "not a regular file"}};
  for (const auto& [path, reason] : told) {
    EXPECT_THAT(reasons[path], testing::HasSubstr(reason)) << path;
  }
}

std::string refusal(const Bytes& bytes) {
  cv::Mat image;
  return test::message_of(
      [&] { decode_image(std::as_bytes(std::span(bytes)), ColorMode::kRgb, image); });
}

TEST(BombTest, IsRefusedInNoTime) {
  for (const Bytes& bytes : {bomb(".png"), bomb(".jpg"), scan_bomb()}) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_NE(refusal(bytes), "no error");
    // A tenth of a second is the promise; a machine under load gets more. The scans alone would
    // take longer.
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(500));
  }
}

TEST(BombTest, ScansAreCountedBeforeAnyIsDecoded) {
  EXPECT_EQ(refusal(progressive(64, 99)), "no error");  // With that of the means, 100.
  EXPECT_EQ(refusal(progressive(64, 100)), "JPEG of more than 100 scans");
  EXPECT_EQ(refusal(encoded(".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1})), "no error");
}

}  // namespace
}  // namespace folio
