def parse_ini(text: str) -> dict[str, dict[str, str]]:
    """
    Read the sections of an INI file; values before the first section belong to the section "".

    Lines that begin with # or ; are comments. Raises ValueError for a line that is neither a section nor NAME = VALUE.
    """
    sections: dict[str, dict[str, str]] = {"": {}}
    current = sections[""]
    for number, written in enumerate(text.splitlines(), start=1):
        line = written.strip()
        if not line or line[0] in "#;":
            continue
        if line.startswith("[") and line.endswith("]"):
            current = sections[line[1:-1].strip()] = {}
        elif "=" in line:
            name, value = line.split("=", 1)
            current[name.strip()] = value.strip()
        else:
            raise ValueError(f"line {number}: {line!r}")
    return sections
