// The statements that both releases send to images, and what is read of them.
#pragma once

#include "tests/soak/images.h"
#include "tests/soak/ranges.h"

namespace emcee::soak {

class ImageTables {
 public:
  static constexpr bool kRewritten = false;
  using Key = std::int64_t;
  using Row = soak::Row;
  using Seen = soak::Seen;

  ImageTables(const Server& server, const Model& model) : server_(server), model_(model) {}

  Statement<Key, Row> next(const Draft<Key, Row>& draft, std::size_t range, Stage stage, bool as_new,
                           std::mt19937_64& random) const;
  std::optional<std::map<Key, Seen>> read(Client& client, Stage eyes, const std::vector<Key>& ids) const;
  bool narrow(Row& row, const Seen& seen, Stage stage) const { return model_.narrow(row, seen, stage); }
  void widen(Row& row, const Row& other) const;
  void enter(Row& row, Stage stage) const {
    if (stage == Stage::old_only) row = model_.rolled_back(row);
  }
  std::size_t range_of(Key id) const { return static_cast<std::size_t>(id / kSpan); }
  std::string text(Key id) const { return fmt::format("row {}", id); }
  std::string text(const Row& row) const { return model_.text(row); }
  std::string text(const Seen& seen) const;

 private:
  const Server& server_;
  const Model& model_;
};

}  // namespace emcee::soak
