#include "applier/steering.h"

#include <fmt/format.h>

#include <charconv>

#include "applier/runner.h"

namespace emcee::applier {

namespace {

// A row of its own, which no script can have the name of.
schema::LedgerKey key_of(const std::string& component, const std::string& release) {
  return {component, release, "(steering)", 0};
}

std::string text_of(const std::optional<std::int64_t>& number) { return number ? std::to_string(*number) : "-"; }

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::string text_of(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? *text : std::string();
}

}  // namespace

Result<Steering> read_steering(Connection& connection, const std::string& component, const std::string& release) {
  const schema::LedgerDialect& ledger = connection.ledger();
  EMCEE_ASSIGN(const bool exists, connection.table_exists(ledger.table));
  if (!exists) return Steering{};
  EMCEE_ASSIGN(const auto rows,
               connection.query(fmt::format("SELECT state, title, {}, started_at FROM {} WHERE {}", ledger.cursor,
                                            ledger.table, schema::ledger_where(ledger, key_of(component, release)))));
  if (rows.empty()) return Steering{};
  Steering steering;
  steering.paused = text_of(rows[0][0]) == "paused";
  steering.reason = text_of(rows[0][1]);
  const std::string limits = text_of(rows[0][2]);  // `1000 50`
  const std::size_t space = limits.find(' ');
  if (space != std::string::npos) {
    steering.batch = number_of(std::string_view(limits).substr(0, space));
    if (const auto sleep = number_of(std::string_view(limits).substr(space + 1)))
      steering.sleep = std::chrono::milliseconds(*sleep);
  }
  steering.since = text_of(rows[0][3]);
  return steering;
}

Result<void> write_steering(Connection& connection, const std::string& component, const std::string& release,
                            const Steering& steering, const std::string& tool_version) {
  const schema::LedgerDialect& ledger = connection.ledger();
  const auto literal = [&](std::string_view text) { return schema::ledger_literal(ledger, text); };
  const auto sleep = steering.sleep ? std::optional<std::int64_t>(steering.sleep->count()) : std::nullopt;
  return in_transaction(connection, [&]() -> Result<void> {
    EMCEE_TRY(connection.execute(fmt::format("DELETE FROM {} WHERE {}", ledger.table,
                                             schema::ledger_where(ledger, key_of(component, release)))));
    if (!steering.any()) return {};
    return connection.execute(fmt::format(
        "INSERT INTO {} (component, {}, script, step, phase, title, checksum, state, started_at, tool_version, {}) "
        "VALUES ({}, {}, '(steering)', 0, 'steering', {}, '', {}, {}, {}, {})",
        ledger.table, ledger.release, ledger.cursor, literal(component), literal(release), literal(steering.reason),
        literal(steering.paused ? "paused" : "throttled"), ledger.now, literal(tool_version),
        literal(fmt::format("{} {}", text_of(steering.batch), text_of(sleep)))));
  });
}

}  // namespace emcee::applier
