import re

_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def parse_duration(text: str) -> int:
    """
    Return the seconds of a duration such as "1h 30m" or "2d"; a number without a unit is seconds.

    Raises ValueError for a text that is empty or holds anything else.
    """
    parts = re.findall(r"(\d+)\s*([dhms]?)", text)
    if not parts or re.sub(r"\d+\s*[dhms]?", "", text).strip():
        raise ValueError(f"not a duration: {text!r}")
    return sum(int(number) * _SECONDS.get(unit, 60) for number, unit in parts)
