// The statements that sqlite_schema keeps, and how to compare them with ours.
//
// SQLite stores a CREATE statement from its name on behind a plain `CREATE VIEW ` (`TRIGGER`,
// `INDEX`, `TABLE`): IF NOT EXISTS, TEMP and the name of the database are gone, comments and blanks
// stay (https://www.sqlite.org/schematab.html; seen on 3.40.1). Blanks, quotes of names and the case of
// letters are left out of comparisons: another hand may have written the same statement.
#pragma once

#include <string>
#include <string_view>

namespace emcee::sqlite {

// What sqlite_schema.sql holds after the statement ran; texts that are no CREATE come back as they are.
std::string stored_text(std::string_view statement);

// The text without blanks and quotes, in small letters.
std::string bare_text(std::string_view text);
// The same as an SQL expression over a column of texts.
std::string bare_text_sql(std::string_view column);

// How often the needle stands in the text, without overlaps; and the same as an SQL expression.
int occurrences(std::string_view text, std::string_view needle);
std::string occurrences_sql(std::string_view text_sql, std::string_view needle);

}  // namespace emcee::sqlite
