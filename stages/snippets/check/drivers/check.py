"""
Compiles each of the Python files that it is given, runs none, and tells of each in a line of JSON:
{ file, exit, text }.
"""

import json
import sys
import warnings


def fault(path):
    """What keeps the file from being compiled; None where nothing does."""
    with open(path, "rb") as file:
        source = file.read()
    try:
        compile(source, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        where = "" if error.lineno is None else f" (line {error.lineno})"
        return f"{type(error).__name__}: {error.msg}{where}"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def main():
    warnings.simplefilter("ignore")
    for path in sys.argv[1:]:
        found = fault(path)
        print(json.dumps({"file": path, "exit": 0 if found is None else 1, "text": found or ""}), flush=True)


main()
