#!/usr/bin/env bash
# clang-format over all sources: reports differences, or with --fix writes them.
# The format is that of clang-format 14; where only another version is there, differences are
# shown and do not fail.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pinned=14
tool=clang-format-$pinned
command -v "$tool" >/dev/null || tool=clang-format
version=$("$tool" --version | sed -E 's/.*version ([0-9]+).*/\1/')

mapfile -t sources < <(git ls-files --cached --others --exclude-standard '*.cpp' '*.h')
((${#sources[@]})) || exit 0

if [[ ${1:-} == --fix ]]; then
  "$tool" -i "${sources[@]}"
elif ! "$tool" --dry-run -Werror "${sources[@]}"; then
  if [[ $version != "$pinned" ]]; then
    echo "clang-format $version is not the pinned $pinned: differences do not count" >&2
    exit 0
  fi
  echo "run ./dev fmt" >&2
  exit 1
fi
