"""Texts in quotes."""


def quoted(value):
    """In double quotes, as most write them, where that needs no more escapes."""
    text = repr(value)
    prefix, body = ("b", text[1:]) if isinstance(value, bytes) else ("", text)
    inner = body[1:-1]
    if body[0] == "'" and '"' not in inner:
        return f'{prefix}"{inner}"'
    return text
