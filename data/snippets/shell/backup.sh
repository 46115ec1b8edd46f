#!/usr/bin/env bash
set -euo pipefail

usage() {
  echo "usage: backup.sh FOLDER TARGET [KEEP]" >&2
  exit 2
}

# Older archives than the newest KEEP are removed.
prune() {
  local target=$1 keep=$2
  ls -1t "$target"/backup-*.tar.gz 2>/dev/null | tail -n "+$((keep + 1))" | while read -r old; do
    rm -- "$old"
  done
}

[ $# -ge 2 ] || usage
folder=$1 target=$2 keep=${3:-7}
mkdir -p "$target"
archive="$target/backup-$(date +%Y%m%d-%H%M%S).tar.gz"
tar -czf "$archive.partial" -C "$(dirname "$folder")" "$(basename "$folder")"
mv "$archive.partial" "$archive"
prune "$target" "$keep"
