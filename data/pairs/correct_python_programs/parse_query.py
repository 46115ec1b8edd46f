from urllib.parse import unquote_plus


def parse_query(query: str) -> dict[str, list[str]]:
    """Read the query of a URL, with or without its question mark: each name with its values, in the order written."""
    values: dict[str, list[str]] = {}
    for pair in query.removeprefix("?").split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        values.setdefault(unquote_plus(name), []).append(unquote_plus(value))
    return values
