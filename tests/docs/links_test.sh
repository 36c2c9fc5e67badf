#!/usr/bin/env bash
# links_test.sh ROOT: in README.md, HACKING.md and docs/, every link within the repository leads to a
# file, and to a heading of it where it says one; every page and picture of docs/ is linked to.
set -euo pipefail
cd "$1"
problems=0 links=0
complain() {
  echo "$*"
  problems=$((problems + 1))
}

# The names that headings of a page get: lower case, no punctuation, dashes for blanks.
anchors() {
  sed -n 's/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' | tr -d '`.,:;()!?%' | tr ' ' '-'
}

declare -A reached
for page in README.md HACKING.md docs/*.md; do
  while IFS= read -r target; do
    links=$((links + 1))
    [[ $target =~ ^https?: ]] && continue
    path=${target%%#*}
    anchor=
    [[ $target == *#* ]] && anchor=${target#*#}
    file=$page
    [ -n "$path" ] && file=$(realpath --relative-to=. "$(dirname "$page")/$path")
    reached[$file]=1
    if [ ! -e "$file" ]; then
      complain "$page: there is no $target"
    elif [ -n "$anchor" ] && ! anchors "$file" | grep -qxF -- "$anchor"; then
      complain "$page: $file has no heading for #$anchor"
    fi
  done < <(grep -o '](\([^)]*\))' "$page" | sed 's/^](//; s/)$//')
done
for file in docs/*.md docs/images/*; do
  # The main page of the API reference.
  [ "$file" = docs/reference.md ] || [ -n "${reached[$file]:-}" ] ||
    complain "$file: nothing links to it"
done
echo "$links links, $problems problems"
[ "$problems" = 0 ] && [ "$links" -ge 50 ]
