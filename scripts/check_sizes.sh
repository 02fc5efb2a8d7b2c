#!/usr/bin/env bash
# Files stay small: a source of more than 600 lines is an error, unless its first lines say that it
# is a generated table.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

limit=600
failed=0
while IFS= read -r file; do
  [[ -f $file ]] || continue
  lines=$(wc -l <"$file")
  if ((lines > limit)) && ! head -n 5 "$file" | grep -qi 'generated'; then
    echo "size: $file has $lines lines (limit $limit)" >&2
    failed=1
  fi
done < <(git ls-files --cached --others --exclude-standard '*.cpp' '*.h' '*.sh' dev)
exit "$failed"
