#include <algorithm>
#include <chrono>
#include <csignal>
#include <set>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <httplib.h>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>

#include "command_runner.h"

namespace folio::test {
namespace {

using Json = nlohmann::json;

class PreviewCommandTest : public CommandTest {
 protected:
  void SetUp() override { make_digits(3); }
  void preview(const std::string& output, std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"preview", "digits", "--seed", "1", "--out", output};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const CommandResult result = folio(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out, output + "\n");
  }
  cv::Mat sheet(const std::string& output, std::vector<std::string> more) const {
    preview(output, std::move(more));
    return cv::imread(at(output).string());
  }
  /// What the script of a page draws from.
  [[nodiscard]] Json data_of(const std::string& page) const {
    const std::string text = text_of(page);
    const std::string open = R"(<script type="application/json" id="data">)";
    const std::size_t begin = text.find(open) + open.size();
    return Json::parse(text.substr(begin, text.find("</script>", begin) - begin));
  }
  [[nodiscard]] std::string listing() const {
    std::set<std::string> lines;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(at("digits"))) {
      lines.insert(entry.path().string() + " " +
                   std::to_string(entry.last_write_time().time_since_epoch().count()));
    }
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
  }
};

TEST_F(PreviewCommandTest, SheetGrowsWithRowsAndColumns) {
  const cv::Mat small = sheet("a.png", {"--rows", "2", "--columns", "2"});
  const cv::Mat large = sheet("b.png", {"--rows", "4", "--columns", "5"});
  ASSERT_FALSE(small.empty());
  ASSERT_FALSE(large.empty());
  EXPECT_GT(large.rows, small.rows);
  EXPECT_GT(large.cols, small.cols);
  EXPECT_GT(small.cols, 3 * 128);  // Three enlarged pictures beside each other.
}

TEST_F(PreviewCommandTest, SameSeedDrawsTheSameSheet) {
  sheet("a.png", {"--zoom-range", "0.3"});
  sheet("b.png", {"--zoom-range", "0.3"});
  sheet("c.png", {"--zoom-range", "0.6"});
  EXPECT_EQ(text_of("a.png"), text_of("b.png"));
  EXPECT_NE(text_of("a.png"), text_of("c.png"));
}

TEST_F(PreviewCommandTest, DatasetIsOnlyRead) {
  const std::string before = listing();
  sheet("a.png", {});
  preview("a.html", {});
  EXPECT_EQ(listing(), before);
}

TEST_F(PreviewCommandTest, PageHoldsEverythingItShows) {
  preview("p.html", {"--rows", "3", "--columns", "2", "--rotation-range", "30"});
  const std::string text = text_of("p.html");
  for (const char* outside : {"http://", "https://", "src=\"/", "@import", "{{"}) {
    EXPECT_EQ(text.find(outside), std::string::npos) << outside;
  }
  const Json data = data_of("p.html");
  ASSERT_EQ(data["rows"].size(), 3U);
  for (const Json& row : data["rows"]) {
    EXPECT_TRUE(row["original"].get<std::string>().starts_with("data:image/png;base64,"));
    ASSERT_EQ(row["variants"].size(), 2U);
    for (const Json& variant : row["variants"]) {
      EXPECT_NE(variant["picture"], row["original"]);
      EXPECT_LE(std::abs(variant["parameters"]["theta"].get<double>()), 30.0);
    }
  }
  EXPECT_EQ(data["options"]["rotation_range"], 30);
}

TEST_F(PreviewCommandTest, NamesCannotBecomeMarkup) {
  std::filesystem::rename(at("digits/0"), at("digits/<script>alert(1)<"));
  std::filesystem::rename(at("digits"), at("<b>&"));
  const CommandResult result = folio({"preview", "<b>&", "--out", "p.html"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(text_of("p.html").find("<script>alert"), std::string::npos);
  EXPECT_EQ(text_of("p.html").find("<b>&"), std::string::npos);
  EXPECT_NE(text_of("p.html").find("&lt;b&gt;&amp;"), std::string::npos);
}

TEST_F(PreviewCommandTest, StripGoesFromTheLeastToTheGreatestValue) {
  preview("s.html", {"--strip", "rotation_range", "--rotation-range", "20", "--zoom-range", "0.5",
                     "--rows", "1", "--columns", "5"});
  std::vector<double> angles;
  const Json data = data_of("s.html");
  for (const Json& variant : data["rows"][0]["variants"]) {
    angles.push_back(variant["parameters"]["theta"]);
    EXPECT_EQ(variant["parameters"]["zx"], 1.0);  // The one parameter alone.
  }
  EXPECT_EQ(angles, (std::vector<double>{-20, -10, 0, 10, 20}));
  EXPECT_EQ(data["rows"][0]["variants"][2]["picture"], data["rows"][0]["original"]);

  // Whole pixels in (-3, 3), as Keras reads an int.
  preview("w.html", {"--strip", "width-shift-range", "--width-shift-range", "3", "--rows", "1"});
  std::vector<double> shifts;
  const Json pixels = data_of("w.html");
  for (const Json& variant : pixels["rows"][0]["variants"]) {
    shifts.push_back(variant["parameters"]["ty"]);
  }
  EXPECT_EQ(shifts, (std::vector<double>{-2, -1, 0, 1, 2}));
}

TEST_F(PreviewCommandTest, StripNeedsAParameterThatIsOn) {
  expect_failure(folio({"preview", "digits", "--strip", "zoom_range"}), 2, "--zoom-range");
  expect_failure(folio({"preview", "digits", "--strip", "rotation_rang"}), 2,
                 "did you mean \"rotation_range\"?");
}

TEST_F(PreviewCommandTest, WhatDoesNotFitTogetherIsRefused) {
  expect_failure(folio({"preview", "digits", "--serve", "--strip", "zoom_range"}), 2, "--strip");
  expect_failure(folio({"preview", "digits", "--serve", "--columns", "3"}), 2, "--columns");
  expect_failure(folio({"preview", "digits", "--out", "p.jpg"}), 2, "p.jpg");
}

class PreviewServerTest : public PreviewCommandTest {
 protected:
  void SetUp() override {
    PreviewCommandTest::SetUp();
    before_ = listing();
    server_.emplace(start_folio(
        {"preview", "digits", "--serve", "--rows", "4", "--seed", "1", "--rotation-range", "20"}));
    for (int tries = 0; tries < 200 && !server_->out().ends_with("/\n"); ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    const std::string out = server_->out();
    const std::string start = "http://127.0.0.1:";
    ASSERT_TRUE(out.starts_with(start)) << out;
    port_ = std::stoi(out.substr(start.size()));
  }
  void TearDown() override {
    const auto begin = std::chrono::steady_clock::now();
    server_->send(SIGINT);
    const CommandResult result = server_->wait();
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    EXPECT_EQ(listing(), before_);
  }
  httplib::Result draw(const std::string& augment) const {
    httplib::Client client("127.0.0.1", port_);
    return client.Post("/render", R"({"seed": 1, "augment": )" + augment + "}", "application/json");
  }

  std::string before_;
  std::optional<RunningCommand> server_;
  int port_ = 0;
};

TEST_F(PreviewServerTest, DrawsWhatIsAskedFor) {
  httplib::Client client("127.0.0.1", port_);
  const httplib::Result page = client.Get("/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_NE(page->body.find("\"live\":true"), std::string::npos);

  const httplib::Result still = draw("{}");
  const httplib::Result turned = draw(R"({"rotation_range": 90, "mixup_alpha": 0.4})");
  ASSERT_TRUE(still && turned);
  const Json unchanged = Json::parse(still->body)["variants"];
  const Json changed = Json::parse(turned->body)["variants"];
  ASSERT_EQ(unchanged.size(), 4U);
  ASSERT_EQ(changed.size(), 4U);
  EXPECT_EQ(unchanged[0]["lines"], Json({"unchanged"}));
  EXPECT_NE(changed[0]["picture"], unchanged[0]["picture"]);
  EXPECT_NE(changed[0]["parameters"]["theta"], 0.0);
  EXPECT_TRUE(changed[0]["parameters"].contains("mix"));
}

TEST_F(PreviewServerTest, BadRequestsGetTheReason) {
  const httplib::Result unknown = draw(R"({"rotation_rang": 3})");
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->status, 400);
  EXPECT_NE(unknown->body.find("rotation_range"), std::string::npos);
  for (const char* augment : {R"({"interpolation_order": 7})", "[1]", "x"}) {
    const httplib::Result result = draw(augment);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, 400) << augment;
  }
}

TEST_F(PreviewServerTest, OtherOriginsAreRefused) {
  httplib::Client client("127.0.0.1", port_);
  for (const httplib::Headers& headers : {httplib::Headers{{"Host", "example.org"}},
                                          httplib::Headers{{"Origin", "http://example.org"}}}) {
    const httplib::Result result = client.Get("/", headers);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, 403);
  }
}

TEST_F(PreviewServerTest, TakenPortIsAnError) {
  expect_failure(folio({"preview", "digits", "--serve", "--port", std::to_string(port_)}), 1,
                 std::to_string(port_));
}

}  // namespace
}  // namespace folio::test
