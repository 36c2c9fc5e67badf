// Damaged model files: whatever the bytes are, a load returns a model or throws folio::Error, soon.
// FOLIO_MUTATIONS sets how many files are tried; 20,000 take some minutes.
#include <folio/datasets/error.h>
#include <folio/datasets/file.h>
#include <folio/trainer/model_file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "hdf5/model_contents.h"
#include "keras_archive.h"
#include "message_of.h"
#include "reference_data.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using Bytes = std::vector<std::byte>;
using Json = nlohmann::json;
using internal::KerasArchive;
using internal::parse_keras_archive;
using internal::write_keras_archive;

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  Bytes mutate(Bytes bytes) {
    for (std::size_t left = 1 + below(12); left > 0 && !bytes.empty(); --left) change(bytes);
    return bytes;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  // Structures are at the front of what Keras writes, so that half of the changes go there.
  std::size_t place(const Bytes& bytes) {
    return below(below(2) == 0 ? std::min<std::size_t>(bytes.size(), 4096) : bytes.size());
  }

  void change(Bytes& bytes) {
    const std::size_t at = place(bytes);
    const std::size_t length = std::min(bytes.size() - at, std::size_t{1} << below(5));
    const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto last = first + static_cast<std::ptrdiff_t>(length);
    switch (below(7)) {
      case 0:
        *first ^= std::byte{1} << below(8);
        break;
      case 1:
        std::generate(first, last, [&] { return static_cast<std::byte>(below(256)); });
        break;
      case 2:
        std::fill(first, last, std::byte{0xFF});
        break;
      case 3:
        std::fill(first, last, std::byte{0});
        break;
      case 4: {  // A piece from elsewhere: addresses that point to the wrong structure.
        const std::size_t from = below(bytes.size() - length + 1);
        const Bytes piece(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                          bytes.begin() + static_cast<std::ptrdiff_t>(from + length));
        std::copy(piece.begin(), piece.end(), first);
        break;
      }
      case 5:
        *first = static_cast<std::byte>(std::to_integer<int>(*first) + (below(2) == 0 ? 1 : -1));
        break;
      default:
        if (below(8) == 0) bytes.resize(at);
        break;
    }
  }

  std::mt19937 random_;
};

class HostileFileTest : public testing::Test {
 protected:
  static std::size_t mutations() {
    const char* wanted = std::getenv("FOLIO_MUTATIONS");
    return wanted == nullptr ? 2000 : static_cast<std::size_t>(std::atoll(wanted));
  }

  static Sequential architecture() {
    Sequential model({Input({6, 6, 2}), Conv2D(3, {3, 3}, {.activation = "relu"}), MaxPooling2D(),
                      Flatten(), Dense(4, {.activation = "softmax"})});
    model.build({6, 6, 2});
    return model;
  }

  /// A new file each time: file systems flush one that is overwritten.
  [[nodiscard]] std::string write(const std::string& name, std::span<const std::byte> bytes) const {
    const std::string path = directory_.path(name);
    std::remove(path.c_str());
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return path;
  }

  /// Loads the file as a whole model or, where there is only that, as weights.
  static std::string answer(const std::string& path, bool weights) {
    try {
      if (weights) {
        Sequential model = architecture();
        load_model_weights(model, path);
      } else {
        load_model(path);
      }
      return "loaded";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
      return "refused";
    }
  }

  test::TemporaryDirectory directory_;
};

TEST_F(HostileFileTest, MutatedFilesAreAnswered) {
  std::vector<std::string> originals;
  for (const char* name : {"keras_2_0.h5", "keras_2_4.h5", "keras_3.h5", "latest.h5",
                           "split_names.h5", "encodings.h5", "keras_3.keras"}) {
    originals.push_back(test::data_path("trainer/keras_files/") + name);
  }
  Sequential own = architecture();
  own.compile({.optimizer = Adam{}, .loss = "categorical_crossentropy"});
  own.set_metadata(R"({"class_names": ["a", "b", "c", "d"]})");
  originals.push_back(directory_.path("own.h5"));
  own.save(originals.back());

  std::map<std::string, std::size_t> answers;
  double slowest = 0.0;
  Mutator mutator(1);
  for (std::size_t i = 0; i < mutations(); ++i) {
    const std::string& original = originals[i % originals.size()];
    const Bytes bytes = mutator.mutate(read_file(original));
    const std::string path = write("mutated.h5", bytes);
    const auto start = std::chrono::steady_clock::now();
    ++answers[answer(path, original.find("split") != std::string::npos ||
                               original.find("encodings") != std::string::npos)];
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    slowest = std::max(slowest, took.count());
    if (HasFailure()) FAIL() << "mutation " << i << " of " << original;
  }
  std::cout << answers["refused"] << " refused, " << answers["loaded"] << " loaded, slowest "
            << slowest * 1000 << " ms\n";
  EXPECT_GT(answers["refused"], mutations() / 4);
  EXPECT_LT(slowest, 5.0);
}

/// Replaces, removes or repeats one value anywhere in a document.
class JsonMutator {
 public:
  explicit JsonMutator(unsigned seed) : random_(seed) {}

  Json mutate(Json document) {
    for (std::size_t left = 1 + below(3); left > 0; --left) change(document);
    return document;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  void change(Json& document) {
    Json* at = &document;
    while (at->is_structured() && !at->empty() && below(6) != 0) {
      auto element = at->begin();
      std::advance(element, static_cast<std::ptrdiff_t>(below(at->size())));
      if (below(40) == 0) {
        at->erase(element);
        return;
      }
      at = &*element;
    }
    static const std::vector<Json> kValues{nullptr,
                                           true,
                                           -1,
                                           0,
                                           3,
                                           1000000007,
                                           1e18,
                                           -1e300,
                                           0.5,
                                           "",
                                           "relu",
                                           "x",
                                           Json::array(),
                                           Json::object(),
                                           {1, 2, 3},
                                           {-5, 1e15},
                                           {{"class_name", "Dense"}}};
    *at = below(8) == 0 ? Json(document) : kValues[below(kValues.size())];
  }

  std::mt19937 random_;
};

// Well-formed files whose contents make no sense: the checksums of archives do not stop these.
TEST_F(HostileFileTest, MutatedArchitecturesAreAnswered) {
  const KerasArchive original =
      parse_keras_archive(read_file(test::data_path("trainer/keras_files/keras_3.keras")));
  const Json config = Json::parse(original.config);
  std::map<std::string, std::size_t> answers;
  double slowest = 0.0;
  JsonMutator mutator(3);
  Mutator byte_mutator(4);
  for (std::size_t i = 0; i < mutations(); ++i) {
    KerasArchive parts = original;
    if (i % 4 == 0) {
      parts.weights = byte_mutator.mutate(parts.weights);
    } else {
      parts.config = mutator.mutate(config).dump();
    }
    const std::string path = write("mutated.keras", write_keras_archive(parts));
    const auto start = std::chrono::steady_clock::now();
    ++answers[answer(path, false)];
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    slowest = std::max(slowest, took.count());
    if (HasFailure()) FAIL() << "mutation " << i << ": " << parts.config;
  }
  std::cout << answers["refused"] << " refused, " << answers["loaded"] << " loaded, slowest "
            << slowest * 1000 << " ms\n";
  EXPECT_GT(answers["refused"], mutations() / 4);
  EXPECT_LT(slowest, 5.0);
}

TEST_F(HostileFileTest, JsonWithoutMeasureIsRefused) {
  KerasArchive parts =
      parse_keras_archive(read_file(test::data_path("trainer/keras_files/keras_3.keras")));
  parts.config = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_THAT(
      test::message_of([&] { load_model(write("deep.keras", write_keras_archive(parts))); }),
      testing::HasSubstr("nested more than 256 levels deep"));
  parts.config = '"' + std::string(std::size_t{17} << 20, 'x') + '"';
  EXPECT_THAT(
      test::message_of([&] { load_model(write("long.keras", write_keras_archive(parts))); }),
      testing::HasSubstr("config.json has more than"));
  EXPECT_THAT(test::message_of([&] { model_from_json(parts.config); }),
              testing::HasSubstr("at most"));
}

TEST_F(HostileFileTest, EveryTruncationIsRefused) {
  const Bytes bytes = read_file(test::data_path("trainer/keras_files/keras_3.h5"));
  for (std::size_t length = 0; length < bytes.size(); length += 97) {
    const std::string path = write("short.h5", std::span(bytes).first(length));
    EXPECT_EQ(answer(path, false), "refused") << length;
  }
}

TEST_F(HostileFileTest, EveryFlippedBitIsFound) {
  Sequential model = architecture();
  model.compile({.optimizer = Adam{}, .loss = "categorical_crossentropy"});
  model.save(directory_.path("own.h5"));
  Bytes bytes = read_file(directory_.path("own.h5"));
  ASSERT_NO_THROW(internal::parse_h5(bytes));
  std::mt19937 random(2);
  for (int i = 0; i < 10000; ++i) {
    const std::size_t bit = random() % (bytes.size() * 8);
    bytes[bit / 8] ^= std::byte{1} << bit % 8;
    EXPECT_THROW(internal::parse_h5(bytes), Error) << "bit " << bit;
    bytes[bit / 8] ^= std::byte{1} << bit % 8;
  }
}

TEST_F(HostileFileTest, ChangedFilesAreRefusedWithTheReason) {
  architecture().save(directory_.path("own.h5"));
  Bytes bytes = read_file(directory_.path("own.h5"));
  bytes.push_back(std::byte{0});
  const std::string path = write("longer.h5", bytes);
  EXPECT_THAT(test::message_of([&] { load_model(path); }),
              testing::AllOf(testing::HasSubstr(path), testing::HasSubstr("checksum")));
}

}  // namespace
}  // namespace folio
