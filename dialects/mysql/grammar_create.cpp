// CREATE.
#include "dialects/mysql/grammar_rules.h"

namespace emcee::mysql::grammar {

namespace {

using enum Tk;

const auto or_replace = -note(Part::or_replace)[op(kOr) >> kw(kReplace)];
const auto or_replace_mariadb = -(mariadb >> note(Part::or_replace)[op(kOr) >> kw(kReplace)]);
const auto temporary = -note(Part::temporary)[op(kTemporary)];
const auto definer = -(op(kDefiner) >> sym(equal) >> note(Part::definer)[user()]);

// Tables.
const auto body = sym(left) >> (constraint | column) % sym(comma) >> sym(right);
const auto options = *(-op(comma) >> table_option);
const auto as_query =
    note(Part::as_select)[-any_of(kIgnore, kReplace) >> -op(kAs) >> (select | (op(left) >> select >> sym(right)))];
const auto like = op(kLike) >> target(Part::like_table);
const auto create_table = note(
    Part::create_table)[op(kCreate) >> or_replace_mariadb >> temporary >> op(kTable) >> if_not_exists() >> target() >>
                        ((op(left) >> like >> sym(right)) | like | (-(body) >> options >> -partitioning >> -as_query))];

const auto index_kind =
    note(Part::unique)[op(kUnique)] | note(Part::fulltext)[op(kFulltext)] | note(Part::spatial)[op(kSpatial)];
const auto method = any_of(kUsing, kType) >> note(Part::index_method)[any_of(kBtree, kHash, kRtree)];
const auto online =
    *((any_of(kAlgorithm, kLock) >> -op(equal) >> plain_value()) | (op(kWait) >> lit(integer)) | op(kNowait));
const auto create_index =
    note(Part::create_index)[op(kCreate) >> or_replace_mariadb >> -any_of(kOnline, kOffline) >> -index_kind >>
                             op(kIndex) >> if_not_exists() >> note(Part::index_name)[nm(Mark::name, "an index name")] >>
                             -method >> kw(kOn) >> target() >> online >> key_parts >> index_options >> online];

// Views.
const auto view_option =
    note(Part::view_option)[(op(kAlgorithm) >> sym(equal) >> any_of(kUndefined, kMerge, kTemptable)) |
                            (op(kSql) >> kw(kSecurity) >> any_of(kDefiner, kInvoker))];
const auto view_columns = op(left) >> note(Part::view_column)[nm(Mark::column, "a column name")] % sym(comma) >>
                          sym(right);
const auto check_option =
    note(Part::check_option)[op(kWith) >> -any_of(kCascaded, kLocal) >> op(kCheck) >> kw(kOption)];
const auto create_view = note(Part::create_view)[op(kCreate) >> or_replace >> -view_option >> definer >> -view_option >>
                                                 op(kView) >> if_not_exists() >> target() >> -view_columns >> kw(kAs) >>
                                                 note(Part::query)[select] >> -check_option];

// Triggers, routines, events.
const auto trigger_event = note(Part::trigger_event)[any_of(kInsert, kUpdate, kDelete)];
const auto trigger_order = note(Part::trigger_order)[any_of(kFollows, kPrecedes) >> nm(Mark::name, "a trigger")];
const auto create_trigger = note(
    Part::create_trigger)[op(kCreate) >> or_replace_mariadb >> definer >> op(kTrigger) >> if_not_exists() >>
                          object(Mark::name, "a trigger name") >> note(Part::trigger_time)[kw(kBefore) | kw(kAfter)] >>
                          expect("INSERT, UPDATE or DELETE")[trigger_event] >> kw(kOn) >> target() >> kw(kFor) >>
                          kw(kEach) >> kw(kRow) >> -trigger_order >> note(Part::body)[program]];

const auto characteristic =
    note(Part::characteristic)[(op(kComment) >> text) | (op(kLanguage) >> nm(Mark::name, "SQL")) |
                               (op(kLanguage) >> op(kSql)) | (-op(kNot) >> op(kDeterministic)) |
                               ((op(kContains) | op(kNo)) >> kw(kSql)) |
                               (any_of(kReads, kModifies) >> kw(kSql) >> kw(kData)) |
                               (op(kSql) >> kw(kSecurity) >> any_of(kDefiner, kInvoker))];
const auto type_of = ((op(kType) >> kw(kOf) >> column_reference) | (op(kRow) >> kw(kType) >> kw(kOf) >> target()) |
                      type) >>
                     -(op(kCollate) >> collation_name());
const auto parameter = -any_of(kIn, kOut, kInout) >> nm(Mark::column, "a parameter") >> type_of >>
                       -(mariadb >> op(kDefault) >> expression);
const auto parameters = note(Part::parameters)[sym(left) >> -(parameter % sym(comma)) >> sym(right)];
const auto program_body = note(Part::body)[program];
const auto procedure = note(Part::kind)[op(kProcedure)] >> if_not_exists() >> object(Mark::name, "a procedure") >>
                       note(Part::definition)[parameters >> *characteristic >> program_body];
const auto aggregate = -op(kAggregate);
const auto loadable = op(kReturns) >> nm(Mark::keyword, "a type") >> kw(kSoname) >> text;
const auto function = aggregate >> note(Part::kind)[op(kFunction)] >> if_not_exists() >>
                      object(Mark::name, "a function") >>
                      note(Part::definition)[(parameters >> kw(kReturns) >> note(Part::returns)[type_of] >>
                                              *characteristic >> program_body) |
                                             loadable];
const auto moment = expression;
const auto schedule =
    (op(kAt) >> moment) |
    (op(kEvery) >> expression >> any_of(kMinute, kHour, kDay, kWeek, kMonth, kQuarter, kYear, kSecond, kMinuteSecond,
                                        kHourSecond, kHourMinute, kDaySecond, kDayMinute, kDayHour, kYearMonth) >>
     -note(Part::starts)[op(kStarts) >> moment] >> maybe(op(kEnds), moment));
const auto event =
    note(Part::kind)[op(kEvent)] >> if_not_exists() >> object(Mark::name, "an event") >>
    note(Part::definition)[note(Part::schedule)[kw(kOn) >> kw(kSchedule) >> schedule] >>
                           -note(Part::completion)[op(kOn) >> kw(kCompletion) >> -op(kNot) >> kw(kPreserve)] >>
                           -note(Part::characteristic)[op(kEnable) |
                                                       (op(kDisable) >> maybe(op(kOn), any_of(kSlave, kReplica)))] >>
                           -note(Part::comment)[op(kComment) >> text] >> kw(kDo) >> program_body];
const auto sequence = mariadb >> note(Part::kind)[op(kSequence)] >> if_not_exists() >>
                      object(Mark::table, "a sequence") >> note(Part::definition)[-verbatim];
const auto package_words =
    any_of(kRole, kUser, kServer, kTablespace, kUndo, kLogfile, kResource, kSpatial, kPackage, kLibrary);
const auto carried = note(Part::kind)[op(kServer)] >> if_not_exists() >> object(Mark::name, "a name") >>
                     note(Part::definition)[verbatim];
const auto create_object = note(Part::create_object)[op(kCreate) >> or_replace_mariadb >> -op(kTemporary) >> definer >>
                                                     (procedure | function | event | sequence | carried)];
const auto other = note(Part::other)[op(kCreate) >> -(op(kOr) >> op(kReplace)) >> package_words >> -verbatim];

const auto database_option = (-op(kDefault) >> charset_words() >> -op(equal) >> charset_name()) |
                             (-op(kDefault) >> op(kCollate) >> -op(equal) >> collation_name()) |
                             (-op(kDefault) >> op(kEncryption) >> -op(equal) >> text) |
                             (mariadb >> op(kComment) >> -op(equal) >> text);
const auto create_database =
    note(Part::create_database)[op(kCreate) >> or_replace_mariadb >> any_of(kDatabase, kSchema) >> if_not_exists() >>
                                note(Part::object_name)[nm(Mark::name, "a database")] >> *database_option];

const auto create_def =
    create_table | create_index | create_view | create_trigger | create_object | create_database | other;

}  // namespace

BOOST_SPIRIT_DEFINE(create)

EMCEE_MYSQL_INSTANTIATE(create);

}  // namespace emcee::mysql::grammar
