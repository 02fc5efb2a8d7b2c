// CREATE, ALTER and DROP: https://www.sqlite.org/lang.html.
#include "dialects/sqlite/grammar_rules.h"

namespace emcee::sqlite::grammar {

namespace {

using enum Tk;

// The arguments of a virtual table: anything, as long as its parentheses match.
struct Balanced : x3::parser<Balanced> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  template <class Ctx, class RuleCtx, class Attribute>
  bool parse(Iterator& first, const Iterator&, const Ctx& context, RuleCtx&, Attribute&) const {
    State& s = state(context);
    std::size_t depth = 0;
    Iterator it = first;
    for (; it->kind != right || depth > 0; ++it) {
      if (it->kind == end || it->kind == illegal || it->kind == shell_line) {
        s.expected(it, spelling(right));
        return false;
      }
      if (it->kind == left) ++depth;
      if (it->kind == right) --depth;
      s.mark(it, mark_of(it->kind));
    }
    first = it;
    return true;
  }

  static Mark mark_of(Tk kind) {
    if (is_keyword(kind)) return Mark::keyword;
    if (kind == identifier) return Mark::name;
    if (kind == integer || kind == real || kind == string || kind == blob) return Mark::literal;
    return kind == variable ? Mark::variable : Mark::symbol;
  }
};

const auto if_not_exists = note(Part::if_exists)[op(kIf) >> kw(kNot) >> kw(kExists)] | !op(kIf);
const auto if_exists = note(Part::if_exists)[op(kIf) >> kw(kExists)] | !op(kIf);
const auto temporary = -note(Part::temporary)[any_of(kTemp, kTemporary)];
const auto parenthesised = sym(left) >> note(Part::expression)[expression] >> sym(right);
const auto column_name = note(Part::column_name)[nm(Mark::column, "a column name")];
const auto constraint_name = note(Part::constraint_name)[nm(Mark::name, "a constraint name")];
const auto on_conflict = maybe(op(kOn), kw(kConflict) >> note(Part::conflict)[resolution()]);

// Parts of constraints.
const auto action = (kw(kSet) >> (kw(kNull) | kw(kDefault))) | kw(kCascade) | kw(kRestrict) | (kw(kNo) >> kw(kAction));
const auto reference_rule = (op(kMatch) >> nm(Mark::name, "a name")) |
                            (op(kOn) >> (note(Part::on_delete)[kw(kDelete) >> action] |
                                         note(Part::on_update)[kw(kUpdate) >> action] | (op(kInsert) >> action)));
const auto referenced_columns = op(left) >>
                                note(Part::referenced_column)[nm(Mark::column, "a column name")] % sym(comma) >>
                                sym(right);
const auto references = op(kReferences) >> note(Part::referenced_table)[nm(Mark::table, "a table name")] >>
                        -referenced_columns >> *reference_rule;
const auto deferral =
    note(Part::deferral)[-op(kNot) >> kw(kDeferrable) >> maybe(op(kInitially), kw(kDeferred) | kw(kImmediate))];

// Constraints of a column.
const auto default_value =
    op(kDefault) >> expect("a default value")[(op(left) >> note(Part::default_in_parens)[expression] >> sym(right)) |
                                              note(Part::default_value)[-any_of(plus, minus) >> term] |
                                              note(Part::default_word)[Word(kId, Mark::literal, nullptr)]];
const auto column_primary_key =
    note(Part::primary_key)[op(kPrimary) >> kw(kKey) >> -(op(kAsc) | note(Part::descending)[op(kDesc)]) >>
                            on_conflict >> -note(Part::autoincrement)[op(kAutoincrement)]];
const auto generated = note(Part::generated)[maybe(op(kGenerated), kw(kAlways)) >> kw(kAs) >> parenthesised >>
                                             -note(Part::generated_kind)[Word(kNameWord, Mark::keyword, nullptr)]];
const auto column_constraint =
    expect("a column constraint")[(op(kConstraint) >> constraint_name) | default_value | (op(kNull) >> on_conflict) |
                                  note(Part::not_null)[op(kNot) >> kw(kNull) >> on_conflict] | deferral |
                                  column_primary_key | note(Part::unique)[op(kUnique) >> on_conflict] |
                                  note(Part::check)[op(kCheck) >> parenthesised] | note(Part::foreign_key)[references] |
                                  (op(kCollate) >> note(Part::collation)[Word(kIds, Mark::name, "a collation name")]) |
                                  generated];
const auto column = note(Part::column)[column_name >> -note(Part::type)[type_name] >> *column_constraint];

// Constraints of a table.
const auto table_primary_key =
    note(Part::primary_key)[op(kPrimary) >> kw(kKey) >> sym(left) >> sort_list >>
                            -note(Part::autoincrement)[op(kAutoincrement)] >> sym(right) >> on_conflict];
const auto table_unique = note(Part::unique)[op(kUnique) >> sym(left) >> sort_list >> sym(right) >> on_conflict];
const auto table_check = note(Part::check)[op(kCheck) >> parenthesised >> on_conflict];
const auto local_columns = sym(left) >> note(Part::local_column)[nm(Mark::column, "a column name")] % sym(comma) >>
                           sym(right);
const auto table_foreign_key =
    note(Part::foreign_key)[op(kForeign) >> kw(kKey) >> local_columns >> expect("REFERENCES")[references] >> -deferral];
const auto table_constraint = expect("a table constraint")[(op(kConstraint) >> constraint_name) | table_primary_key |
                                                           table_unique | table_check | table_foreign_key];

// CREATE. The list of constraints needs no commas.
const auto table_body = sym(left) >> column % sym(comma) >>
                        -(sym(comma) >> table_constraint >> *(-sym(comma) >> table_constraint)) >> sym(right);
const auto option = note(
    Part::option)[(op(kWithout) >> nm(Mark::keyword, "ROWID")) | (!op(kWithout) >> Word(kNm, Mark::keyword, nullptr))];
const auto options = -option >> *(op(comma) >> expect("a table option (STRICT or WITHOUT ROWID)")[option]);
const auto as_query = note(Part::as_select)[op(kAs) >> select];
const auto create_table =
    note(Part::create_table)[kw(kCreate) >> temporary >> kw(kTable) >> if_not_exists >>
                             object(Mark::table, "a table name") >> (as_query | (table_body >> options))];

const auto create_index =
    note(Part::create_index)[kw(kCreate) >> -note(Part::unique_index)[op(kUnique)] >> kw(kIndex) >> if_not_exists >>
                             object(Mark::name, "an index name") >> kw(kOn) >>
                             note(Part::target)[note(Part::object_name)[nm(Mark::table, "a table name")]] >>
                             sym(left) >> sort_list >> sym(right) >> maybe(op(kWhere), note(Part::where)[expression])];

const auto view_columns = op(left) >> note(Part::view_column)[nm(Mark::column, "a column name")] % sym(comma) >>
                          sym(right);
const auto create_view = note(
    Part::create_view)[kw(kCreate) >> temporary >> kw(kView) >> if_not_exists >> object(Mark::table, "a view name") >>
                       -view_columns >> kw(kAs) >> note(Part::query)[select]];

const auto trigger_time = -note(Part::trigger_time)[kw(kBefore) | kw(kAfter) | (kw(kInstead) >> kw(kOf))];
const auto update_columns = op(kOf) >> note(Part::update_column)[nm(Mark::column, "a column name")] % sym(comma);
const auto trigger_event =
    note(Part::trigger_event)[kw(kInsert) | kw(kDelete)] | (note(Part::trigger_event)[kw(kUpdate)] >> -update_columns);
const auto create_trigger =
    note(Part::create_trigger)[kw(kCreate) >> temporary >> kw(kTrigger) >> if_not_exists >>
                               object(Mark::name, "a trigger name") >> trigger_time >> trigger_event >> kw(kOn) >>
                               target() >> maybe(kw(kFor), kw(kEach) >> kw(kRow)) >>
                               maybe(kw(kWhen), note(Part::when)[expression]) >> kw(kBegin) >>
                               note(Part::body)[+(trigger_command >> sym(semicolon))] >> kw(kEnd)];

const auto create_virtual_table = note(Part::create_virtual_table)
    [kw(kCreate) >> kw(kVirtual) >> kw(kTable) >> if_not_exists >> object(Mark::table, "a table name") >> kw(kUsing) >>
     note(Part::module)[nm(Mark::name, "a module name") >> maybe(op(left), Balanced{} >> sym(right))]];

// ALTER TABLE; constraints and NOT NULL of columns that exist since 3.53.
const auto to_new_name = kw(kTo) >> note(Part::new_name)[nm(Mark::name, "a new name")];
const auto optional_column = -op(kColumn);
const auto not_null = kw(kNot) >> kw(kNull);
const auto alteration =
    note(Part::rename_table)[kw(kRename) >> to_new_name] |
    note(Part::rename_column)[op(kRename) >> optional_column >> column_name >> to_new_name] |
    note(Part::add_check)[kw(kAdd) >> -(op(kConstraint) >> constraint_name) >> table_check] |
    note(Part::add_column)[op(kAdd) >> optional_column >> column] |
    note(Part::drop_constraint)[kw(kDrop) >> op(kConstraint) >> constraint_name] |
    note(Part::drop_column)[op(kDrop) >> optional_column >> column_name] |
    note(Part::drop_not_null)[op(kAlter) >> optional_column >> column_name >> kw(kDrop) >> not_null] |
    note(Part::set_not_null)[kw(kAlter) >> optional_column >> column_name >> kw(kSet) >> not_null >> on_conflict];
const auto alter =
    note(Part::alter_table)[kw(kAlter) >> kw(kTable) >> object(Mark::table, "a table name") >> alteration];

const auto dropped = kw(kTable) | kw(kView) | kw(kIndex) | kw(kTrigger);
const auto drop = note(Part::drop)[kw(kDrop) >> dropped >> if_exists >> object(Mark::name, "a name")];

const auto ddl_def = create_table | create_index | create_view | create_trigger | create_virtual_table | alter | drop;

}  // namespace

BOOST_SPIRIT_DEFINE(ddl)

EMCEE_SQLITE_INSTANTIATE(ddl);

}  // namespace emcee::sqlite::grammar
