// Columns, constraints and indexes of CREATE TABLE and ALTER TABLE:
// https://dev.mysql.com/doc/refman/9.0/en/create-table.html, https://mariadb.com/kb/en/create-table/.
#include "dialects/mysql/grammar_rules.h"

namespace emcee::mysql::grammar {

namespace {

using enum Tk;

const auto column_name = note(Part::column_name)[nm(Mark::column, "a column name")];
const auto constraint_name = note(Part::constraint_name)[nm(Mark::name, "a constraint name")];
const auto option_text = note(Part::option_value)[text];

// Types. The words of national types and of aliases are sorted out in types.cpp.
const auto varying = any_of(kVarying, kVarchar, kVarcharacter);
const auto type_name = note(
    Part::type_name)[(op(kNational) >> any_of(kChar, kCharacter, kVarchar, kVarcharacter) >> -op(kVarying)) |
                     (any_of(kChar, kCharacter, kNchar) >> -varying) | (op(kDouble) >> -op(kPrecision)) |
                     (op(kLong) >> -any_of(kVarchar, kVarcharacter, kVarbinary, kChar, kCharacter) >> -op(kVarying)) |
                     any_of(kTinyint, kSmallint, kMediumint, kMiddleint, kInt, kInteger, kBigint, kInt1, kInt2, kInt3,
                            kInt4, kInt8, kFloat, kFloat4, kFloat8, kReal, kDecimal, kDec, kNumeric, kVarchar,
                            kVarcharacter, kBinary, kVarbinary, kTinyblob, kBlob, kMediumblob, kLongblob, kTinytext,
                            kMediumtext, kLongtext, kSet) |
                     Word(kNameWord, Mark::keyword, "a type")];
const auto type_argument = note(Part::type_argument)[lit(integer) | text | lit(hex) | lit(bits)];
const auto type_arguments = op(left) >> type_argument % sym(comma) >> sym(right);
const auto type_attribute =
    (charset_words() >> charset_name()) |
    note(Part::type_attribute)[any_of(kUnsigned, kSigned, kZerofill, kBinary, kAscii, kUnicode, kByte)];
const auto type_def = note(Part::type)[type_name >> -type_arguments >> *type_attribute];

// Defaults.
const auto now = any_of(kCurrentTimestamp, kNow, kLocaltime, kLocaltimestamp) >>
                 -(op(left) >> -lit(integer) >> sym(right));
const auto default_value_def = expect("a default value")[note(Part::expression)[plain_default]];

// Attributes of a column.
const auto enforcement = -note(Part::enforcement)[-op(kNot) >> op(kEnforced)];
const auto check = note(Part::check)[op(kCheck) >> parenthesised() >> enforcement];
const auto action = (op(kSet) >> (kw(kNull) | kw(kDefault))) | op(kCascade) | op(kRestrict) | (kw(kNo) >> kw(kAction));
const auto reference_rule = (op(kMatch) >> note(Part::match)[any_of(kFull, kPartial, kSimple)]) |
                            (op(kOn) >> ((op(kDelete) >> note(Part::on_delete)[action]) |
                                         (kw(kUpdate) >> note(Part::on_update_action)[action])));
const auto referenced_column = note(Part::referenced_column)[nm(Mark::column, "a column name")] >>
                               -(op(left) >> lit(integer) >> sym(right)) >> -any_of(kAsc, kDesc);
const auto references =
    note(Part::references)[op(kReferences) >> target() >> -(op(left) >> referenced_column % sym(comma) >> sym(right)) >>
                           *reference_rule];
const auto generated = note(Part::generated)[maybe(op(kGenerated), kw(kAlways)) >> kw(kAs) >> parenthesised() >>
                                             -note(Part::generated_kind)[any_of(kVirtual, kStored, kPersistent)]];
const auto row_period =
    note(Part::row_period)[op(kGenerated) >> kw(kAlways) >> kw(kAs) >> kw(kRow) >> any_of(kStart, kEnd)];
const auto visibility = note(Part::visibility)[any_of(kVisible, kInvisible) | (-op(kNot) >> op(kIgnored))];
const auto option_name = [](auto words) { return note(Part::option_name)[words] >> -op(equal); };
const auto column_option =
    note(Part::column_option)[(option_name(any_of(kColumnFormat, kStorage)) >>
                               note(Part::option_value)[any_of(kDefault) | Word(kNameWord, Mark::keyword, "a value")]) |
                              (option_name(any_of(kEngineAttribute, kSecondaryEngineAttribute)) >> option_text) |
                              (note(Part::option_name)[op(kSrid)] >> note(Part::option_value)[lit(integer)]) |
                              (mariadb >> option_name(op(kRefSystemId)) >> note(Part::option_value)[lit(integer)]) |
                              (mariadb >> note(Part::option_name)[op(kCompressed)] >>
                               -(op(equal) >> note(Part::option_value)[Word(kNameWord, Mark::name, "a method")])) |
                              (mariadb >> note(Part::option_name)[Word(kNameWord, Mark::name, nullptr, equal)] >>
                               sym(equal) >> note(Part::option_value)[plain_value()])];
const auto versioning = mariadb >> note(Part::versioning)[any_of(kWith, kWithout) >> kw(kSystem) >> kw(kVersioning)];
const auto attribute = expect(
    "a column attribute")[note(Part::null)[op(kNull)] | note(Part::not_null)[op(kNot) >> kw(kNull)] |
                          (op(kDefault) >> note(Part::default_value)[default_value]) |
                          (op(kOn) >> kw(kUpdate) >> note(Part::on_update)[now]) |
                          note(Part::auto_increment)[op(kAutoIncrement)] |
                          note(Part::serial_default)[op(kSerial) >> kw(kDefault) >> kw(kValue)] |
                          note(Part::column_key)[-op(kPrimary) >> op(kKey)] |
                          note(Part::column_unique)[op(kUnique) >> -op(kKey)] |
                          (op(kComment) >> -op(equal) >> note(Part::comment)[text]) |
                          (op(kCollate) >> collation_name()) | (maybe(op(kConstraint), -constraint_name) >> check) |
                          references | row_period | generated | visibility | column_option | versioning];
const auto column_def = note(Part::column)[column_name >> type >> *attribute];

// Indexes.
const auto prefix = op(left) >> note(Part::prefix)[lit(integer)] >> sym(right);
const auto direction = -(op(kAsc) | note(Part::descending)[op(kDesc)]);
const auto key_part = note(Part::key_part)[((op(left) >> note(Part::expression)[expression] >> sym(right)) |
                                            (column_name >> -prefix >> -(mariadb >> op(kWithout) >> kw(kOverlaps)))) >>
                                           direction];
const auto key_parts_def = sym(left) >> key_part % sym(comma) >> sym(right);
const auto method = any_of(kUsing, kType) >> note(Part::index_method)[any_of(kBtree, kHash, kRtree)];
const auto index_option =
    note(Part::index_option)[(option_name(op(kKeyBlockSize)) >> note(Part::option_value)[lit(integer)]) |
                             (op(kWith) >> note(Part::option_name)[op(kParser)] >>
                              note(Part::option_value)[nm(Mark::name, "a parser")]) |
                             (note(Part::option_name)[op(kComment)] >> option_text) |
                             (option_name(any_of(kEngineAttribute, kSecondaryEngineAttribute)) >> option_text) |
                             (mariadb >> note(Part::option_name)[Word(kNameWord, Mark::name, nullptr, equal)] >>
                              sym(equal) >> note(Part::option_value)[plain_value()])];
const auto index_options_def = *(method | visibility | index_option);

const auto index_name = -note(Part::index_name)[nm(Mark::name, nullptr)];
const auto index_head = if_not_exists() >> index_name >> -method;
const auto index_tail = key_parts >> index_options;
const auto any_index = any_of(kIndex, kKey);
const auto local_columns = sym(left) >> note(Part::local_column)[nm(Mark::column, "a column name")] % sym(comma) >>
                           sym(right);
const auto named = maybe(op(kConstraint), -constraint_name) >> if_not_exists();
const auto constraint_def = expect(
    "a column or an index")[note(Part::period)[op(kPeriod) >> kw(kFor) >> verbatim_to_comma] |
                            note(Part::fulltext)[op(kFulltext) >> -any_index >> index_head >> index_tail] |
                            note(Part::spatial)[op(kSpatial) >> -any_index >> index_head >> index_tail] |
                            note(Part::index)[any_index >> index_head >> index_tail] |
                            note(Part::primary_key)[named >> op(kPrimary) >> kw(kKey) >> index_head >> index_tail] |
                            note(Part::unique)[named >> op(kUnique) >> -any_index >> index_head >> index_tail] |
                            note(Part::foreign_key)[named >> op(kForeign) >> kw(kKey) >> if_not_exists() >>
                                                    index_name >> local_columns >> references] |
                            (named >> check)];

}  // namespace

BOOST_SPIRIT_DEFINE(type, default_value, column, key_parts, index_options, constraint)

EMCEE_MYSQL_INSTANTIATE(type);
EMCEE_MYSQL_INSTANTIATE(default_value);
EMCEE_MYSQL_INSTANTIATE(column);
EMCEE_MYSQL_INSTANTIATE(key_parts);
EMCEE_MYSQL_INSTANTIATE(index_options);
EMCEE_MYSQL_INSTANTIATE(constraint);

}  // namespace emcee::mysql::grammar
