// Statements of triggers, routines and events:
// https://dev.mysql.com/doc/refman/9.0/en/sql-compound-statements.html.
#include "dialects/mysql/grammar_rules.h"

namespace emcee::mysql::grammar {

namespace {

using enum Tk;

const x3::rule<class statements_class> statements = "statements";

const auto column_name = nm(Mark::column, "a column name");
const auto columns = sym(left) >> -(column_reference % sym(comma)) >> sym(right);
const auto table_name = -(Word(kNameWord, Mark::name, nullptr, dot) >> sym(dot)) >> nm(Mark::table, "a table name");
const auto table_alias = (op(kAs) >> nm(Mark::table, "a name")) |
                         (!op(kAs) >> -(!next_is(kSet, kValue) >> Word(kNameWord, Mark::table, nullptr)));
const auto names = sym(left) >> nm(Mark::name, "a name") % sym(comma) >> sym(right);
const auto in_partition = maybe(op(kPartition), names);

// Writes.
const auto value = op(kDefault) >> !next_is(left) | expression;
const auto assignment = column_reference >> (op(equal) | op(assign)) >> value;
const auto assignments = assignment % sym(comma);
const auto where = maybe(op(kWhere), expression);
const auto order = maybe(op(kOrder), kw(kBy) >> sort_list);
const auto limit = maybe(op(kLimit), expression);
const auto returning = maybe(op(kReturning), results);
const auto priority = *any_of(kLowPriority, kDelayed, kHighPriority, kQuick, kIgnore);
const auto row = -op(kRow) >> sym(left) >> -(value % sym(comma)) >> sym(right);
const auto source = (any_of(kValues, kValue) >> row % op(comma)) | (op(kSet) >> assignments) | select;
const auto upsert = maybe(op(kOn), kw(kDuplicate) >> kw(kKey) >> kw(kUpdate) >> assignments);
const auto insert = any_of(kInsert, kReplace) >> priority >> -op(kInto) >> table_name >> in_partition >>
                    ((op(left) >> at_select() >> select >> sym(right)) | (-columns >> source)) >>
                    maybe(op(kAs), nm(Mark::table, "a name") >> -columns) >> upsert >> returning;
const auto update = op(kUpdate) >> priority >> tables >> kw(kSet) >> assignments >> where >> order >> limit
                    >> returning;
const auto deleted = (table_name >> -(sym(dot) >> sym(star))) % sym(comma);
const auto remove = op(kDelete) >> priority >>
                    ((op(kFrom) >> deleted >> kw(kUsing) >> tables >> where) |
                     (op(kFrom) >> table_name >> in_partition >> table_alias >> where >> order >> limit >> returning) |
                     (deleted >> kw(kFrom) >> tables >> where));
const auto write_def = insert | update | remove | (op(kWith) >> verbatim);

// Variables.
const auto scope = any_of(kGlobal, kSession, kLocal, kPersist, kPersistOnly);
const auto set_value = any_of(kOn, kDefault, kBinary, kAll) | expression;
const auto set_one = (Terminal(variable, Mark::variable, true) | (-scope >> column_reference)) >>
                     (op(equal) | op(assign)) >> set_value;
const auto set = op(kSet) >> (set_one % sym(comma) | verbatim);

const auto plain_type = type;
const auto condition_value = (op(kSqlstate) >> -op(kValue) >> text) | any_of(kSqlwarning, kSqlexception) |
                             (op(kNot) >> kw(kFound)) | lit(integer) | nm(Mark::name, "a condition");
const auto declare =
    op(kDeclare) >>
    ((any_of(kContinue, kExit, kUndo) >> kw(kHandler) >> kw(kFor) >> condition_value % sym(comma) >> program) |
     (nm(Mark::column, "a name") >> op(kCondition) >> kw(kFor) >> condition_value) |
     (nm(Mark::name, "a name") >> op(kCursor) >> -(op(left) >> verbatim >> sym(right)) >> kw(kFor) >> select) |
     (nm(Mark::column, "a name") % sym(comma) >>
      ((op(kRow) >> kw(kType) >> kw(kOf) >> table_name) | (op(kType) >> kw(kOf) >> column_reference) | plain_type) >>
      maybe(op(kDefault), expression)));

// Control.
const auto label = Word(kNameWord, Mark::name, nullptr, colon) >> sym(colon);
const auto end_label = -Word(kNameWord, Mark::name, nullptr);
const auto block = -label >> op(kBegin) >> -(op(kNot) >> kw(kAtomic)) >> statements >> kw(kEnd) >> end_label;
const auto branches = *(op(kElseif) >> expression >> kw(kThen) >> statements) >> maybe(op(kElse), statements);
const auto choice = op(kIf) >> expression >> kw(kThen) >> statements >> branches >> kw(kEnd) >> kw(kIf);
const auto when = kw(kWhen) >> expression >> kw(kThen) >> statements;
const auto selection = op(kCase) >> -(!next_is(kWhen) >> expression) >> +when >> maybe(op(kElse), statements) >>
                       kw(kEnd) >> kw(kCase);
const auto loop = -label >> op(kLoop) >> statements >> kw(kEnd) >> kw(kLoop) >> end_label;
const auto while_loop = -label >> op(kWhile) >> expression >> kw(kDo) >> statements >> kw(kEnd) >>
                        kw(kWhile) >> end_label;
const auto repeat = -label >> op(kRepeat) >> statements >> kw(kUntil) >> expression >> kw(kEnd) >>
                    kw(kRepeat) >> end_label;
const auto range = -op(kReverse) >> expression >> sym(dot) >> sym(dot) >> expression;
const auto for_loop = mariadb >> -label >> op(kFor) >> nm(Mark::column, "a name") >> kw(kIn) >>
                      ((op(left) >> select >> sym(right)) | range | expression) >> kw(kDo) >> statements >> kw(kEnd) >>
                      kw(kFor) >> end_label;
const auto leave = any_of(kLeave, kIterate) >> nm(Mark::name, "a label");
const auto cursor =
    (any_of(kOpen, kClose) >> nm(Mark::name, "a cursor") >> !next_is(colon) >> -(op(left) >> verbatim >> sym(right))) |
    (op(kFetch) >> -(-op(kNext) >> op(kFrom)) >> nm(Mark::name, "a cursor") >> kw(kInto) >>
     (column_name | Terminal(variable, Mark::variable, true)) % sym(comma));
const auto give_back = op(kReturn) >> expression;
const auto call = op(kCall) >> -(Word(kNameWord, Mark::name, nullptr, dot) >> sym(dot)) >>
                  nm(Mark::name, "a procedure") >> maybe(op(left), -(expression % sym(comma)) >> sym(right));
const auto signal = any_of(kSignal, kResignal) >> -condition_value >>
                    maybe(op(kSet), (nm(Mark::name, "a name") >> sym(equal) >> expression) % sym(comma));

// All other statements that a program may hold: DDL, PREPARE, GET DIAGNOSTICS, ...
const auto other_word = any_of(kPrepare, kExecute, kDeallocate, kGet, kDo, kCreate, kDrop, kAlter, kRename, kTruncate,
                               kCommit, kRollback, kSavepoint, kRelease, kStart, kShow, kGrant, kRevoke, kLock, kUnlock,
                               kAnalyze, kOptimize, kFlush, kKill, kCheck, kRepair, kInstall, kUninstall, kHelp);
const auto other = next_is(kPrepare, kExecute, kDeallocate, kGet, kDo, kCreate, kDrop, kAlter, kRename, kTruncate,
                           kCommit, kRollback, kSavepoint, kRelease, kStart, kShow, kGrant, kRevoke, kLock, kUnlock,
                           kAnalyze, kOptimize, kFlush, kKill, kCheck, kRepair, kInstall, kUninstall, kHelp) >>
                   other_word >> -verbatim;

const auto program_def =
    expect("a statement")[nested[set | choice | selection | declare | write | block | loop | while_loop | repeat |
                                 for_loop | leave | cursor | give_back | call | signal | other | select]];
const auto statements_def = *(!next_is(kEnd, kElse, kElseif, kUntil, kWhen) >> program >> sym(semicolon));

BOOST_SPIRIT_DEFINE(statements)

}  // namespace

BOOST_SPIRIT_DEFINE(write, program)

EMCEE_MYSQL_INSTANTIATE(write);
EMCEE_MYSQL_INSTANTIATE(program);

}  // namespace emcee::mysql::grammar
