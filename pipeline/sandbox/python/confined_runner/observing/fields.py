"""A value field by field, so that those which are the same in every run can be told from those that move."""

from .parts import same
from .readable import Unwritable, fields_of

_LONGEST = 100
_DEEPEST = 3
_MOST_FIELDS, _MOST_ITEMS = 20, 3


def of(path, value, writer, depth=0):
    """
    Its fields, [{ path, line, there, imports, fields }]: `line` is what an assertion says of one, null where there is no
    such text, and `there` that it is there at all. Nothing for what has no fields.
    """
    if depth >= _DEEPEST:
        return []
    if isinstance(value, dict) and value and len(value) <= _MOST_FIELDS and all(type(key) is str for key in value):
        found = [
            (f"{path}[{key}]", item, f"{key} in {path}") for name, item in value.items() if (key := _text(name, writer))
        ]
    elif type(value) in (list, tuple) and value and len(value) <= _MOST_ITEMS:
        found = [
            (f"len({path})", len(value), None),
            *((f"{path}[{place}]", item, None) for place, item in enumerate(value)),
        ]
    elif not isinstance(value, type) and (named := fields_of(value)):
        found = [(f"{path}.{name}", item, None) for name, item in named[:_MOST_FIELDS]]
    else:
        return []
    return [_field(inner, item, there, writer, depth) for inner, item, there in found]


def _field(path, value, there, writer, depth):
    try:
        written = writer.written(value, _LONGEST)
    except Unwritable:
        line, imports = None, []
    else:
        line, imports = same(path, written.text), written.imports
    return {
        "path": path,
        "line": line,
        "there": there,
        "imports": imports,
        "fields": of(path, value, writer, depth + 1),
    }


def _text(name, writer):
    try:
        return writer.written(name, _LONGEST).text
    except Unwritable:
        return None
