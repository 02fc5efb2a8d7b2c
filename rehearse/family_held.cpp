// Columns that become a row, in the model of tables that hang together.
#include <fmt/format.h>

#include "rehearse/family_model.h"

namespace emcee::rehearse {

void FamilyModel::carry_held(const State& before, const Plain& plain, const Attempt& attempt, const Seen& seen,
                             Judgement& judgement) {
  if (held_.empty()) return;
  const State written = judgement.rows;
  enter_worlds(before, written);  // keys that stand for those that are made are nobody's there
  for (HeldModel& held : held_) {
    const HeldModel::MadeKey made_key = [&](const Key& owner) {
      owner_ = &owner;
      Value key = this->made_key(held.group());
      owner_ = nullptr;
      return key;
    };
    const HeldModel::Step step = held.carry(before, plain, seen.state, made_key, judgement.rows);
    judgement.refused = judgement.refused || step.refused;
    judgement.may_refuse = judgement.may_refuse || step.may_refuse;
    if (attempt.upsert_fires_insert && attempt.table == held.owner())
      for (const Cells& given : attempt.given)
        judgement.refused = judgement.refused || held.refuses_insert(given, before);
    if (step.taken && !step.refused && seen.state != nullptr)
      judgement.difference = taken_key(*generator(held.group()), step.taken->first, step.taken->second);
  }
}

std::string FamilyModel::wrong_links(const State& rows, const Seen& seen) const {
  if (seen.state == nullptr) return {};
  for (const HeldModel& held : held_)
    if (const auto wrong = held.wrong_link(rows, *seen.connection)) return *wrong;
  return {};
}

}  // namespace emcee::rehearse
