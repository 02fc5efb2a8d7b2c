#!/usr/bin/env bash
# A PostgreSQL server in a folder of its own, on a unix socket, from the installed packages:
#   scripts/postgres_server.sh DIR start [SETTING=VALUE ...]   prints the URL of a database `app`
#   scripts/postgres_server.sh DIR stop
# As root it runs as `nobody`, since the server refuses root. Nothing is durable: fsync is off.
set -euo pipefail

usage() {
  sed -n '3,4s/^# *//p' "$0" >&2
  exit 2
}
(($# >= 2)) || usage
mkdir -p "$1"
dir=$(cd "$1" && pwd)
command=$2
shift 2

programs=${EMCEE_POSTGRES_BIN:-}
if [[ -z $programs ]]; then
  programs=$(find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null | sort -V | tail -1 | xargs -r dirname)
fi
[[ -x $programs/postgres ]] || {
  echo "no PostgreSQL server is installed: scripts/install_packages.sh build" >&2
  exit 2
}

as_server() {
  if ((EUID == 0)); then
    (cd / && setpriv --reuid=nobody --regid=nogroup --clear-groups "$@")
  else
    "$@"
  fi
}

case $command in
  start)
    if [[ ! -e $dir/data/PG_VERSION ]]; then
      ((EUID != 0)) || chown nobody:nogroup "$dir"
      as_server "$programs/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log"
    fi
    options="-c listen_addresses= -c unix_socket_directories='$dir' -c fsync=off"
    for setting in "$@"; do options+=" -c $setting"; done
    as_server "$programs/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o "$options" start >&2
    url="postgresql:///app?host=$dir&user=postgres"
    "$programs/psql" -qAtX "postgresql:///postgres?host=$dir&user=postgres" \
      -c "SELECT 'CREATE DATABASE app' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'app')" |
      "$programs/psql" -qAtX "postgresql:///postgres?host=$dir&user=postgres"
    echo "$url"
    ;;
  stop) as_server "$programs/pg_ctl" -D "$dir/data" -m fast -w stop >&2 ;;
  *) usage ;;
esac
