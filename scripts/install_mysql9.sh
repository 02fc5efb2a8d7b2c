#!/usr/bin/env bash
# A MySQL 9 server beside the system, for the tests: Debian carries one only in its unstable suite, so
# its packages are unpacked, with all libraries that they need, into a folder of their own. The system
# stays as it is, and no root is needed.
#
#   install_mysql9.sh [FOLDER]   says nothing where it is there already; 350 MB otherwise
#
# FOLDER: $EMCEE_MYSQL9, else /var/cache/emcee/mysql9 for root, whose servers run as a user that cannot
# enter /root, else ${XDG_CACHE_HOME:-~/.cache}/emcee/mysql9; tests/servers/mysql_server.cpp looks there
# too. FOLDER/bin has mysqld, mysql and mysqldump.
set -euo pipefail
cache=${XDG_CACHE_HOME:-$HOME/.cache}
((EUID)) || cache=/var/cache
folder=$(realpath -m "${1:-${EMCEE_MYSQL9:-$cache/emcee/mysql9}}")
works() { "$folder/bin/mysqld" --no-defaults --version >/dev/null 2>&1; }
works && exit 0

die() {
  echo "install_mysql9: $*" >&2
  exit 1
}
command -v apt-get >/dev/null || die "no apt-get; unpack a MySQL 9 server yourself and name its folder in EMCEE_MYSQL9"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[[ -r $keyring ]] || die "$keyring is missing (package debian-archive-keyring)"
# The mirror that apt uses here; a machine without lists gets Debian's own.
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null |
  grep -v -- '-security' | grep '/debian/\?$' | head -n 1 || true)
mirror=${mirror:-http://deb.debian.org/debian}

echo "== installing MySQL 9 into $folder"
mkdir -p "$folder"
work=$(mktemp -d "$folder/.unpacking.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists,archives}/partial "$work/root" "$work/bin"
: >"$work/status"  # as if nothing were installed: every library comes along
architecture=$(dpkg --print-architecture)
echo "deb [signed-by=$keyring arch=$architecture] $mirror sid main" >"$work/sources.list"
# A mirror may be a snapshot whose lists are no longer fresh; what they name is signed all the same.
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
Acquire::Check-Valid-Until "false";
CONF
export APT_CONFIG=$work/apt.conf
apt-get -qq update </dev/null || die "the lists of Debian's unstable suite cannot be read from $mirror"
apt-get -qq -y --download-only install mysql-server-core mysql-client-core </dev/null >/dev/null ||
  die "mysql-server-core cannot be had from $mirror"
for package in "$work"/archives/*.deb; do dpkg-deb -x "$package" "$work/root"; done

# The programs are started by the loader that came with them: the system's C library may be older.
triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || gcc -print-multiarch)
write_program() { # NAME PATH [OPTION...]
  local name=$1 path=$2
  shift 2
  cat >"$work/bin/$name" <<RUN
#!/bin/sh
# An option that chooses the option files must come first.
first=
case "\$1" in --no-defaults | --defaults-*) first=\$1 && shift ;; esac
root=$folder/root
lib=\$root/usr/lib/$triplet
exec "\$lib"/ld-linux-*.so.* --library-path "\$lib:\$root/lib/$triplet:\$root/usr/lib/mysql/private" \\
  "\$root/$path" \$first $* "\$@"
RUN
  chmod +x "$work/bin/$name"
}
share=$folder/root/usr/share/mysql
write_program mysqld usr/sbin/mysqld --lc-messages-dir="$share" --character-sets-dir="$share/charsets"
write_program mysql usr/bin/mysql
write_program mysqldump usr/bin/mysqldump
rm -rf "$folder/root" "$folder/bin"
mv "$work/root" "$work/bin" "$folder/"
chmod -R a+rX "$folder/root" "$folder/bin"  # servers run as an ordinary user
works || die "$folder/bin/mysqld does not start: $("$folder/bin/mysqld" --no-defaults --version 2>&1 | tail -n 1)"
