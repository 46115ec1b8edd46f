"""Exact Python source text of a value."""

import math

_MOST = 400


def literal(value):
    """Text that evaluates to an equal value of the same type, at most 400 characters; None where there is none."""
    try:
        text = _text(value)
    except (RecursionError, TypeError):
        return None
    return text if text is not None and len(text) <= _MOST else None


def _text(value):
    kind = type(value)
    if kind in (bool, type(None), str, bytes):
        # A huge text is told by its length before it is spelt out.
        return None if kind in (str, bytes) and len(value) > _MOST else repr(value)
    if kind is int:
        return repr(value) if value.bit_length() < 4 * _MOST else None
    if kind is float:
        if math.isnan(value):
            return None  # equal to nothing, itself included
        return repr(value) if math.isfinite(value) else f"float('{value}')"
    if kind in (list, tuple, set, frozenset, dict) and len(value) <= _MOST:
        return _collection(kind, value)
    return None


def _collection(kind, value):
    if kind is dict:
        pairs = [(_text(key), _text(item)) for key, item in value.items()]
        if any(None in pair for pair in pairs):
            return None
        return "{" + ", ".join(f"{key}: {item}" for key, item in pairs) + "}"
    items = [_text(item) for item in value]
    if None in items:
        return None
    if kind is list:
        return f"[{', '.join(items)}]"
    if kind is tuple:
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    # Sets have no order of their own.
    inside = "{" + ", ".join(sorted(items)) + "}" if items else ""
    if kind is set:
        return inside or "set()"
    return f"frozenset({inside})"
