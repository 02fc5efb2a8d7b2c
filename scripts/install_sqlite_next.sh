#!/usr/bin/env bash
# A newer SQLite library beside the system, for the tests of what only it can do (ALTER COLUMN since
# 3.53): from Debian's unstable suite, unpacked into a folder of its own. The system stays as it is, and no
# root is needed. `./dev test-sqlite-next` runs the tests on it.
#
#   install_sqlite_next.sh [FOLDER]   says nothing where it is there already
#
# FOLDER: $EMCEE_SQLITE_NEXT, else ${XDG_CACHE_HOME:-~/.cache}/emcee/sqlite-next. FOLDER/run PROGRAM
# [ARGUMENTS] starts a program with the library, and with the sqlite3 shell of the same version.
set -euo pipefail
folder=$(realpath -m "${1:-${EMCEE_SQLITE_NEXT:-${XDG_CACHE_HOME:-$HOME/.cache}/emcee/sqlite-next}}")
[[ -x $folder/run ]] && exit 0

die() {
  echo "install_sqlite_next: $*" >&2
  exit 1
}
command -v apt-get >/dev/null || die "no apt-get"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[[ -r $keyring ]] || die "$keyring is missing (package debian-archive-keyring)"
mirror=http://deb.debian.org/debian

echo "== installing a newer SQLite into $folder"
mkdir -p "$folder"
work=$(mktemp -d "$folder/.unpacking.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists,archives}/partial "$work/root"
: >"$work/status" # as if nothing were installed: the C library comes along
architecture=$(dpkg --print-architecture)
echo "deb [signed-by=$keyring arch=$architecture] $mirror sid main" >"$work/sources.list"
cat >"$work/apt.conf" <<CONF
Dir::State "$work";
Dir::State::Lists "$work/lists";
Dir::State::status "$work/status";
Dir::Cache "$work";
Dir::Cache::archives "$work/archives";
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "-";
APT::Architecture "$architecture";
APT::Install-Recommends "false";
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
CONF
export APT_CONFIG=$work/apt.conf
apt-get -qq update </dev/null || die "the lists of Debian's unstable suite cannot be read from $mirror"
apt-get -qq -y --download-only install libsqlite3-0 sqlite3 libstdc++6 </dev/null >/dev/null ||
  die "libsqlite3-0 cannot be had from $mirror"
for package in "$work"/archives/*.deb; do dpkg-deb -x "$package" "$work/root"; done
rm -rf "$folder/root"
mv "$work/root" "$folder/root"

# The library needs the C library that came with it, and that its own loader; all else is the system's.
loader=$(find -L "$folder/root" -name 'ld-linux*.so.*' | head -n 1)
[[ -n $loader ]] || die "no loader came with the library"
triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || gcc -print-multiarch)
start="exec \"$loader\" --library-path \"$folder/root/usr/lib/$triplet:/usr/lib/$triplet:/lib/$triplet\""
mkdir -p "$folder/bin"
# shellcheck disable=SC2016  # the scripts expand it
printf '#!/bin/sh\n%s "%s/root/usr/bin/sqlite3" "$@"\n' "$start" "$folder" >"$folder/bin/sqlite3"
# shellcheck disable=SC2016
printf '#!/bin/sh\nPATH="%s/bin:$PATH"\nexport PATH\n%s "$@"\n' "$folder" "$start" >"$folder/run.new"
chmod +x "$folder/bin/sqlite3" "$folder/run.new"
mv "$folder/run.new" "$folder/run"
