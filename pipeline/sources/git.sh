# Runs git, and ends it with the process that started this script, however that ends: it holds the other end of
# standard input. git leaves its helpers behind when it is killed, so all of them are in a process group of their own.
if [ "$1" = --grouped ]; then
  shift
  stop() { kill -KILL 0; }
elif command -v setsid >/dev/null; then
  exec setsid /bin/sh "$0" --grouped "$@"
else
  stop() { kill "$git"; }
fi

exec 3<&0
git "$@" </dev/null 3<&- &
git=$!
trap stop INT TERM
{ read -r _ <&3; stop; } </dev/null >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$git"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
