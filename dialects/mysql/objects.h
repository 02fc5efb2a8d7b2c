// Tables as a whole, views, triggers and the objects that are carried verbatim: made, replaced,
// dropped.
#pragma once

#include <string>
#include <vector>

#include "dialects/mysql/flavour.h"
#include "plan/dialect.h"

namespace emcee::mysql {

// Statements of a change that is not one of a table in place; none for those.
std::vector<std::string> object_statements(const diff::Change& change, const Server& server);

// True where a trigger, routine or event is made: the server keeps the sql_mode of the session with it, and the time
// zone of an event. https://dev.mysql.com/doc/refman/9.0/en/sql-mode.html#sql-mode-setting
bool makes_program(const diff::Change& change);
// What stands around such statements, so that programs work as when the application's own client makes them: under the
// modes and the time zone that the server gives to every session. Modes that read texts in another way stay out:
// the texts are Emcee's.
inline constexpr const char* kSetServersModes[] = {
    "SET @emcee_sql_mode = @@SESSION.sql_mode, @emcee_time_zone = @@SESSION.time_zone",
    "SET SESSION sql_mode = IF(@@GLOBAL.sql_mode REGEXP 'ANSI|NO_BACKSLASH_ESCAPES|ORACLE|MSSQL|DB2|POSTGRESQL|MAXDB', "
    "@@SESSION.sql_mode, @@GLOBAL.sql_mode), SESSION time_zone = @@GLOBAL.time_zone"};
inline constexpr const char* kRestoreModes =
    "SET SESSION sql_mode = @emcee_sql_mode, SESSION time_zone = @emcee_time_zone";

// The table takes the place of the view that stood in for it, at once.
std::vector<std::string> swap_renamed(const diff::RenameTable& change);

// What the change of an option or of an object carried verbatim does to the old release.
plan::Effect effect(const diff::Change& change);

}  // namespace emcee::mysql
