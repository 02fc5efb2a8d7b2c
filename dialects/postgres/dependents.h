// What stands in the way of a change and is not changed itself: views that read a column, triggers
// and policies that name it. It is dropped before and made anew after, in the same transaction, with
// its grants and its owner.
#pragma once

#include <string>
#include <vector>

#include "dialects/postgres/statements.h"
#include "schema/schema.h"

namespace emcee::postgres {

class Dependents {
 public:
  // The schemas around the step: what is in both comes back as `after` has it.
  Dependents(const schema::Schema& before, const schema::Schema& after) : before_(before), after_(after) {}

  // A column changes its type or is made anew: views over it, and triggers, policies and publications that name it.
  void of_column(const schema::QualifiedName& table, const schema::Identifier& column);
  // The column goes, and another one may take its name: the same, and statistics.
  void of_dropped_column(const schema::QualifiedName& table, const schema::Identifier& column);
  // A type is made anew: functions, operators, operator classes and casts that name it.
  void of_type(const schema::QualifiedName& type);
  // A view is dropped and made anew.
  void of_view(const schema::QualifiedName& view);

  // Users first.
  void drop(Script& script) const;
  // Users last.
  void restore(Script& script) const;

 private:
  void add_view(const schema::View& view);
  void add_users(const schema::Identifier& name);

  const schema::Schema& before_;
  const schema::Schema& after_;
  std::vector<const schema::View*> seen_;
  std::vector<const schema::View*> views_;  // of `before`, each before those that read it
  std::vector<const schema::Trigger*> triggers_;
  std::vector<const schema::OpaqueObject*> policies_;  // and statistics
  std::vector<const schema::OpaqueObject*> objects_;   // publications; others each before those that name it
};

// What goes and comes with a view, as far as both schemas have it: indexes of a materialized one, triggers, rules,
// comments on columns and rules.
std::vector<std::string> restore_attached(const schema::QualifiedName& view, const schema::Schema& before,
                                          const schema::Schema& after);

// Statements that note who may do what with a view, and give it back to the view of that name.
std::string keep_grants(const schema::QualifiedName& view);
std::string restore_grants(const schema::QualifiedName& view);

}  // namespace emcee::postgres
