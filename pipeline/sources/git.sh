# git, ending with the process that started it, however that ends: it holds the other end of standard input.
exec 3<&0
git "$@" </dev/null 3<&- &
git=$!
trap 'kill "$git"' INT TERM
{ read -r _ <&3; kill "$git"; } </dev/null >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$git"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
