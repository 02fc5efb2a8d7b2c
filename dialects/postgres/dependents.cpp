#include "dialects/postgres/dependents.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "dialects/postgres/ddl.h"
#include "dialects/postgres/object_sql.h"
#include "dialects/postgres/objects.h"
#include "dialects/postgres/probes.h"
#include "schema/checksum.h"

namespace emcee::postgres {

using schema::Identifier;
using schema::QualifiedName;

namespace {

bool reads_all(const schema::Fragment& query) {
  return std::any_of(query.tokens().begin(), query.tokens().end(),
                     [](const schema::Token& t) { return t.role == schema::Role::symbol && t.text == "*"; });
}

// Objects that are bound to the types and the functions which they name, in the order in which they
// build on each other.
constexpr std::array<std::string_view, 7> kBound = {"function",        "procedure",      "aggregate", "operator",
                                                    "operator family", "operator class", "cast"};

std::size_t place_of(const schema::OpaqueObject& object) {
  return static_cast<std::size_t>(std::find(kBound.begin(), kBound.end(), object.kind) - kBound.begin());
}

// `f` of `f(integer)`
Identifier bare_name(const QualifiedName& name) {
  const std::string& text = name.name.text();
  return name.name.derived(text.substr(0, text.find('(')));
}

// The name stands in the definition as one of something else than the object.
bool names(const schema::OpaqueObject& object, const Identifier& name) {
  const auto& tokens = object.definition.tokens();
  return !(bare_name(object.name) == name) && std::any_of(tokens.begin(), tokens.end(), [&](const schema::Token& t) {
    const bool is_name =
        t.role == schema::Role::name || t.role == schema::Role::table || t.role == schema::Role::column;
    return is_name && t.text == name.text();
  });
}

template <class T>
bool holds(const std::vector<const T*>& list, const T* value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Where keep_grants puts the statements: a setting of the transaction.
std::string setting(const QualifiedName& view) {
  return string_literal("emcee.grants_" + schema::checksum(view.text()).substr(0, 16));
}

}  // namespace

void Dependents::of_column(const QualifiedName& table, const Identifier& column) {
  for (const schema::View& view : before_.views())
    if (view.query.mentions_table(table.name) && (view.query.mentions_column(column) || reads_all(view.query)))
      add_view(view);
  for (const schema::Trigger* trigger : before_.triggers_of(table)) {
    const bool names_it =
        std::find(trigger->update_of.begin(), trigger->update_of.end(), column) != trigger->update_of.end() ||
        (trigger->when && trigger->when->mentions_column(column));
    if (names_it && after_.find_trigger(trigger->name) && !holds(triggers_, trigger)) triggers_.push_back(trigger);
  }
  for (const schema::OpaqueObject& object : before_.objects())
    if (object.kind == "policy" && object.definition.mentions_table(table.name) &&
        object.definition.mentions_column(column) && after_.find_object(object.kind, object.name) &&
        !holds(policies_, &object))
      policies_.push_back(&object);
  // A publication of rows for which a condition holds.
  for (const schema::OpaqueObject& object : before_.objects())
    if (object.kind == "publication" && names(object, table.name) && names(object, column) &&
        after_.find_object(object.kind, object.name) && !holds(objects_, &object))
      objects_.push_back(&object);
}

void Dependents::of_dropped_column(const QualifiedName& table, const Identifier& column) {
  of_column(table, column);
  for (const schema::OpaqueObject& object : before_.objects())
    if (object.kind == "statistics" && names(object, table.name) && names(object, column) &&
        after_.find_object(object.kind, object.name) && !holds(policies_, &object))
      policies_.push_back(&object);
}

void Dependents::of_type(const QualifiedName& type) {
  add_users(type.name);
  std::stable_sort(objects_.begin(), objects_.end(),
                   [](const auto* a, const auto* b) { return place_of(*a) < place_of(*b); });
}

void Dependents::add_users(const Identifier& name) {
  for (const schema::OpaqueObject& object : before_.objects()) {
    if (place_of(object) == kBound.size() || !names(object, name) || holds(objects_, &object)) continue;
    if (!after_.find_object(object.kind, object.name)) continue;  // it goes by a change of its own
    objects_.push_back(&object);
    add_users(bare_name(object.name));
  }
}

void Dependents::of_view(const QualifiedName& view) {
  for (const schema::View& user : before_.views())
    if (!(user.name == view) && user.query.mentions_table(view.name)) add_view(user);
}

// In front of the views that read it, which are there by then.
void Dependents::add_view(const schema::View& view) {
  if (!after_.find_view(view.name) || holds(seen_, &view)) return;  // else it goes by a change of its own
  seen_.push_back(&view);
  of_view(view.name);
  views_.insert(views_.begin(), &view);
}

void Dependents::drop(Script& script) const {
  for (auto object = objects_.rbegin(); object != objects_.rend(); ++object) script.add(drop_object(**object));
  for (const schema::OpaqueObject* policy : policies_)
    render_object(script, diff::DropObject{*policy}, before_, after_);
  for (const schema::Trigger* trigger : triggers_) script.add(drop_trigger(*trigger));
  for (auto view = views_.rbegin(); view != views_.rend(); ++view) {
    script.add(keep_grants((*view)->name));
    script.add(fmt::format("DROP {} {}", view_word(**view), quoting()((*view)->name)));
    script.hazards.push_back(
        {"view_recreated", (*view)->name.text(),
         "it is dropped and made anew in one transaction, with its owner and grants; readers wait"});
  }
}

void Dependents::restore(Script& script) const {
  for (const schema::View* view : views_) {
    const schema::View* now = after_.find_view(view->name);
    script.add(create_view(*now));
    script.add(restore_attached(now->name, before_, after_));
    script.add(restore_grants(now->name));
  }
  for (const schema::Trigger* trigger : triggers_) script.add(create_trigger(*after_.find_trigger(trigger->name)));
  for (const schema::OpaqueObject* policy : policies_)
    script.add(create_object(*after_.find_object(policy->kind, policy->name)));
  for (const schema::OpaqueObject* object : objects_) {
    script.add(create_object(*after_.find_object(object->kind, object->name)));
    for (const schema::OpaqueObject& about : after_.objects())
      if ((about.kind == "comment" || about.kind == "grant" || about.kind == "owner") &&
          names(about, bare_name(object->name)))
        script.add(create_object(about));
  }
}

std::vector<std::string> restore_attached(const QualifiedName& view, const schema::Schema& before,
                                          const schema::Schema& after) {
  std::vector<std::string> statements;
  const auto restore = [&](const auto& belongs) {
    for (const schema::OpaqueObject& object : after.objects())
      if (belongs(object) && before.find_object(object.kind, object.name)) statements.push_back(create_object(object));
  };
  restore([&](const schema::OpaqueObject& o) { return o.kind == "index" && o.definition.mentions_table(view.name); });
  for (const schema::Trigger* trigger : after.triggers_of(view))
    if (before.find_trigger(trigger->name))
      for (std::string& statement : create_trigger(*trigger)) statements.push_back(std::move(statement));
  restore([&](const schema::OpaqueObject& o) { return o.kind == "rule" && o.name.schema.text() == view.text(); });
  restore([&](const schema::OpaqueObject& o) {
    const std::string& about = o.name.name.text();
    return o.kind == "comment" && (about.starts_with("column " + quoting()(view) + ".") ||
                                   (about.starts_with("rule ") && about.ends_with(" ON " + quoting()(view))));
  });
  return statements;
}

// aclexplode: https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-ACLITEM-TABLE
std::string keep_grants(const QualifiedName& view) {
  return fmt::format(
      "DO $emcee$ BEGIN PERFORM pg_catalog.set_config({0}, (\n"
      "  SELECT coalesce(string_agg(statement, '; '), '') FROM (\n"
      "    SELECT format('ALTER TABLE %s OWNER TO %I', {1}, pg_get_userbyid(relowner)) AS statement\n"
      "    FROM pg_class WHERE oid = {2} AND relowner <> current_user::regrole\n"
      "    UNION ALL\n"
      "    SELECT format('GRANT %s ON %s TO %s%s', a.privilege_type, {1},\n"
      "      CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,\n"
      "      CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)\n"
      "    FROM pg_class, aclexplode(relacl) a WHERE oid = {2} AND a.grantee <> relowner\n"
      "    UNION ALL\n"
      "    SELECT format('GRANT %s (%I) ON %s TO %s%s', a.privilege_type, attname, {1},\n"
      "      CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,\n"
      "      CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)\n"
      "    FROM pg_attribute, aclexplode(attacl) a WHERE attrelid = {2} AND NOT attisdropped) s), true);\n"
      "END $emcee$",
      setting(view), string_literal(quoting()(view)), regclass(view));
}

std::string restore_grants(const QualifiedName& view) {
  return fmt::format("DO $emcee$ BEGIN EXECUTE pg_catalog.current_setting({}); END $emcee$", setting(view));
}

}  // namespace emcee::postgres
