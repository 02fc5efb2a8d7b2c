// ALTER TABLE, CREATE INDEX and DROP INDEX, as one edit of the table.
#pragma once

#include "dialects/mysql/grammar_reader.h"

namespace emcee::mysql {

schema::Result<parser::AlterTable> read_alter_table(const Reader& reader, const Node& node);
parser::AlterTable read_create_index(const Reader& reader, const Node& node);
parser::AlterTable read_drop_index(const Reader& reader, const Node& node);

}  // namespace emcee::mysql
