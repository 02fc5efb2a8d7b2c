// Table options and partitions.
#include "dialects/mysql/grammar_rules.h"

namespace emcee::mysql::grammar {

namespace {

using enum Tk;

// NAME [=] value.
const auto name_of = [](auto words) { return note(Part::option_name)[words] >> -op(equal); };
const auto value = note(Part::option_value)[plain_value()];
const auto known =
    any_of(kAutoIncrement, kAvgRowLength, kChecksum, kTableChecksum, kComment, kCompression, kConnection,
           kDelayKeyWrite, kEncryption, kInsertMethod, kKeyBlockSize, kMaxRows, kMinRows, kPackKeys, kPassword,
           kRowFormat, kStatsAutoRecalc, kStatsPersistent, kStatsSamplePages, kTransactional, kPageChecksum, kSequence,
           kEngineAttribute, kSecondaryEngineAttribute, kAutoextendSize, kSecondaryEngine, kTablespace, kStorage,
           kNodegroup, kEncrypted, kEncryptionKeyId, kPageCompressed, kPageCompressionLevel, kIetfQuotes);
const auto union_tables = op(left) >> -(target() % sym(comma)) >> sym(right);
const auto table_option_def =
    note(Part::option)[(note(Part::option_name)[any_of(kEngine, kType)] >> -op(equal) >>
                        note(Part::option_value)[Word(kNameWord, Mark::name, "an engine") | text]) |
                       (-op(kDefault) >> charset_words() >> -op(equal) >> charset_name()) |
                       (-op(kDefault) >> op(kCollate) >> -op(equal) >> collation_name()) |
                       (name_of(op(kUnion)) >> note(Part::option_value)[union_tables]) |
                       (note(Part::option_name)[any_of(kData, kIndex) >> kw(kDirectory)] >> -op(equal) >>
                        note(Part::option_value)[text]) |
                       (mariadb >> note(Part::versioning)[op(kWith) >> kw(kSystem) >> kw(kVersioning)]) |
                       (mysql >> op(kStart) >> kw(kTransaction)) | (name_of(known) >> value) |
                       (mariadb >> note(Part::option_name)[Word(kNameWord, Mark::name, nullptr, equal)] >> sym(equal) >>
                        value)];

// https://dev.mysql.com/doc/refman/9.0/en/partitioning-types.html
const auto columns = sym(left) >> -(nm(Mark::column, "a column name") % sym(comma)) >> sym(right);
const auto algorithm = maybe(op(kAlgorithm), sym(equal) >> lit(integer));
const auto by_hash = -op(kLinear) >>
                     ((op(kHash) >> sym(left) >> expression >> sym(right)) | (op(kKey) >> algorithm >> columns));
const auto by_list = any_of(kRange, kList) >> ((op(kColumns) >> columns) | (sym(left) >> expression >> sym(right)));
const auto by_time = mariadb >> op(kSystemTime) >>
                     *(any_of(kInterval, kLimit, kStarts, kAuto) | expression | (nm(Mark::name, nullptr)));
const auto count = [](Tk word) { return maybe(op(word), lit(integer)); };

const auto partition_option = note(Part::partition_engine)[-op(kStorage) >> op(kEngine) >> -op(equal) >>
                                                           Word(kNameWord, Mark::name, "an engine")] |
                              (op(kComment) >> -op(equal) >> text) |
                              (any_of(kData, kIndex) >> kw(kDirectory) >> -op(equal) >> text) |
                              (any_of(kMaxRows, kMinRows, kNodegroup) >> -op(equal) >> lit(integer)) |
                              (op(kTablespace) >> -op(equal) >> plain_value()) |
                              (mariadb >> Word(kNameWord, Mark::name, nullptr, equal) >> sym(equal) >> plain_value());
const auto bound = op(kMaxvalue) | expression;
const auto bounds = sym(left) >> (bound | (op(left) >> bound % sym(comma) >> sym(right))) % sym(comma) >> sym(right);
const auto values = (op(kValues) >> ((op(kLess) >> kw(kThan) >> (op(kMaxvalue) | bounds)) | (kw(kIn) >> bounds))) |
                    (mariadb >> any_of(kHistory, kCurrent)) | (mariadb >> op(kDefault));
const auto subpartition = kw(kSubpartition) >> nm(Mark::name, "a name") >> *partition_option;
const auto partition = kw(kPartition) >> nm(Mark::name, "a name") >> -values >> *partition_option >>
                       -(op(left) >> subpartition % sym(comma) >> sym(right));
const auto partitions_def = op(left) >> partition % sym(comma) >> sym(right);
const auto partitioning_def =
    note(Part::partitioning)[op(kPartition) >> kw(kBy) >> (by_hash | by_list | by_time) >> count(kPartitions) >>
                             maybe(op(kSubpartition), kw(kBy) >> by_hash >> count(kSubpartitions)) >> -partitions];

}  // namespace

BOOST_SPIRIT_DEFINE(table_option, partitions, partitioning)

EMCEE_MYSQL_INSTANTIATE(table_option);
EMCEE_MYSQL_INSTANTIATE(partitions);
EMCEE_MYSQL_INSTANTIATE(partitioning);

}  // namespace emcee::mysql::grammar
