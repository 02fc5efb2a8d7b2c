#include <algorithm>

#include "tests/soak/related.h"

namespace emcee::soak::related {

using plan::GroupRow;

namespace {

const Cell kNoPhoto = "none";  // the default

template <class State>
void add_state(std::vector<State>& states, State state) {
  if (std::find(states.begin(), states.end(), state) == states.end()) states.push_back(std::move(state));
}

bool is_empty(const Person& person) { return !person.bio && person.photo == kNoPhoto; }
Person filled(Person person) {
  if (!person.profile && !is_empty(person)) person.profile = Profile{person.bio, person.photo, std::nullopt};
  return person;
}
Person with_profile(Profile profile) {
  Person person{profile.about, profile.photo, {}};
  person.profile = std::move(profile);
  return person;
}
bool is_null(const std::optional<Cell>& given) { return given && !*given; }

plan::SyncModel visibility_model() {
  plan::SyncModel model;
  plan::OldColumn old;
  old.name = schema::Identifier("is_public", schema::Folding::ignore_case);
  old.down = schema::Fragment::column(old.name);  // `down` of the model is what counts
  old.not_null = true;
  plan::NewColumn added;
  added.name = schema::Identifier("visibility", schema::Folding::ignore_case);
  added.not_null = true;
  model.group.old_columns = {old};
  model.group.new_columns = {added};
  model.old_defaults = {std::monostate()};
  model.new_defaults = {std::string("private")};
  model.up = [](const GroupRow& row) -> plan::Values {
    if (row.old_values[0] == plan::Value(std::int64_t{1})) return {std::string("public")};
    return {row.shared[0] == plan::Value(std::int64_t{1}) ? std::string("shared") : std::string("private")};
  };
  model.down = [](const GroupRow& row) -> plan::Values {
    return {std::int64_t{row.new_values[0] == plan::Value(std::string("public")) ? 1 : 0}};
  };
  return model;
}
const plan::SyncModel& image_model() {
  static const plan::SyncModel model = visibility_model();
  return model;
}

void collect(ImageStep& step, const plan::Outcome& outcome) {
  if (const auto* row = std::get_if<GroupRow>(&outcome))
    add_state(step.states, *row);
  else
    step.may_refuse = true;
}

// Before expand only the column's own NOT NULL refuses.
plan::Outcome plain(const GroupRow& row) {
  if (plan::is_null(row.old_values[0])) return plan::Refused{plan::Refused::Why::not_null};
  return row;
}

}  // namespace

Persons reachable(const Persons& persons, Stage stage) {
  Persons all = persons;
  if (stage == Stage::both)
    for (const Person& person : persons) add_state(all, filled(person));
  return all;
}

PersonStep insert_user(const Given& given, Stage stage) {
  if (is_null(given.photo)) return {{}, true};
  const Person person{given.text.value_or(std::nullopt), given.photo.value_or(kNoPhoto), {}};
  return {{stage == Stage::old_only ? person : filled(person)}, false};
}

PersonStep update_user(const Persons& before, const Given& given, Stage stage) {
  if (is_null(given.photo)) return {{}, true};
  PersonStep step;
  for (const Person& person : reachable(before, stage)) {
    Person after = person;
    if (given.text) after.bio = *given.text;
    if (given.photo) after.photo = *given.photo;
    const bool changed = after.bio != person.bio || after.photo != person.photo;
    if (stage == Stage::old_only || !changed) {
      add_state(step.persons, after);
    } else if (after.profile) {
      after.profile->about = after.bio;
      after.profile->photo = after.photo;
      add_state(step.persons, after);
    } else if (is_empty(after)) {
      // No row and one of defaults say the same.
      add_state(step.persons, after);
      add_state(step.persons, with_profile({after.bio, after.photo, std::nullopt}));
    } else {
      add_state(step.persons, filled(after));
    }
  }
  return step;
}

PersonStep insert_profile(const Persons& before, const Given& given, bool upsert, Stage stage) {
  if (is_null(given.photo)) return {{}, true};
  PersonStep step;
  for (const Person& person : reachable(before, stage)) {
    if (!person.profile) {
      add_state(step.persons, with_profile({given.text.value_or(std::nullopt), given.photo.value_or(kNoPhoto),
                                            given.seen.value_or(std::nullopt)}));
    } else if (upsert) {
      const PersonStep updated = update_profile({person}, given, stage);
      for (const Person& after : updated.persons) add_state(step.persons, after);
    } else {
      step.may_refuse = true;
    }
  }
  return step;
}

PersonStep update_profile(const Persons& before, const Given& given, Stage stage) {
  PersonStep step;
  for (const Person& person : reachable(before, stage)) {
    if (!person.profile) {
      add_state(step.persons, person);
    } else if (is_null(given.photo)) {
      step.may_refuse = true;
    } else {
      Profile profile = *person.profile;
      if (given.text) profile.about = *given.text;
      if (given.photo) profile.photo = *given.photo;
      if (given.seen) profile.seen = *given.seen;
      add_state(step.persons, with_profile(std::move(profile)));
    }
  }
  return step;
}

PersonStep delete_profile(const Persons& before, Stage stage) {
  PersonStep step;
  for (const Person& person : reachable(before, stage))
    add_state(step.persons, person.profile ? Person{std::nullopt, kNoPhoto, {}} : person);
  return step;
}

ImageStates reachable(const ImageStates& states, Stage stage) {
  ImageStates all = states;
  if (stage != Stage::old_only)
    for (const GroupRow& state : states) add_state(all, plan::after_backfill(image_model(), state));
  return all;
}

ImageStep insert_image(const plan::Value& is_public, const plan::Value& visibility, Stage stage) {
  ImageStep step;
  const GroupRow row{{is_public}, {visibility}, {std::int64_t{0}}};
  collect(step, stage == Stage::old_only ? plain(row) : plan::after_insert(image_model(), row));
  return step;
}

ImageStep update_image(const ImageStates& before, const std::optional<plan::Value>& is_public,
                       const std::optional<plan::Value>& visibility, Stage stage) {
  ImageStep step;
  for (const GroupRow& state : reachable(before, stage)) {
    GroupRow row = state;
    if (is_public) row.old_values = {*is_public};
    if (visibility) row.new_values = {*visibility};
    collect(step, stage == Stage::old_only ? plain(row) : plan::after_update(image_model(), state, row));
  }
  return step;
}

ImageStates with_members(const ImageStates& before, bool members, Stage stage) {
  ImageStates states;
  for (const GroupRow& state : reachable(before, stage)) {
    GroupRow row = state;
    row.shared = {std::int64_t{members ? 1 : 0}};
    // In contract the triggers go at some time: then nothing follows any more. What waits is left to the batches on
    // MariaDB and MySQL.
    if (stage != Stage::both || plan::is_null(state.new_values[0])) add_state(states, row);
    if (stage == Stage::old_only) continue;
    const plan::Outcome outcome = plan::after_update(image_model(), state, row);
    if (const auto* followed = std::get_if<GroupRow>(&outcome)) add_state(states, *followed);
  }
  return states;
}

}  // namespace emcee::soak::related
