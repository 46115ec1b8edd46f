"""Runs a command in a pseudo-terminal of 100 columns and 30 rows: what is written here is typed there, and back."""

import fcntl
import os
import pty
import select
import struct
import sys
import termios

child, terminal = pty.fork()
if child == 0:
    os.environ["PS1"] = "$ "
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
keys = sys.stdin.fileno()
waiting = [keys, terminal]
while terminal in waiting:
    ready, _, _ = select.select(waiting, [], [])
    for source in ready:
        try:
            data = os.read(source, 65536)
        except OSError:
            data = b""
        if not data:
            waiting.remove(source)
        else:
            os.write(terminal if source == keys else sys.stdout.fileno(), data)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
