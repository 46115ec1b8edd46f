#!/usr/bin/env python3
"""A script: it does something when it is run, and nothing when it is imported."""

import sys


def count_lines(text):
    return len(text.splitlines())


def main(arguments=None):
    print(count_lines(" ".join(arguments or sys.argv[1:])))
    return 0


if __name__ == "__main__":
    def only_here():
        return 1

    sys.exit(main())
