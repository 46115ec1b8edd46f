#!/usr/bin/env bash
# Lists the largest files below a folder, with their sizes as people read them.
set -euo pipefail

folder=${1:-.}
count=${2:-10}
find "$folder" -type f -printf '%s\t%p\0' |
  sort -z -rn |
  head -z -n "$count" |
  while IFS=$'\t' read -r -d '' size path; do
    printf '%8s  %s\n' "$(numfmt --to=iec "$size")" "$path"
  done
