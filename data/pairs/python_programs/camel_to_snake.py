import re


def camel_to_snake(name: str) -> str:
    """Turn a name such as parseHTTPResponse into parse_http_response: an abbreviation counts as one word."""
    with_breaks = re.sub(r"([a-z])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3_\2\4", name)
    return with_breaks.lower()
