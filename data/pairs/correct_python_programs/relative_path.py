def relative_path(path: str, start: str) -> str:
    """Return how to come from the folder `start` to `path`; both are absolute POSIX paths in their normal form."""
    there = [part for part in path.split("/") if part]
    here = [part for part in start.split("/") if part]
    shared = 0
    while shared < min(len(there), len(here)) and there[shared] == here[shared]:
        shared += 1
    return "/".join([".."] * (len(here) - shared) + there[shared:]) or "."
