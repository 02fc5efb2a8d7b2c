// The release that the soak upgrades to, and the reference model of its rows.
//
// Two groups of columns: images.is_public <-> images.visibility as cases.md has it (G1; NOT NULL on both
// sides, many to one), and images.label <-> images.tag, nullable, with expressions that do not undo each
// other.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "plan/sync_model.h"
#include "tests/soak/scenario.h"

namespace emcee::soak {

extern const char* const kOldSchema;
extern const char* const kNewSchema;
extern const char* const kMap;

inline constexpr std::size_t kGroups = 2;
extern const std::array<std::string, kGroups> kOldColumns, kNewColumns;
template <class T>
using PerGroup = std::array<T, kGroups>;

// A value that a release may write there.
plan::Value random_value(std::size_t group, bool as_new, std::mt19937_64& random);
std::string sql_text(const plan::Value& value);

// What a group may hold: a batch comes at any time, so it may be more than one thing. No duplicates.
using States = std::vector<plan::GroupRow>;
using Row = PerGroup<States>;

// What a statement assigns; nothing where it does not name the column.
struct Given {
  PerGroup<std::optional<plan::Value>> old_values, new_values;
  std::optional<std::string> name;  // a column that concerns no group

  std::vector<std::string> columns() const;
  std::vector<std::string> values() const;  // of those columns, as SQL
};

// A row as a query shows it; columns that it did not ask for are left out.
struct Seen {
  std::optional<PerGroup<Client::Cell>> old_values, new_values;
};
// The columns of a query for it, behind `id`: those that there are for certain.
std::string seen_columns(Stage stage);
Seen seen_row(Stage stage, const std::vector<Client::Cell>& cells, std::size_t first);

// What a statement makes of a row.
struct Step {
  Row row;                  // where it is done
  bool may_do = true;       // it may be done
  bool may_refuse = false;  // it may be refused
};

class Model {
 public:
  Model();
  Step insert(const Given& given, Stage stage) const;
  Step update(const Row& before, const Given& given, Stage stage) const;
  Step replace(const Row& before, const Given& given, Stage stage) const;
  // INSERT .. SELECT of what the release sees of another row.
  Step copy(const Row& source, bool as_new, Stage stage) const;

  // False where the row cannot be what is seen; else the states are those that it can be.
  bool narrow(Row& row, const Seen& seen, Stage stage) const;
  // The new columns are gone.
  Row rolled_back(const Row& row) const;
  std::string text(const Row& row) const;

 private:
  // With what a batch would make of each.
  States reachable(std::size_t group, const States& states, Stage stage) const;

  PerGroup<plan::SyncModel> models_;
};

}  // namespace emcee::soak
