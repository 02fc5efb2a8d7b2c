// What a program is asked and what it may answer, value by value.
#include "applier/conversion.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fixture.h"

namespace emcee::applier {
namespace {

Backfill backfill() {
  Backfill result;
  result.table = "t";
  result.conversion =
      Conversion{"m", {"convert"}, {{"a", "a"}, {"b", "b"}}, {{"old", "old"}}, {{"x", "x", true}, {"y", "y"}}};
  return result;
}

TEST(Conversion, QuestionsAreLinesOfJson) {
  const std::vector<AskedRow> rows = {
      {{}, {std::int64_t{1}, std::string("k\n\"")}, {Value()}},
      {{}, {std::int64_t{-9223372036854775807} - 1, std::string()}, {0.5}},
      {{}, {std::string("\xff"), Blob{0, 255}}, {std::string("\xc3\xa4")}},
      {{}, {NAN, std::int64_t{0}}, {Blob{}}},
  };
  EXPECT_EQ(questions(backfill(), rows),
            R"({"map":"m","table":"t","key":{"a":1,"b":"k\n\""},"old":{"old":null}}
{"map":"m","table":"t","key":{"a":-9223372036854775808,"b":""},"old":{"old":0.5}}
{"map":"m","table":"t","key":{"a":{"hex":"ff"},"b":{"hex":"00ff"}},"old":{"old":")"
            "\xc3\xa4"
            R"("}}
{"map":"m","table":"t","key":{"a":"nan","b":0},"old":{"old":{"hex":""}}}
)");
}

TEST(Conversion, AnswersComeInAnyOrderAndShape) {
  const std::vector<AskedRow> rows = {{{}, {std::int64_t{1}, Blob{255}}, {}},
                                      {{}, {std::int64_t{2}, std::string("k")}, {}},
                                      {{}, {std::int64_t{3}, std::string("\xff")}, {}}};
  const auto answers = read_answers(backfill(), rows,
                                    R"({"new":{"y":18446744073709551615,"x":{"hex":"00Ff"}},"key":{"b":"k","a":2}}
  {"key":{"a":1,"b":{"hex":"ff"}},"new":{"x":true,"y":null}}

{"key":{"a":3,"b":{"hex":"ff"}},"more":1,"new":{"x":"\u00e4","y":-1.5}})");
  ASSERT_TRUE(answers.has_value()) << schema::to_text(answers.error());
  EXPECT_EQ((*answers)[0], (Row{std::int64_t{1}, Value()}));
  EXPECT_EQ((*answers)[1], (Row{Blob{0, 255}, std::string("18446744073709551615")}));
  EXPECT_EQ((*answers)[2], (Row{std::string("\xc3\xa4"), -1.5}));
}

TEST(Conversion, AStandInAnswersEveryQuestion) {
  const std::vector<AskedRow> rows = {{{}, {std::int64_t{1}, Blob{255}}, {Value()}},
                                      {{}, {std::int64_t{2}, std::string("k")}, {Value()}}};
  const auto text = answers(questions(backfill(), rows), [](const std::string& map) {
    EXPECT_EQ(map, "m");
    return std::map<std::string, Value>{{"x", Blob{7}}, {"y", 0.5}};
  });
  const auto read = read_answers(backfill(), rows, text);
  ASSERT_TRUE(read.has_value()) << schema::to_text(read.error());
  EXPECT_EQ(*read, (std::vector<Row>(2, Row{Blob{7}, 0.5})));
}

TEST(Conversion, RowsThatNoAnswerCouldTellApart) {
  const std::vector<AskedRow> rows = {{{}, {Value(), Value()}, {}}, {{}, {Value(), Value()}, {}}};
  const auto answers = read_answers(backfill(), rows, "");
  ASSERT_FALSE(answers);
  EXPECT_NE(answers.error().message.find("two rows have the key {\"a\":null,\"b\":null}"), std::string::npos);
}

// Where no new column has to hold a value, one of them does all the same: the row would wait for ever.
TEST(Conversion, AnAnswerOfNothingIsNone) {
  Backfill optional = backfill();
  optional.conversion->new_columns[0].not_null = false;
  const std::vector<AskedRow> rows = {{{}, {std::int64_t{1}, std::int64_t{1}}, {}}};
  const auto answers = read_answers(optional, rows, R"({"key":{"a":1,"b":1},"new":{"x":null,"y":null}})");
  ASSERT_FALSE(answers);
  EXPECT_NE(answers.error().message.find("gives NULL to all new columns in line 1"), std::string::npos);
}

}  // namespace
}  // namespace emcee::applier
