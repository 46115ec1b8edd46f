"""A value field by field, so that those which are the same in every run can be told from those that move."""

from .objects import public_fields
from .parts import same
from .plain_objects import fields_of
from .unwritable import Unwritable

_LONGEST = 100
_DEEPEST = 3
_MOST_FIELDS, _MOST_ITEMS = 20, 3


def of(path, value, writer, depth=0):
    """
    Its fields, [{ path, line, there, imports, fields }]: `line` is what an assertion says of one, null where there is
    no such text, and `there` that it is there at all. Nothing for what has no fields.
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
    elif _is_object(value) and not _is_plain(value, writer):
        named = public_fields(value)[:_MOST_FIELDS] if depth == 0 else []
        found = [(f"{path}.{name}", item, None) for name, item in named]
        return [*_class(path, value, writer), *(_field(*field, writer, depth) for field in found)]
    else:
        return []
    return [_field(inner, item, there, writer, depth) for inner, item, there in found]


def _is_object(value):
    return not isinstance(value, type) and type(value).__module__ != "builtins" and not hasattr(value, "__next__")


def _is_plain(value, writer):
    """Whether it could be written down as a whole: of a moment that moves, its class says nothing."""
    try:
        writer.written(value)
    except Unwritable:
        return False
    return True


def _class(path, value, writer):
    writer.take_imports()
    try:
        line = f"isinstance({path}, {writer.named(type(value))})"
    except Unwritable:
        return []
    return [{"path": f"{path}: class", "line": line, "there": None, "imports": writer.take_imports(), "fields": []}]


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
