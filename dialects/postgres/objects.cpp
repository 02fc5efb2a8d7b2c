#include "dialects/postgres/objects.h"

#include <fmt/format.h>

#include "dialects/postgres/ddl.h"
#include "dialects/postgres/dependents.h"
#include "dialects/postgres/identity.h"
#include "dialects/postgres/names.h"
#include "dialects/postgres/object_sql.h"
#include "dialects/postgres/probes.h"
#include "dialects/postgres/type_objects.h"
#include "schema/match.h"

namespace emcee::postgres {

using plan::Effect;
using plan::LockTime;
using schema::QualifiedName;

namespace {

bool is_type(const std::string& kind) {
  return kind == "enum" || kind == "domain" || kind == "type" || kind == "range";
}

void drop_view(Script& script, const schema::View& view) {
  script.needs(Lock::access_exclusive, LockTime::instant);
  script.add(fmt::format("DROP {} {}", view_word(view), quoting()(view.name)));
}

// Its columns may be others, which CREATE OR REPLACE refuses, so it is made anew with all that reads it.
void replace_view(Script& script, const diff::ReplaceView& change, const schema::Schema& before,
                  const schema::Schema& after) {
  Dependents dependents(before, after);
  dependents.of_view(change.before.name);
  dependents.drop(script);
  script.add(keep_grants(change.before.name));
  drop_view(script, change.before);
  script.add(create_view(change.after));
  script.add(restore_attached(change.after.name, before, after));
  script.add(restore_grants(change.after.name));
  dependents.restore(script);
}

// The body of a function in SQL is checked against the tables of the moment; those of the new release
// may come later. https://www.postgresql.org/docs/15/runtime-config-client.html#GUC-CHECK-FUNCTION-BODIES
void before_body(Script& script, const schema::OpaqueObject& object) {
  const auto& tokens = object.definition.tokens();
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i)
    if (tokens[i].is(schema::Role::keyword, "LANGUAGE") && schema::to_lower(tokens[i + 1].text) == "sql")
      return script.add("SET LOCAL check_function_bodies = off");
}

// A sequence whose name an identity column has as well. Either the column became the identity that
// took it over with its name, and nothing is left to do; or this is an undo, and the identity's own
// has stepped aside.
std::string give_back_to_identity(const QualifiedName& sequence) {
  const QualifiedName old = aside(sequence);
  return fmt::format(
      "DO $emcee$ BEGIN IF {} IS NOT NULL THEN\n"
      "  DROP SEQUENCE {};\n"
      "  ALTER SEQUENCE {} RENAME TO {};\n"
      "END IF; END $emcee$",
      regclass(old), quoting()(sequence), quoting()(old), quoting()(sequence.name));
}

// CREATE OR REPLACE TRIGGER keeps the table open for readers; constraint triggers have none.
void replace_trigger(Script& script, const schema::Trigger& before, const schema::Trigger& after) {
  const bool constraint = has_option(before.options, "constraint") || has_option(after.options, "constraint");
  if (constraint || !(before.table == after.table) || before.options != after.options) {
    script.needs(Lock::access_exclusive, LockTime::instant);
    script.add(drop_trigger(before));
    script.add(create_trigger(after));
    return;
  }
  script.needs(Lock::share_row_exclusive, LockTime::instant);
  script.add(create_trigger(after, true));
}

}  // namespace

bool render_object(Script& script, const diff::Change& change, const schema::Schema& before,
                   const schema::Schema& after) {
  return schema::match(
      change,
      [&](const diff::CreateView& c) {
        script.needs(Lock::none, LockTime::instant);
        script.add(create_view(c.view));
        return true;
      },
      [&](const diff::DropView& c) {
        drop_view(script, c.view);
        return true;
      },
      [&](const diff::ReplaceView& c) {
        replace_view(script, c, before, after);
        return true;
      },
      [&](const diff::CreateTrigger& c) {
        script.needs(Lock::share_row_exclusive, LockTime::instant);
        script.add(create_trigger(c.trigger));
        return true;
      },
      [&](const diff::DropTrigger& c) {
        script.needs(Lock::access_exclusive, LockTime::instant);
        script.add(drop_trigger(c.trigger));
        return true;
      },
      [&](const diff::ReplaceTrigger& c) {
        replace_trigger(script, c.before, c.after);
        return true;
      },
      [&](const diff::CreateObject& c) {
        script.needs(Lock::none, LockTime::instant);
        const QualifiedName& name = c.object.name;
        if (c.object.kind == "sequence" && is_identity_sequence(name, before))
          script.add(fmt::format("ALTER SEQUENCE {} RENAME TO {}", quoting()(name), quoting()(aside(name).name)));
        before_body(script, c.object);
        script.add(create_object(c.object));
        return true;
      },
      [&](const diff::DropObject& c) {
        script.needs(Lock::none, LockTime::instant);
        const QualifiedName& name = c.object.name;
        const bool of_sequence = c.object.kind == "sequence" || c.object.kind == "sequence owner";
        if (!of_sequence || !is_identity_sequence(name, after))
          script.add(drop_object(c.object));
        else if (c.object.kind == "sequence")
          script.add(give_back_to_identity(name));
        return true;
      },
      [&](const diff::ReplaceObject& c) {
        script.needs(Lock::none, LockTime::instant);
        before_body(script, c.after);
        if (is_type(c.after.kind))
          replace_type(script, c.before, c.after, before, after);
        else
          script.add(replace_object(c.before, c.after));
        return true;
      },
      [](const auto&) { return false; });
}

// An object that is new takes nothing from anybody, except one that makes rules for writes and reads.
Effect object_effect(const diff::Change& change) {
  return schema::match(
      change,
      [](const diff::CreateObject& c) {
        const std::string& kind = c.object.kind;
        const bool binds = kind == "policy" || kind == "rule" || kind == "event trigger" ||
                           (kind == "grant" && c.object.source.rfind("REVOKE", 0) == 0);
        return binds ? Effect::noticed : Effect::unnoticed;
      },
      [](const diff::ReplaceObject& c) {
        const bool same =
            c.after.kind == "enum" ? only_adds_values(c.before, c.after) : serves_the_same(c.before, c.after);
        return same ? Effect::unnoticed : Effect::noticed;
      },
      [](const auto&) { return Effect::noticed; });
}

}  // namespace emcee::postgres
