// The statement: https://dev.mysql.com/doc/refman/9.0/en/sql-statements.html.
#include "dialects/mysql/grammar.h"

#include "dialects/mysql/grammar_rules.h"

namespace emcee::mysql {

namespace grammar {
namespace {

using enum Tk;

// DROP and RENAME.
const auto targets = target() % sym(comma);
const auto names = note(Part::target)[object(Mark::name, "a name")];
const auto wait = -((op(kWait) >> lit(integer)) | op(kNowait));
const auto online =
    *((any_of(kAlgorithm, kLock) >> -op(equal) >> plain_value()) | op(kNowait) | (op(kWait) >> lit(integer)));
const auto ending = -any_of(kRestrict, kCascade);
const auto dropped_object = any_of(kTrigger, kProcedure, kFunction, kEvent, kServer);
const auto drop = note(
    Part::drop)[op(kDrop) >>
                ((-note(Part::temporary)[op(kTemporary)] >>
                  ((note(Part::kind)[any_of(kTable, kTables) | op(kView)] >> if_exists() >> targets >> wait >> ending) |
                   (mariadb >> note(Part::kind)[op(kSequence)] >> if_exists() >> targets))) |
                 (-any_of(kOnline, kOffline) >> note(Part::kind)[op(kIndex)] >> if_exists() >>
                  note(Part::index_name)[nm(Mark::name, "an index name") | op(kPrimary)] >> kw(kOn) >> target() >>
                  online) |
                 (note(Part::kind)[dropped_object] >> if_exists() >> names))];
const auto renamed = target() >> wait >> kw(kTo) >> target(Part::new_target);
const auto rename =
    note(Part::rename_tables)[op(kRename) >> any_of(kTable, kTables) >> if_exists() >> renamed % sym(comma)];

// Other objects.
const auto view_option =
    note(Part::view_option)[(op(kAlgorithm) >> sym(equal) >> any_of(kUndefined, kMerge, kTemptable)) |
                            (op(kSql) >> kw(kSecurity) >> any_of(kDefiner, kInvoker))];
const auto definer = -(op(kDefiner) >> sym(equal) >> note(Part::definer)[user()]);
const auto view_columns = op(left) >> note(Part::view_column)[nm(Mark::column, "a column name")] % sym(comma) >>
                          sym(right);
const auto check_option =
    note(Part::check_option)[op(kWith) >> -any_of(kCascaded, kLocal) >> op(kCheck) >> kw(kOption)];
const auto alter_view = note(
    Part::create_view)[note(Part::or_replace)[op(kAlter)] >> -view_option >> definer >> -view_option >> op(kView) >>
                       target() >> -view_columns >> kw(kAs) >> note(Part::query)[select] >> -check_option];
const auto database_option = (-op(kDefault) >> charset_words() >> -op(equal) >> charset_name()) |
                             (-op(kDefault) >> op(kCollate) >> -op(equal) >> collation_name()) | verbatim;
const auto alter_database =
    note(Part::alter_database)[op(kAlter) >> any_of(kDatabase, kSchema) >>
                               -note(Part::object_name)[nm(Mark::name, nullptr)] >> +database_option];
const auto alter_object =
    note(Part::alter_object)[op(kAlter) >> definer >>
                             note(Part::kind)[any_of(kProcedure, kFunction, kEvent, kSequence, kServer)] >>
                             if_exists() >> object(Mark::name, "a name") >> -verbatim];

// All else means nothing to a schema.
const auto other =
    note(Part::other)[any_of(kSet, kUse, kLock, kUnlock, kInsert, kReplace, kUpdate, kDelete, kSelect, kWith, kCall,
                             kGrant, kRevoke, kShow, kAnalyze, kOptimize, kLoad, kDescribe, kDesc, kExplain, kKill,
                             kPurge, kRelease, kAlter, kDrop, kRename, kSignal, kTable, kValues, kCheck, kFlush, kStart,
                             kCommit, kRollback, kSavepoint, kTruncate, kBegin, kDo, kPrepare, kExecute, kDeallocate,
                             kHandler, kHelp, kReset, kStop, kChange, kInstall, kUninstall, kRepair, kChecksum, kBinlog,
                             kCache, kXa, kShutdown, kRestart, kImport, kClone, kGet, kEnd) >>
                      -verbatim];
const auto parenthesised_query = note(Part::other)[op(left) >> verbatim >> sym(right) >> -verbatim];
const auto definition = drop | rename | alter_view | alter_database | alter_object | alter | create;
const auto not_ours = (!next_is(kAlter, kDrop, kRename)) |
                      (op(kAlter) >> any_of(kUser, kRole, kInstance, kTablespace, kLogfile, kUndo, kResource)) |
                      (op(kDrop) >> (any_of(kUser, kRole, kDatabase, kSchema, kTablespace, kLogfile, kUndo, kPrepare,
                                            kResource, kSpatial, kPackage))) |
                      (op(kRename) >> op(kUser));
const auto statement = expect("a statement")[definition | (&not_ours >> other) | parenthesised_query];

template <class Rule>
std::optional<Failure> run(const Rule& rule, const char* whole, const Lexemes& tokens, const Server& server,
                           Parse& parse) {
  parse.nodes.clear();
  if (parse.marks.size() < tokens.size()) parse.marks.resize(tokens.size());
  State state{{tokens, parse, {}, tokens.end()}, server};
  Iterator it = tokens.begin();
  const bool matched = rule.parse(it, tokens.end(), Context(state), x3::unused, x3::unused);
  parse.end = state.index(it);
  // Under a DELIMITER of its own further statements may stand behind a semicolon.
  if (matched && (it->kind == Tk::end || it->kind == Tk::semicolon)) return std::nullopt;
  if (matched) state.expected(it, whole);
  return state.failure;
}

}  // namespace
}  // namespace grammar

std::optional<Failure> parse_statement(const Lexemes& tokens, const Server& server, Parse& parse) {
  return grammar::run(grammar::statement, "the end of the statement", tokens, server, parse);
}

std::optional<Failure> parse_expression(const Lexemes& tokens, const Server& server, Parse& parse) {
  constexpr const char* kWhole = "the end of the expression";
  std::optional<Failure> failure = grammar::run(grammar::expression, kWhole, tokens, server, parse);
  if (!failure && tokens[parse.end].kind == Tk::semicolon) return Failure{parse.end, false, 1, {kWhole}};
  return failure;
}

}  // namespace emcee::mysql
