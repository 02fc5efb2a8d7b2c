#!/usr/bin/env bash
# A rolling upgrade, for real: 100,000 images, the old and the new release writing all the time,
# and at the end a check of every value that was written. Every number that is printed is measured.
#
#   demo/run.sh EMCEE       (./dev demo builds and calls it)
#
# What it leaves in build/demo can be looked at: the database, the release directory, the journal of
# all writes.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
emcee=$(realpath "$1")
work=$here/../build/demo
rows=100000

rm -rf "$work"
mkdir -p "$work/ocata"
cp "$here"/{old.sql,new.sql,release.toml} "$work/ocata/"
cd "$work"

writers=()
stop_writers() {
  touch stop.old stop.new
  wait "${writers[@]:-}" 2>/dev/null || true
}
trap stop_writers EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[[ -t 1 ]] || say() { printf '\n%s\n' "$*"; }
# Shows a command, runs it, and ends the demo where it fails.
run() {
  printf '$ emcee %s\n' "$*"
  "$emcee" "$@"
}
sql() { sqlite3 -batch -cmd '.timeout 20000' app.db "$@"; }
journal() { sqlite3 -batch -cmd '.timeout 20000' journal.db "$@"; }
show_version() { printf 'version: %s\n' "$("$emcee" version --db sqlite:app.db)"; }

# Every write of an application is one transaction that also notes it in a journal, a second
# database: `writes` tells who wrote which value to which image, in the order of the commits. The
# writer waits for each of them, and remembers the longest wait.
writer() {
  local release=$1 column=$2 n=0 id value start waited slowest=0
  shift 2
  local values=("$@")
  coproc SHELL { sqlite3 -batch app.db 2>"$release.errors"; }
  {
    echo ".timeout 20000"
    echo "ATTACH 'journal.db' AS j;"
    while [[ ! -e stop.$release ]]; do
      n=$((n + 1))
      value=${values[RANDOM % ${#values[@]}]}
      start=${EPOCHREALTIME/./}
      echo "BEGIN IMMEDIATE;"
      if ((n % 10 == 0)); then
        id=$release-$n
        echo "INSERT INTO images (id, name, status, $column, created_at, deleted, min_disk, min_ram)"
        echo "VALUES ('$id', 'image', 'active', $value, datetime('now'), 0, 1, 512);"
      else
        printf -v id 'image-%06d' $(((RANDOM * 32768 + RANDOM) % rows + 1))
        echo "UPDATE images SET $column = $value WHERE id = '$id';"
      fi
      echo "INSERT INTO j.writes (release, id, value) VALUES ('$release', '$id', $value); COMMIT;"
      echo "SELECT 'done';"
      read -r -u "${SHELL[0]}"
      waited=$((${EPOCHREALTIME/./} - start))
      ((waited > slowest)) && slowest=$waited
      sleep 0.002
    done
    echo "$((slowest / 1000))" >"$release.slowest"
  } >&"${SHELL[1]}"
}
count_writes() { journal "SELECT count(*) FROM writes WHERE release = '$1'"; }
counts() { printf '%s writes of the old release, %s of the new one' "$(count_writes old)" "$(count_writes new)"; }

say "1. The old release, newton, runs on a database of $rows images"
sqlite3 -batch app.db "PRAGMA journal_mode = WAL" >/dev/null
sql ".read ocata/old.sql"
sql "
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $rows)
  INSERT INTO images (id, name, status, is_public, created_at, deleted, min_disk, min_ram)
  SELECT printf('image-%06d', i), 'image ' || i, 'active', i % 3 = 0, datetime('now'), 0, 1, 512 FROM n;"
sqlite3 -batch journal.db "PRAGMA journal_mode = WAL" >/dev/null
journal "
  CREATE TABLE writes (seq INTEGER PRIMARY KEY AUTOINCREMENT, release TEXT, id TEXT, value);
  CREATE TABLE initial (id TEXT PRIMARY KEY, is_public);
  ATTACH 'app.db' AS app;
  INSERT INTO initial SELECT id, is_public FROM app.images;"
writer old is_public 0 1 &
writers+=($!)
printf '%s images, %s of them public; the old release writes\n' \
  "$(sql "SELECT count(*) FROM images")" "$(sql "SELECT count(*) FROM images WHERE is_public")"
show_version

say "2. The next release, ocata, replaces is_public by visibility: the plan"
run plan --map ocata/release.toml --out ocata

say "3. Expand: the new column and the triggers, while the old release writes"
run expand --db sqlite:app.db --plan ocata
show_version
writer new visibility "'public'" "'private'" "'shared'" "'community'" &
writers+=($!)

say "4. What one release writes, the other one reads"
sqlite3 -batch app.db <<'SQL'
.timeout 20000
.headers on
.mode column
.width 44 12 12
INSERT INTO images (id, status, is_public, created_at, deleted, min_disk, min_ram) VALUES ('a', 'active', 1, datetime('now'), 0, 1, 1);
SELECT 'old: INSERT is_public = 1' AS write, is_public, visibility FROM images WHERE id = 'a';
.headers off
UPDATE images SET visibility = 'community' WHERE id = 'a';
SELECT 'new: UPDATE visibility = community', is_public, visibility FROM images WHERE id = 'a';
UPDATE images SET is_public = 0, name = 'b' WHERE id = 'a';
SELECT 'old: UPDATE is_public = 0 (it is 0 already)', is_public, visibility FROM images WHERE id = 'a';
UPDATE images SET is_public = 1 WHERE id = 'a';
SELECT 'old: UPDATE is_public = 1', is_public, visibility FROM images WHERE id = 'a';
DELETE FROM images WHERE id = 'a';
SQL

say "5. Migrate: the rows that exist, in batches, while both releases write"
before_old=$(count_writes old)
before_new=$(count_writes new)
run migrate --db sqlite:app.db --plan ocata
printf 'meanwhile: %s writes of the old release, %s of the new one\n' \
  "$(($(count_writes old) - before_old))" "$(($(count_writes new) - before_new))"
show_version
sleep 1

say "6. Verify: no row is pending, none in conflict"
run verify --db sqlite:app.db --plan ocata

say "7. The last node of the old release stops; contract, while the new release writes"
touch stop.old
wait "${writers[0]}"
before_new=$(count_writes new)
run contract --db sqlite:app.db --plan ocata
printf 'meanwhile: %s writes of the new release\n' "$(($(count_writes new) - before_new))"
show_version
sleep 1
touch stop.new
wait "${writers[1]}"

say "8. What is left: the new schema, and every value that was written last"
run check --db sqlite:app.db --plan ocata
run diff sqlite:app.db ocata/new.sql --exit-code

# The values that the journal demands, row by row and in order: a write of the new release stays as
# it is; one of the old release counts where it says something else than the value that is there.
lost=$(journal "
  ATTACH 'app.db' AS app;
  CREATE TEMP TABLE numbered AS
    SELECT id, release, value, row_number() OVER (PARTITION BY id ORDER BY seq) AS n FROM writes;
  CREATE UNIQUE INDEX temp.by_id ON numbered (id, n);
  CREATE TEMP TABLE ids AS SELECT id, is_public FROM initial
    UNION ALL SELECT DISTINCT id, NULL FROM writes WHERE id NOT IN (SELECT id FROM initial);
  WITH RECURSIVE state (id, n, visibility) AS (
    SELECT id, 0, CASE is_public WHEN 1 THEN 'public' WHEN 0 THEN 'shared' END FROM ids
    UNION ALL
    SELECT state.id, state.n + 1,
      CASE WHEN release = 'new' THEN value
           WHEN visibility IS NOT NULL AND (visibility = 'public') = value THEN visibility
           WHEN value THEN 'public' ELSE 'shared' END
    FROM state JOIN numbered ON numbered.id = state.id AND numbered.n = state.n + 1)
  SELECT count(*) FROM state LEFT JOIN app.images ON images.id = state.id
  WHERE NOT EXISTS (SELECT 1 FROM numbered WHERE numbered.id = state.id AND numbered.n = state.n + 1)
    AND images.visibility IS NOT state.visibility;")
failed=$(cat old.errors new.errors | wc -l)
inserted=$(journal "SELECT count(DISTINCT id) FROM writes WHERE id NOT IN (SELECT id FROM initial)")
missing=$((rows + inserted - $(sql "SELECT count(*) FROM images")))
printf '%s: %s failed; %s values lost, %s rows missing of %s\n' \
  "$(counts)" "$failed" "$lost" "$missing" "$((rows + inserted))"
printf 'the longest wait of a write: %s ms for the old release, %s ms for the new one\n' \
  "$(cat old.slowest)" "$(cat new.slowest)"
if ((failed || lost || missing)); then
  head -n 5 old.errors new.errors
  echo "the demo FAILED: see build/demo" >&2
  exit 1
fi
printf 'took %s seconds; everything is in build/demo\n' "$SECONDS"
