import re


def mask_secrets(line: str, names: list[str]) -> str:
    """Put *** in the place of the values of NAME=VALUE or NAME: VALUE in a line of a log, for the given names in any case."""
    if not names:
        return line
    alternatives = "|".join(re.escape(name) for name in names)
    return re.sub(rf"\b({alternatives})(\s*[=:]\s*)\S+", r"\1\2***", line, flags=re.IGNORECASE)
