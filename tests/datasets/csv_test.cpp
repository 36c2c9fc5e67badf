#include <folio/datasets/csv.h>
#include <folio/datasets/file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "message_of.h"
#include "temporary_directory.h"

namespace folio {
namespace {

using Rows = std::vector<std::vector<std::string>>;
using testing::ElementsAre;
using testing::HasSubstr;

class CsvTest : public testing::Test {
 protected:
  std::string file(const std::string& text) {
    const std::string path = directory_.path() + "/table.csv";
    write_file(path, text);
    return path;
  }
  Rows read(const std::string& text) {
    CsvReader reader(file(text));
    Rows rows{reader.header()};
    std::vector<std::string> row;
    while (reader.next(row)) rows.push_back(row);
    return rows;
  }

 private:
  test::TemporaryDirectory directory_;
};

TEST_F(CsvTest, QuotesLineEndsAndByteOrderMark) {
  EXPECT_EQ(read("\xEF\xBB\xBFpath,group\r\n\"a,\"\"b\"\"\nc\",1\r\n\r\nd,\n\"\",x"),
            (Rows{{"path", "group"}, {"a,\"b\"\nc", "1"}, {"d", ""}, {"", "x"}}));
}

TEST_F(CsvTest, WhatIsWrittenIsReadBack) {
  const Rows rows{{"path", "class"}, {"a,b\n\"c\"\r", ""}, {"\xFF\xFE", " spaced "}};
  std::string text;
  for (const auto& row : rows) append_csv_row(text, row);
  EXPECT_EQ(read(text), rows);
  std::string single;
  append_csv_row(single, std::vector<std::string>{"only"});
  append_csv_row(single, std::vector<std::string>{""});
  EXPECT_EQ(read(single), (Rows{{"only"}, {""}}));
}

TEST_F(CsvTest, MistakesNameTheLine) {
  EXPECT_THAT(test::message_of([&] { read(""); }), HasSubstr("it is empty"));
  EXPECT_THAT(test::message_of([&] { read("a,b,a\n"); }), HasSubstr("two columns are named 'a'"));
  EXPECT_THAT(test::message_of([&] { read("a,b\n\"x\ny\",1\n2\n"); }),
              HasSubstr("line 4: has 1 fields, the header has 2"));
  EXPECT_THAT(test::message_of([&] { read("a,b\n1,\"x\n"); }),
              HasSubstr("line 2: a quote is opened and not closed"));
  EXPECT_THAT(test::message_of([&] { read("a,b\n1,\"x\"y\n"); }),
              HasSubstr("line 2: text after a closing quote"));
}

TEST_F(CsvTest, MissingColumnListsThoseThereAre) {
  const CsvReader reader(file("path,group\n"));
  EXPECT_EQ(reader.column("group"), 1U);
  EXPECT_THAT(test::message_of([&] { return reader.column("class"); }),
              HasSubstr("no column 'class', it has 'path', 'group'"));
}

}  // namespace
}  // namespace folio
