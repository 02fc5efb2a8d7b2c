#include "cli/peers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <optional>

#include "applier/ledger.h"
#include "cli/schema_source.h"

namespace emcee::cli {

namespace {

using project::Peer;
using schema::Result;

// Where a peer stands, as far as this release goes.
struct PeerStanding {
  std::string release = "no release";  // for people
  bool begun = false, migrated = false;
  bool ready = false;  // to begin it
};

Result<PeerStanding> standing_of(const Peer& peer, const Target& target, bool fresh) {
  std::optional<applier::Release> same;
  std::string component;
  for (const std::string& directory : peer.releases) {
    EMCEE_ASSIGN(applier::Release release, applier::read_release(directory));
    component = release.component;
    if (release.name == target.release.name) same = std::move(release);
  }
  EMCEE_ASSIGN(const auto connection, connect(as_url(peer.db)));
  EMCEE_ASSIGN(const auto ledger, applier::Ledger::read(*connection, component));
  PeerStanding standing;
  const applier::LedgerRow* current = ledger.current();
  if (current == nullptr) {
    standing.ready = fresh;
    return standing;
  }
  standing.release = current->key.release + (current->done() ? "" : ", unfinished");
  standing.ready = current->done() && current->key.release == target.release.from;
  if (!same) return standing;
  EMCEE_ASSIGN(const applier::Standing at, applier::standing(ledger, *same));
  standing.begun = at.begun;
  standing.migrated = at.migrated || at.contracted;
  return standing;
}

// Nobody knows what a database would say that does not answer.
ClosedGate not_asked(const std::string& component, const schema::Error& error) {
  return {fmt::format("component {} does not answer: {}", component, error.message),
          error.hint.empty() ? "run the same command again when it does" : error.hint};
}

std::string in_one_line(const std::vector<applier::Row>& rows) {
  std::vector<std::string> lines;
  for (const applier::Row& row : rows) {
    std::vector<std::string> values;
    for (const applier::Value& value : row) values.push_back(applier::to_text(value));
    lines.push_back(fmt::format("{}", fmt::join(values, "|")));
  }
  return fmt::format("{}", fmt::join(lines, "; "));
}

}  // namespace

Result<std::vector<ClosedGate>> peers_behind(PhaseCommand command, const std::vector<Peer>& peers, Target& target) {
  std::vector<ClosedGate> closed;
  if (peers.empty() || command == PhaseCommand::migrate) return closed;
  EMCEE_ASSIGN(const auto ledger, applier::Ledger::read(*target.connection, target.release.component));
  const bool contracts = command == PhaseCommand::contract;
  if (!contracts && ledger.find(target.release.name) != nullptr) return closed;  // it has begun
  for (const Peer& peer : peers) {
    const auto stands = standing_of(peer, target, ledger.current() == nullptr);
    if (!stands) {
      closed.push_back(not_asked(peer.name, stands.error()));
      continue;
    }
    if (contracts ? stands->migrated : stands->begun || stands->ready) continue;
    closed.push_back(
        {fmt::format("component {} has to be at the same release, and is at {}", peer.name, stands->release),
         contracts ? fmt::format("migrate it to {} first: `emcee migrate --project … --component {}`",
                                 target.release.name, peer.name)
                   : fmt::format("bring it to {} first: `emcee contract --project … --component {}`",
                                 target.release.from, peer.name)});
  }
  return closed;
}

Result<std::vector<ClosedGate>> rows_differ(const project::ManualStep& step, Target& target) {
  std::vector<ClosedGate> closed;
  if (!step.same) return closed;
  const project::SameRows& same = *step.same;
  EMCEE_ASSIGN(const auto here, target.connection->query(same.query));
  const auto there = connect(as_url(same.db)).and_then([&](const auto& other) { return other->query(same.there); });
  if (!there) {
    closed.push_back(not_asked(same.component, there.error()));
    return closed;
  }
  const std::string mine = in_one_line(here), theirs = in_one_line(*there);
  if (mine == theirs) return closed;
  constexpr std::size_t kShown = 200;
  closed.push_back({fmt::format("{}: the rows differ: {} here, {} in {}", step.name, mine.substr(0, kShown),
                                theirs.substr(0, kShown), same.component),
                    step.text});
  return closed;
}

}  // namespace emcee::cli
