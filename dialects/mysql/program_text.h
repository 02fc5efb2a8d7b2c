// Views, triggers, routines and events from their parse.
#pragma once

#include "dialects/mysql/canonical_query.h"
#include "dialects/mysql/grammar_reader.h"

namespace emcee::mysql {

// `columns_of`: of the tables and views that there are.
parser::View read_view(const Reader& reader, const Node& node, const ColumnsOf& columns_of);
parser::Trigger read_trigger(const Reader& reader, const Node& node);
parser::OpaqueObject read_object(const Reader& reader, const Node& node);

}  // namespace emcee::mysql
