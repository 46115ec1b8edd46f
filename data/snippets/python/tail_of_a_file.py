# Prints the last lines of a large file without reading all of it.
import os
import sys


def tail(path, count=10, block=4096):
    with open(path, "rb") as file:
        file.seek(0, os.SEEK_END)
        end, data = file.tell(), b""
        while end > 0 and data.count(b"\n") <= count:
            size = min(block, end)
            end -= size
            file.seek(end)
            data = file.read(size) + data
    return data.splitlines()[-count:]


if __name__ == "__main__":
    for line in tail(sys.argv[1]):
        print(line.decode(errors="replace"))
