#include "plan/sync_model.h"

#include <algorithm>

namespace emcee::plan {

namespace {

bool all_null(const Values& values) { return std::all_of(values.begin(), values.end(), is_null); }
bool any_null(const Values& values) { return std::any_of(values.begin(), values.end(), is_null); }

// Columns where `values` is NULL take the value of `other`.
Values coalesce(Values values, const Values& other) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (is_null(values[i])) values[i] = other[i];
  return values;
}

// O counts as given on INSERT where it differs from what leaving it out would have stored.
bool old_given(const SyncModel& model, const GroupRow& row) {
  for (std::size_t i = 0; i < row.old_values.size(); ++i)
    if (!is_null(row.old_values[i]) && row.old_values[i] != model.old_defaults[i]) return true;
  return false;
}

bool violates_new_not_null(const SyncModel& model, const Values& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (model.group.new_columns[i].not_null && is_null(values[i])) return true;
  return false;
}

bool violates_old_not_null(const SyncModel& model, const Values& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (model.group.old_columns[i].not_null && is_null(values[i])) return true;
  return false;
}

GroupRow with_up(const SyncModel& model, GroupRow row) {
  row.new_values = model.up(row);
  return row;
}

// `down` has no value for N, since what it looks up is not there.
bool is_dangling(const SyncModel& model, const GroupRow& row) {
  return model.finds && !all_null(row.new_values) && any_null(model.down(row)) && !model.finds(row);
}

// O = down, which is no accident.
bool old_follows(const SyncModel& model, const GroupRow& row) {
  return model.group.has_down() && !all_null(row.new_values) && row.old_values == model.down(row) &&
         !is_dangling(model, row);
}

// O := down. A NOT NULL column without an image refuses the write (partial inverse).
Outcome with_down(const SyncModel& model, GroupRow row) {
  if (!model.group.has_down()) return row;
  row.old_values = model.down(row);
  if (violates_old_not_null(model, row.old_values) || is_dangling(model, row)) return Refused{Refused::Why::no_image};
  return row;
}

Outcome carry_down(const SyncModel& model, GroupRow row) {
  if (in_sync(model, row)) return row;
  return with_down(model, std::move(row));
}

// The old release wrote O: N follows unless the pair is in sync.
GroupRow carry_up(const SyncModel& model, GroupRow row) {
  return in_sync(model, row) ? row : with_up(model, std::move(row));
}

// What a backfill does: columns of N that were NULL got what O says, so O needs no news.
bool only_fills(const SyncModel& model, const GroupRow& before, const GroupRow& row) {
  const Values derived = model.up(row);
  for (std::size_t i = 0; i < row.new_values.size(); ++i)
    if (before.new_values[i] != row.new_values[i] &&
        !(is_null(before.new_values[i]) && row.new_values[i] == derived[i]))
      return false;
  return true;
}

// Rule 11: N is a key that no row of the other table has.
bool has_no_row(const SyncModel& model, const Values& new_values) {
  return model.group.row && !is_null(new_values.front()) && !model.has_row(new_values.front());
}

// Rule 5: a shared column changed, and neither side of the group.
Outcome after_shared_change(const SyncModel& model, const GroupRow& before, GroupRow row) {
  if (model.group.row) return row;
  if (is_pending(model, before) && all_null(before.new_values)) return with_up(model, std::move(row));
  if (before.new_values == model.up(before)) {
    // The row that N stands for has another name now: O follows it.
    if (model.finds && old_follows(model, before) && any_null(model.up(row)) && model.finds(row) &&
        !any_null(model.down(row)))
      return with_down(model, std::move(row));
    return with_up(model, std::move(row));
  }
  if (old_follows(model, before)) return with_down(model, std::move(row));
  return row;
}

// Rule 10: what writes the old form, or leaves the new one incomplete, and what the map names besides.
Outcome frozen_insert(const SyncModel& model, const GroupRow& row) {
  const bool refused = model.group.freeze->new_insert && !all_null(row.new_values);
  if (refused || is_pending(model, row)) return Refused{Refused::Why::frozen};
  return row;
}

Outcome frozen_update(const SyncModel& model, const GroupRow& before, const GroupRow& row) {
  const bool refused = model.group.freeze->new_update && !is_pending(model, before);
  const bool new_changed = before.new_values != row.new_values;
  if (before.old_values != row.old_values || (new_changed && (refused || is_pending(model, row))))
    return Refused{Refused::Why::frozen};
  return row;
}

}  // namespace

bool in_sync(const SyncModel& model, const GroupRow& row) {
  if (!model.group.deterministic) return !any_null(row.new_values);
  if (row.new_values == model.up(row)) return true;
  if (all_null(row.new_values)) return false;
  if (model.group.old_columns.empty()) return true;
  return old_follows(model, row);
}

bool is_pending(const SyncModel& model, const GroupRow& row) {
  if (violates_new_not_null(model, row.new_values) || has_no_row(model, row.new_values)) return true;
  // Rule 13: no row stands for an O that says nothing.
  if (model.group.holds_old() && all_null(row.old_values)) return false;
  if (model.group.freeze) return all_null(row.new_values) && !all_null(row.old_values);
  return all_null(row.new_values) && !in_sync(model, row);
}

bool is_conflict(const SyncModel& model, const GroupRow& row) {
  if (!model.group.has_down() || !model.group.deterministic) return false;
  return !all_null(row.new_values) && !in_sync(model, row);
}

Outcome after_insert(const SyncModel& model, const GroupRow& written, const std::optional<GroupRow>& replaced,
                     Writer writer) {
  const SyncGroup& group = model.group;
  if (group.freeze) return frozen_insert(model, written);
  const bool new_given = !all_null(written.new_values) || writer == Writer::new_release;
  const bool given = old_given(model, written) || writer == Writer::old_release;

  if (new_given) {
    GroupRow row = written;
    row.new_values = coalesce(row.new_values, model.new_defaults);
    if (violates_new_not_null(model, row.new_values)) return Refused{Refused::Why::not_null};
    if (group.explicit_null == ExplicitNull::error && any_null(row.new_values))
      return Refused{Refused::Why::explicit_null};
    if (has_no_row(model, row.new_values)) return Refused{Refused::Why::no_row};
    if (given) {
      if (group.both_given == BothGiven::error) return Refused{Refused::Why::both_given};
      if (in_sync(model, row)) return row;
      if (group.both_given == BothGiven::error_if_inconsistent) return Refused{Refused::Why::both_given};
      if (group.both_given == BothGiven::old_wins) return with_up(model, written);
    }
    return with_down(model, std::move(row));
  }

  // A row of another table comes with a new key only; the one that was there has its own.
  if (group.row) {
    GroupRow row = written;
    if (replaced) row.new_values = replaced->new_values;
    if (!all_null(row.new_values)) return row;
    if (!group.row->freeze.empty()) return Refused{Refused::Why::frozen};
    return with_up(model, std::move(row));
  }

  // A NOT NULL column of O that is NULL was left out, so it was not the old release that wrote.
  if (replaced && !violates_old_not_null(model, written.old_values)) {
    // Rule 7: N is carried over from the row that went away, as far as it stays in sync with what
    // the old release wrote in its place.
    GroupRow row = written;
    row.new_values = replaced->new_values;
    const bool derived = replaced->new_values == model.up(*replaced);
    if (is_pending(model, *replaced) || !in_sync(model, row) || (derived && row.shared != replaced->shared))
      return with_up(model, std::move(row));
    return row;
  }

  if (given || group.old_columns.empty() || group.none_given == NoneGiven::allow) {
    if (violates_old_not_null(model, written.old_values)) return Refused{Refused::Why::not_null};
    return with_up(model, written);
  }
  if (group.none_given == NoneGiven::error) return Refused{Refused::Why::none_given};
  if (all_null(model.new_defaults)) {
    if (violates_old_not_null(model, written.old_values)) return Refused{Refused::Why::not_null};
    return with_up(model, written);
  }
  GroupRow row = written;
  row.new_values = coalesce(model.new_defaults, model.up(written));
  // Nobody gave O, so a pair that happens to agree with a NULL there is not enough.
  if (in_sync(model, row) && !violates_old_not_null(model, row.old_values)) return row;
  Outcome outcome = with_down(model, std::move(row));
  if (const auto* result = std::get_if<GroupRow>(&outcome); result && violates_old_not_null(model, result->old_values))
    return Refused{Refused::Why::not_null};
  return outcome;
}

Outcome after_update(const SyncModel& model, const GroupRow& before, const GroupRow& written) {
  const SyncGroup& group = model.group;
  if (group.freeze) return frozen_update(model, before, written);
  bool old_changed = before.old_values != written.old_values;
  bool new_changed = before.new_values != written.new_values;
  const bool shared_changed = before.shared != written.shared;
  if (!old_changed && !new_changed && !shared_changed) return written;

  if (old_changed)
    for (std::size_t i = 0; i < written.old_values.size(); ++i)
      if (group.old_columns[i].not_null && is_null(written.old_values[i]) && !is_null(before.old_values[i]))
        return Refused{Refused::Why::not_null};
  if (new_changed) {
    // A NULL that is what the other columns say anyway is nobody's explicit NULL.
    const Values derived = model.up(written);
    for (std::size_t i = 0; i < written.new_values.size(); ++i) {
      if (!is_null(written.new_values[i]) || is_null(before.new_values[i]) || is_null(derived[i])) continue;
      if (group.new_columns[i].not_null) return Refused{Refused::Why::not_null};
      if (group.explicit_null == ExplicitNull::error) return Refused{Refused::Why::explicit_null};
    }
  }

  // The first key of a row may be Emcee's own.
  const bool may_be_ours = all_null(before.new_values) && !(group.counted && group.counted->first_looked_up);
  if (new_changed && !may_be_ours && has_no_row(model, written.new_values)) return Refused{Refused::Why::no_row};
  GroupRow row = written;
  // Rule 4 on a row that was not migrated: the columns of N that the statement left alone come
  // from the row first.
  const bool was_pending = all_null(before.new_values) && !in_sync(model, before);
  if (new_changed && was_pending) row.new_values = coalesce(row.new_values, model.up(row));

  if (new_changed && old_changed) {
    if (group.both_given == BothGiven::error) return Refused{Refused::Why::both_given};
    if (in_sync(model, row)) return row;
    if (group.both_given == BothGiven::error_if_inconsistent) return Refused{Refused::Why::both_given};
    if (group.both_given == BothGiven::old_wins) return with_up(model, std::move(row));
    return with_down(model, std::move(row));
  }
  if (new_changed) return only_fills(model, before, written) ? row : carry_down(model, std::move(row));
  if (old_changed) return carry_up(model, std::move(row));
  return after_shared_change(model, before, std::move(row));
}

GroupRow after_backfill(const SyncModel& model, const GroupRow& row) {
  if (!is_pending(model, row)) return row;
  GroupRow result = row;
  result.new_values = coalesce(row.new_values, model.up(row));
  return result;
}

}  // namespace emcee::plan
