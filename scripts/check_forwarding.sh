#!/usr/bin/env bash
# ForwardingConnection passes on everything that a connection can be asked: what it forgets would be answered
# by the default of Connection, and tests that break connections would test another database.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

failed=0
while read -r name; do
  if ! grep -q "\b$name(" applier/forwarding_connection.h; then
    echo "applier/forwarding_connection.h: does not forward $name"
    failed=1
  fi
done < <(sed -n 's/^  virtual .*[ *&]\([a-z_]*\)(.*/\1/p' applier/connection.h | sort -u)
exit "$failed"
