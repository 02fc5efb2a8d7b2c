// A real browser looks at the page of `emcee history`: on a screen, on a phone, in the dark.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/cli/sandbox.h"

namespace emcee::testing {
namespace {

using Json = nlohmann::json;

// Where the elements stand once the browser has laid them out, in pixels, and what it paints them with.
constexpr const char* kMeasure = R"(<script>
const box = e => { const r = e.getBoundingClientRect(); return {left: r.left, right: r.right, width: r.width}; };
const seen = {
  page: document.documentElement.scrollWidth, window: innerWidth,
  elsewhere: [...document.querySelectorAll('[src], link, object')].map(e => e.outerHTML)
    .concat(performance.getEntriesByType('resource').map(e => e.name)),
  bars: [...document.querySelectorAll('.track i')].map(e =>
    ({bar: box(e), track: box(e.parentElement), color: getComputedStyle(e).backgroundColor})),
  rows: [...document.querySelectorAll('tr')].filter(e => e.offsetHeight > 0).length,
  cut: [...document.querySelectorAll('td, th, h1, h2')].filter(e => e.scrollWidth > e.clientWidth + 1)
    .map(e => e.textContent),
  paper: getComputedStyle(document.body).backgroundColor, ink: getComputedStyle(document.body).color};
const out = document.createElement('pre');
out.textContent = JSON.stringify(seen);
document.body.replaceChildren(out);
</script>)";

// Relative luminance of `rgb(1, 2, 3)`, 0 to 1 (https://www.w3.org/TR/WCAG21/#dfn-relative-luminance).
double luminance(const std::string& color) {
  int red = 0, green = 0, blue = 0;
  EXPECT_EQ(std::sscanf(color.c_str(), "rgb(%d, %d, %d)", &red, &green, &blue), 3) << color;
  const auto linear = [](int part) {
    const double share = part / 255.0;
    return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

double contrast(const std::string& one, const std::string& other) {
  const double a = luminance(one), b = luminance(other);
  return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

class HistoryPage : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto tried = browse(1200, "'data:text/html,<p>here</p>'");
    if (tried.out.find("<p>here</p>") == std::string::npos)
      GTEST_SKIP() << "no headless browser runs here: " << tried.err;
    sandbox_.write("old.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL);\n");
    sandbox_.write("new.sql",
                   "CREATE TABLE users (id INTEGER PRIMARY KEY, full_name VARCHAR(40) NOT NULL);\n"
                   "CREATE INDEX users_name_of_a_length_that_no_column_of_a_page_was_made_for ON users (full_name);\n");
    sandbox_.write("r.toml", "name = \"r\"\n[[rename]]\ntable = \"users\"\nfrom = \"name\"\nto = \"full_name\"\n");
    const auto made = sandbox_.shell(
        "sqlite3 app.db < old.sql && sqlite3 app.db \"INSERT INTO users VALUES (1, 'a'), (2, 'b')\" && "
        "emcee plan old.sql new.sql --map r.toml --out r && for phase in expand migrate contract; do "
        "emcee $phase --db app.db --plan r || exit; done && emcee history --db app.db --page p.html");
    ASSERT_EQ(made.status, 0) << made.err;
  }

  // What the page is once its scripts have run.
  cli::ProgramResult browse(int width, const std::string& arguments) const {
    return sandbox_.shell(
        fmt::format("timeout 60 chromium-headless-shell --no-sandbox --disable-gpu --disable-dev-shm-usage "
                    "--user-data-dir=\"$PWD/browser\" --dump-dom --window-size={},900 {}",
                    width, arguments));
  }

  Json look(int width, const std::string& options = "") {
    sandbox_.write("measured.html", sandbox_.read("p.html") + kMeasure);
    const auto seen = browse(width, options + " \"file://$PWD/measured.html\"");
    const std::size_t begin = seen.out.find("<pre>"), end = seen.out.find("</pre>");
    EXPECT_NE(begin, std::string::npos) << seen.out << seen.err;
    return begin == std::string::npos ? Json() : Json::parse(seen.out.substr(begin + 5, end - begin - 5));
  }

  Sandbox sandbox_;
};

TEST_F(HistoryPage, FitsAScreenAndShowsTheTimeline) {
  const Json seen = look(1200);
  EXPECT_LE(seen["page"], seen["window"]);
  EXPECT_EQ(seen["cut"], Json::array());
  EXPECT_EQ(seen["elsewhere"], Json::array());  // the page is in one file
  ASSERT_GE(seen["bars"].size(), 4);
  for (const Json& each : seen["bars"]) {
    EXPECT_GE(each["bar"]["width"], 2) << each;
    EXPECT_GE(each["bar"]["left"].get<double>(), each["track"]["left"].get<double>() - 1) << each;
    EXPECT_LE(each["bar"]["right"].get<double>(), each["track"]["right"].get<double>() + 3) << each;
    EXPECT_GE(contrast(each["color"], seen["paper"]), 3) << each;
  }
  EXPECT_GE(contrast(seen["ink"], seen["paper"]), 7);
}

TEST_F(HistoryPage, FitsAPhone) {
  const Json wide = look(1200), narrow = look(500);
  EXPECT_LE(narrow["page"], narrow["window"]);
  EXPECT_EQ(narrow["cut"], Json::array());
  EXPECT_EQ(narrow["rows"], wide["rows"]);
}

TEST_F(HistoryPage, IsReadableInTheDark) {
  const Json light = look(1200), dark = look(1200, "--blink-settings=preferredColorScheme=0");
  EXPECT_LT(luminance(dark["paper"]), luminance(light["paper"]));
  EXPECT_GE(contrast(dark["ink"], dark["paper"]), 7);
  for (const Json& each : dark["bars"]) EXPECT_GE(contrast(each["color"], dark["paper"]), 3) << each;
}

}  // namespace
}  // namespace emcee::testing
