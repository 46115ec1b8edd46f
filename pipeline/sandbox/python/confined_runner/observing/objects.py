"""An object that no literal is equal to, by what it shows of itself."""

import ast

from .parts import same
from .unwritable import Unwritable

# Stands for a name of the object.
NAME = "<>"

_LONGEST = 200
_MOST_FIELDS = 6


def conditions(actual, value, writer, reason):
    """
    ([condition], imports) that hold of the object which `actual` is the text of, the first of these that reads well: it
    equals what its repr says, its repr, its public fields, its str; else its class. Fields are those of `NAME`, for
    which a name has to be put. Raises `reason` (an Unwritable) for what shows nothing of its own.
    """
    module = type(value).__module__
    is_bare = isinstance(value, type) or module == "builtins" and not isinstance(value, BaseException)
    if is_bare or module.startswith("unittest.") or hasattr(value, "__next__"):
        raise reason
    for find in (_equal, _shown, _by_fields, _text, _by_class):
        found = find(actual, value, writer)
        if found is not None:
            return found
    raise reason


def public_fields(value):
    """[(name, value)] of what an object holds under a public name, in the order in which it was given them."""
    found = getattr(value, "__dict__", None)
    if not isinstance(found, dict):
        return []
    return [(name, item) for name, item in found.items() if not name.startswith("_") and not callable(item)]


def _equal(actual, value, writer):
    """`Money(3, unit="EUR")`, `{"a": 1}`: only where its class says itself what is equal."""
    kind = type(value)
    if kind.__eq__ in (object.__eq__, BaseException.__eq__) or (text := _repr_of(value)) is None:
        return None
    try:
        body = ast.parse(text, mode="eval").body
        if isinstance(body, ast.Call) and isinstance(body.func, ast.Name) and body.func.id == kind.__name__:
            keywords = [(keyword.arg, ast.literal_eval(keyword.value)) for keyword in body.keywords]
            imports, written = writer.call_of(kind, list(map(ast.literal_eval, body.args)), keywords, value)
        else:
            imports, written = writer.literal_of(ast.literal_eval(body), value)
    except (SyntaxError, ValueError, Unwritable):
        return None
    return [same(actual, written)], imports


def _shown(actual, value, writer):
    if type(value).__repr__ is object.__repr__ or (text := _repr_of(value)) is None:
        return None
    return _of_text(f"repr({actual})", text, writer)


def _text(actual, value, writer):
    if type(value).__str__ is object.__str__:
        return None
    try:
        text = str(value)
    except Exception:
        return None
    return _of_text(f"str({actual})", text, writer) if _reads_well(text) else None


def _of_text(asked, text, writer):
    try:
        return [f"{asked} == {writer.written(text).text}"], []
    except Unwritable:
        return None


def _by_fields(_actual, value, writer):
    fields = public_fields(value)
    if not fields or len(fields) > _MOST_FIELDS:
        return None
    lines, imports = [], set()
    try:
        for name, item in fields:
            written = writer.written(item, _LONGEST)
            lines.append(same(f"{NAME}.{name}", written.text))
            imports.update(written.imports)
    except Unwritable:
        return None
    return lines, sorted(imports)


def _by_class(actual, value, writer):
    return [f"isinstance({actual}, {writer.named(type(value))})"], writer.take_imports()


def _repr_of(value):
    try:
        text = repr(value)
    except Exception:
        return None
    return text if _reads_well(text) else None


def _reads_well(text):
    return type(text) is str and 0 < len(text) <= _LONGEST and text.isprintable()
