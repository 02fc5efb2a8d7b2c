#!/usr/bin/env bash
# The rows of docs/seed-systems.md with their tests; fails where a test that a row names is not there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tests=$(grep -rhoE '^(TEST|TEST_F|TEST_P)\([A-Za-z0-9_]+, [A-Za-z0-9_]+' tests | sed -E 's/^[A-Z_]+\(//; s/, /./' | sort -u)
failed=0
while IFS='|' read -r _ row _ shown _; do
  row=${row// /}
  [[ $row =~ ^(KS|GL|BA|SY|CE)[0-9]+$ ]] || continue
  names=$(grep -oE '`[A-Za-z]+(\.[A-Za-z0-9]+)?`' <<<"$shown" | tr -d '`' | tr '\n' ' ' || true)
  note=$(grep -oE '\*\*not yet\*\*.*' <<<"$shown" | tr -d '*' || true)
  printf '%-5s %s%s\n' "$row" "$names" "$note"
  if [[ -z $names && -z $note ]]; then
    printf '%s names no test\n' "$row" >&2
    failed=1
  fi
  for name in $names; do
    case $name in
      converge | soak) [[ -d tests/$name ]] && continue ;;
      *.*) grep -qxF "$name" <<<"$tests" && continue ;;
    esac
    printf '%s: there is no test %s\n' "$row" "$name" >&2
    failed=1
  done
done <docs/seed-systems.md
exit "$failed"
