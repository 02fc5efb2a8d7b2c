// Keys of generated rows that AUTO_INCREMENT counts.
//
// A trigger before an INSERT learns such a key only by inserting the row, and cannot know yet whether its own row will
// come (INSERT IGNORE, an upsert, a failure): so it deletes the row again and keeps the key, and the trigger behind
// the INSERT brings the row back under it. LAST_INSERT_ID() of the application stays as it was, since the server puts
// it back when a trigger ends.
// https://dev.mysql.com/doc/refman/9.0/en/information-functions.html#function_last-insert-id
#pragma once

#include "dialects/mysql/group_sql.h"
#include "dialects/mysql/trigger_body.h"
#include "plan/dialect.h"

namespace emcee::mysql {

// The session runs a batch that gives keys to rows which wait.
inline constexpr const char* kNumbering = "@emcee_numbering <=> CONNECTION_ID()";

// NEW gets a key; none where another row has the values of the generated one, which is for the trigger behind the
// INSERT to say. REQUIRES: sql.group().counted.
TriggerBody reserve_key(const GroupSql& sql);
// Behind the INSERT of a row without a key: the server says what is in the way of the generated row.
TriggerBody refuse_without_key(const GroupSql& sql);
// Of an UPDATE of a batch, which either succeeds or leaves nothing behind: the row comes at once.
TriggerBody number_row(const GroupSql& sql);

// The batch's UPDATE, for the trigger that calls number_row; and one that counts by itself, where there are no triggers
// and nobody else writes. `kept`: assignments that belong to every batch.
plan::NumberingUpdate numbering(const GroupSql& sql, const std::vector<std::string>& kept);
plan::NumberingUpdate numbering_offline(const GroupSql& sql, const std::vector<std::string>& kept);

}  // namespace emcee::mysql
