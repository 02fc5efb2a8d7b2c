#!/usr/bin/env bash
# Installs what is missing of a set of Debian packages, and says nothing where nothing is.
#   build    what it takes to build, test and measure
#   tools    clang and its run-time libraries (fuzzing), and clang-format
#   browser  looks at the page of `emcee history` in a test
#   bench    what users would run instead, beside which is measured
set -euo pipefail

installed() { [[ $(dpkg-query -W -f='${Status}' "$1" 2>/dev/null) == "install ok installed" ]]; }

# Boost.Spirit X3 as of 1.81; Debian 12 has that beside its default of 1.74, Debian 13 only newer.
boost_installed() {
  local version
  for version in 1.81 1.83 1.88 1.90; do
    installed "libboost$version-dev" && return 0
  done
  return 1
}

case ${1:-build} in
  build)
    packages=(g++ cmake ninja-build ccache libfmt-dev libgtest-dev librapidcheck-dev libbenchmark-dev
      libexpected-dev libcli11-dev nlohmann-json3-dev libtomlplusplus-dev libsqlite3-dev sqlite3
      libxxhash-dev libpg-query-dev libprotobuf-c-dev libpq-dev postgresql pkg-config libmariadb-dev
      mariadb-server-core mariadb-client galera-4)
    need_boost=1
    ;;
  tools)
    packages=(clang clang-format libclang-rt-dev)
    need_boost=0
    ;;
  browser)
    packages=(chromium-headless-shell)
    need_boost=0
    ;;
  bench)
    packages=(percona-toolkit)
    need_boost=0
    ;;
  *)
    echo "usage: install_packages.sh build|tools|browser|bench" >&2
    exit 2
    ;;
esac

# Elsewhere the user brings the libraries, and CMake says what it cannot find.
command -v dpkg-query >/dev/null || exit 0

missing=()
for package in "${packages[@]}"; do
  installed "$package" || missing+=("$package")
done
((need_boost)) && boost_installed && need_boost=0
((${#missing[@]} + need_boost)) || exit 0

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || {
    echo "packages are missing and this user has no sudo; as root: apt-get install ${missing[*]}" >&2
    exit 2
  }
  as_root=(sudo)
fi
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 \
    -o Dpkg::Options::=--force-confold "$@" \
    </dev/null
}

# The tests start servers of their own: the package must not make and start one for the system.
for package in "${missing[@]}"; do
  if [[ $package == postgresql && ! -e /etc/postgresql-common/createcluster.conf ]]; then
    "${as_root[@]}" mkdir -p /etc/postgresql-common
    "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null <<<'create_main_cluster = false'
  fi
done

apt update
if ((need_boost)); then
  if [[ -n $(apt-cache madison libboost1.81-dev) ]]; then  # `show` knows packages that there are no more
    missing+=(libboost1.81-dev)
  else
    missing+=(libboost-dev)
  fi
fi
echo "== installing: ${missing[*]}"
apt install --yes --no-install-recommends "${missing[@]}" >/dev/null
