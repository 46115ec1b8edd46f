#!/usr/bin/env bash
# Runs a command again until it succeeds, waiting twice as long each time: retry.sh TRIES COMMAND...
set -euo pipefail

tries=$1
shift
wait=1
for ((n = 1; n <= tries; n++)); do
  "$@" && exit 0
  status=$?
  if ((n < tries)); then
    echo "try $n of $tries failed (status $status): again in $wait s" >&2
    sleep "$wait"
    wait=$((wait * 2))
  fi
done
exit "$status"
