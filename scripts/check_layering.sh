#!/usr/bin/env bash
# A folder includes only itself and the folders to its left; the applier knows only schema/, and a
# dialect knows no other dialect, but for what they share in dialects/common.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

order=(schema parser diff plan dialects codegen applier rehearse project cli)
failed=0

complain() {
  echo "layering: $1" >&2
  failed=1
}

for i in "${!order[@]}"; do
  folder=${order[i]}
  [[ -d $folder ]] || continue
  allowed=("${order[@]:0:i+1}")
  [[ $folder == applier ]] && allowed=(schema applier)
  while IFS= read -r line; do
    file=${line%%:*}
    included=$(sed -E 's/.*#[[:space:]]*include[[:space:]]*"([^"]*)".*/\1/' <<<"$line")
    top=${included%%/*}
    if [[ $included != */* ]]; then
      complain "$file includes \"$included\" without its folder"
    elif [[ " ${allowed[*]} " != *" $top "* ]]; then
      complain "$file includes $included; $folder/ may include only: ${allowed[*]}"
    elif [[ $file == dialects/*/* && $included == dialects/*/* && $included != dialects/common/* && $(cut -d/ -f2 <<<"$file") != $(cut -d/ -f2 <<<"$included") ]]; then
      complain "$file includes $included of another dialect"
    fi
  done < <(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' --include='*.h' --include='*.cpp' "$folder" || true)
done
exit "$failed"
