#include <folio/datasets/file.h>
#include <folio/datasets/npy.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "message_of.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using test::message_of;
using testing::HasSubstr;

TEST(NpyTest, WrittenTensorsReadBack) {
  const test::TemporaryDirectory directory;
  for (const Shape& shape : {Shape{2, 3}, Shape{4}, Shape{}, Shape{2, 0, 3}, Shape{1, 2, 3, 4}}) {
    Tensor tensor(shape);
    for (std::size_t i = 0; i < tensor.size(); ++i) tensor[i] = static_cast<float>(i) - 1.5F;
    write_npy(directory.path("x.npy"), tensor);
    const Tensor back = read_npy(directory.path("x.npy"));
    EXPECT_EQ(back.shape(), shape);
    for (std::size_t i = 0; i < tensor.size(); ++i) EXPECT_EQ(back[i], tensor[i]);
    EXPECT_EQ((read_file(directory.path("x.npy")).size() - tensor.size() * 4) % 64, 0U);
  }
}

TEST(NpyTest, DamagedFilesAreRefused) {
  const test::TemporaryDirectory directory;
  const auto refusal = [&](const std::string& header, const std::string& values) {
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(header.size());
    bytes += '\0';
    write_file(directory.path("x.npy"), bytes + header + values);
    return message_of([&] { read_npy(directory.path("x.npy")); });
  };
  EXPECT_THAT(refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "1234"),
              HasSubstr("needs more than its 4 bytes"));
  EXPECT_THAT(refusal("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", "1234"),
              HasSubstr("Fortran order"));
  EXPECT_THAT(refusal("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "12345678"),
              HasSubstr("type '<c8'"));
  EXPECT_THAT(refusal("{'descr': '<f4', 'shape': (99999999999999999999999999,), }", ""),
              HasSubstr("impossible shape"));
  write_file(directory.path("x.npy"), "no such thing");
  EXPECT_THAT(message_of([&] { read_npy(directory.path("x.npy")); }), HasSubstr("no magic"));
}

}  // namespace
}  // namespace folio
