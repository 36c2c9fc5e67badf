#include <folio/datasets/file.h>
#include <folio/datasets/labelled_files.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/filesystem/operations.hpp>

#include "message_of.h"
#include "temporary_directory.h"

namespace folio {
namespace {

namespace fs = boost::filesystem;
using testing::HasSubstr;

class LabelledFilesTest : public testing::Test {
 protected:
  LabelledFilesTest() {
    write_file(at("images/1.jpg"), "one");
    write_file(at("images/sub/1.jpg"), "two");
  }
  [[nodiscard]] std::string at(const std::string& name) const {
    return directory_.path() + "/" + name;
  }
  std::size_t import(const std::string& table, const LabelledFilesOptions& options = {}) const {
    write_file(at("table.csv"), table);
    return import_labelled_files(at("table.csv"), at("images"), at("out"), options);
  }
  test::TemporaryDirectory directory_;
};

TEST_F(LabelledFilesTest, RowsBecomeClassFolders) {
  EXPECT_EQ(import("id,breed\n1,pug\nsub/1,pug\n",
                   {.path_column = "id", .class_column = "breed", .suffix = ".jpg"}),
            2U);
  EXPECT_EQ(read_file(at("out/pug/1.jpg")).size(), 3U);
  EXPECT_TRUE(fs::exists(at("out/pug/sub_1.jpg")));
}

TEST_F(LabelledFilesTest, LinksPointToTheFiles) {
  import("path,class\n1.jpg,a\n", {.transfer = FileTransfer::kLink});
  EXPECT_TRUE(fs::is_symlink(at("out/a/1.jpg")));
  EXPECT_EQ(read_file(at("out/a/1.jpg")).size(), 3U);
}

TEST_F(LabelledFilesTest, MistakesNameTheLineAndLeaveNothing) {
  const auto message = [&](const std::string& table) {
    const std::string text = test::message_of([&] { import(table); });
    EXPECT_FALSE(fs::exists(at("out")));
    return text;
  };
  EXPECT_THAT(message("path,class\n1.jpg,a\n../x.jpg,a\n"), HasSubstr("line 3: path '../x.jpg'"));
  EXPECT_THAT(message("path,class\n/etc/passwd,a\n"), HasSubstr("leads out of"));
  for (const char* name : {"..", ".", "a/b", ""}) {
    EXPECT_THAT(message(std::string("path,class\n1.jpg,") + name + "\n"),
                HasSubstr("cannot be the name of a folder"));
  }
  EXPECT_THAT(message("path,class\n1.jpg,a\n1.jpg,a\n"), HasSubstr("line 3: '1.jpg' comes twice"));
  EXPECT_THAT(message("path,class\nnone.jpg,a\n"), HasSubstr("none.jpg"));
  EXPECT_THAT(message("path,class\n"), HasSubstr("the table has no row"));
  EXPECT_THAT(message("file,class\n1.jpg,a\n"), HasSubstr("no column 'path'"));
}

}  // namespace
}  // namespace folio
