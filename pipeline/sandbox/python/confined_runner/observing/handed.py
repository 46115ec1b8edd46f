"""What a call is handed and may change: its object, its arguments; for calls that answer nothing."""

import ast

from . import objects
from .parts import same
from .unwritable import Unwritable

_FIRST_NAMES = {ast.List: "items", ast.Dict: "mapping", ast.Set: "members"}


class Handed:
    """
    `names` that a call can change what they stand for; `displays`: lists, dicts and sets that are written out in it.
    """

    def __init__(self, actual):
        call = actual.value if isinstance(actual, ast.Await) else actual
        self.names, self.displays = [], []
        if not isinstance(call, ast.Call):
            return
        receiver = [call.func.value] if isinstance(call.func, ast.Attribute) else []
        for part in (*receiver, *call.args, *(keyword.value for keyword in call.keywords)):
            if isinstance(part, ast.Name) and part.id not in self.names:
                self.names.append(part.id)
            elif isinstance(part, tuple(_FIRST_NAMES)):
                self.displays.append(part)

    def __bool__(self):
        return bool(self.names or self.displays)


def first_name(display):
    return _FIRST_NAMES[type(display)]


def state(value, writer):
    """(condition of `objects.NAME`, imports) that says what a thing is now; None where nothing short can be said."""
    try:
        written = writer.written(value)
        return same(objects.NAME, written.text), tuple(written.imports)
    except Unwritable as reason:
        return _state_of_object(value, writer, reason)


def _state_of_object(value, writer, reason):
    try:
        lines, imports = objects.conditions(objects.NAME, value, writer, reason)
    except Exception:  # also of code of the object's own class
        return None
    return None if lines[0].startswith("isinstance(") else (" and ".join(lines), tuple(imports))
