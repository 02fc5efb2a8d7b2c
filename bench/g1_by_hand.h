// What somebody who knows SQLite well and the group G1 by heart writes by hand: the same semantics as
// Emcee's triggers, with every shortcut that the values of this one group allow (down has always an
// answer, no value is of a foreign type, every image passes its CHECK). The sync suite holds these
// triggers to the truth table, so the comparison of bench_trigger_cost is fair.
#pragma once

#include <string>
#include <vector>

namespace emcee::bench {

// On t (id, is_public, visibility, ...), `id` being the key.
inline std::vector<std::string> g1_by_hand() {
  return {
      R"sql(CREATE TABLE hand_replaced (id INTEGER, is_public BOOLEAN, visibility VARCHAR(9)))sql",
      R"sql(CREATE TRIGGER hand_replace BEFORE INSERT ON t
WHEN NEW.visibility IS NULL AND (EXISTS (SELECT 1 FROM t WHERE id = NEW.id) OR EXISTS (SELECT 1 FROM hand_replaced)) BEGIN
  DELETE FROM hand_replaced;
  INSERT INTO hand_replaced SELECT id, is_public, visibility FROM t WHERE id = NEW.id;
END)sql",
      R"sql(CREATE TRIGGER hand_insert_new AFTER INSERT ON t WHEN NEW.visibility IS NOT NULL BEGIN
  SELECT RAISE(ABORT, 'is_public and visibility do not agree')
    WHERE NEW.is_public IS NOT NULL AND NEW.is_public IS NOT (NEW.visibility = 'public')
      AND NEW.visibility IS NOT CASE WHEN NEW.is_public = 1 THEN 'public' ELSE 'shared' END;
  UPDATE t SET is_public = (visibility = 'public') WHERE rowid = NEW.rowid AND NEW.is_public IS NULL;
END)sql",
      R"sql(CREATE TRIGGER hand_insert_old AFTER INSERT ON t WHEN NEW.visibility IS NULL AND NEW.is_public IS NOT NULL BEGIN
  UPDATE t SET visibility = coalesce(
    (SELECT r.visibility FROM hand_replaced AS r WHERE r.id = NEW.id AND (r.visibility = 'public') = NEW.is_public),
    CASE WHEN is_public = 1 THEN 'public' ELSE 'shared' END) WHERE rowid = NEW.rowid;
END)sql",
      R"sql(CREATE TRIGGER hand_insert_none AFTER INSERT ON t WHEN NEW.visibility IS NULL AND NEW.is_public IS NULL BEGIN
  UPDATE t SET visibility = 'shared', is_public = 0 WHERE rowid = NEW.rowid;
END)sql",
      R"sql(CREATE TRIGGER hand_update AFTER UPDATE OF is_public, visibility ON t
WHEN (NEW.is_public IS NOT OLD.is_public OR NEW.visibility IS NOT OLD.visibility) BEGIN
  SELECT RAISE(ABORT, 'NOT NULL constraint failed: t.is_public') WHERE NEW.is_public IS NULL AND OLD.is_public IS NOT NULL;
  SELECT RAISE(ABORT, 'NOT NULL constraint failed: t.visibility') WHERE NEW.visibility IS NULL AND OLD.visibility IS NOT NULL;
  SELECT RAISE(ABORT, 'is_public and visibility do not agree')
    WHERE NEW.is_public IS NOT OLD.is_public AND NEW.visibility IS NOT OLD.visibility
      AND NEW.is_public IS NOT (NEW.visibility = 'public')
      AND NEW.visibility IS NOT CASE WHEN NEW.is_public = 1 THEN 'public' ELSE 'shared' END;
  UPDATE t SET is_public = (visibility = 'public') WHERE rowid = NEW.rowid
    AND NEW.visibility IS NOT OLD.visibility AND NEW.is_public IS OLD.is_public
    AND NEW.is_public IS NOT (NEW.visibility = 'public')
    AND NEW.visibility IS NOT CASE WHEN NEW.is_public = 1 THEN 'public' ELSE 'shared' END;
  UPDATE t SET visibility = CASE WHEN is_public = 1 THEN 'public' ELSE 'shared' END WHERE rowid = NEW.rowid
    AND NEW.is_public IS NOT OLD.is_public AND NEW.visibility IS OLD.visibility
    AND NEW.is_public IS NOT (NEW.visibility = 'public')
    AND NEW.visibility IS NOT CASE WHEN NEW.is_public = 1 THEN 'public' ELSE 'shared' END;
END)sql"};
}

}  // namespace emcee::bench
