def normalise_path(path: str) -> str:
    """
    Take the parts that lead nowhere out of a POSIX path: empty ones, "." and what ".." takes back.

    Nothing lies above the root; a relative path may begin with ".."; what is left of nothing is ".".
    """
    absolute = path.startswith("/")
    parts: list[str] = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        elif not absolute:
            parts.append("..")
    joined = "/".join(parts)
    return "/" + joined if absolute else joined or "."
