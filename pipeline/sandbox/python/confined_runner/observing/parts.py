"""A long value by its length and a part."""

from .readable import Written
from .unwritable import Unwritable, kind_of

_LONGEST = 100
_MOST = 3


def conditions(name, value, writer):
    """
    Conditions that say so of the variable `name`, and the imports that they need. Raises Unwritable where nothing short
    can be said.
    """
    if isinstance(value, (str, bytes)):
        return _of_text(name, value, writer)
    if isinstance(value, (list, tuple)):
        return _of_list(name, value, writer)
    if isinstance(value, dict):
        return _of_dict(name, value, writer)
    if isinstance(value, (set, frozenset)):
        return _of_set(name, value, writer)
    raise Unwritable(f"{kind_of(value)} is too long to be written out")


def _of_text(name, value, writer):
    first, last = writer.written(value[:40]), writer.written(value[-40:])
    return [f"len({name}) == {len(value)}", f"{name}.startswith({first.text})", f"{name}.endswith({last.text})"], []


def _of_list(name, value, writer):
    kind = list if isinstance(value, list) else tuple
    for count in range(_MOST, 0, -1):
        first = _short(kind(value[:count]), writer)
        if first is not None:
            break
    else:
        raise Unwritable("its items are long")
    last = _short(value[-1], writer)
    lines = [
        f"len({name}) == {len(value)}",
        f"{name}[:{count}] == {first.text}",
        *([] if last is None else [same(f"{name}[-1]", last.text)]),
    ]
    return lines, sorted({*first.imports, *(() if last is None else last.imports)})


def _of_dict(name, value, writer):
    lines, imports = [f"len({name}) == {len(value)}"], set()
    for key, item in list(value.items()):
        written, found = _short(key, writer), _short(item, writer)
        if written is not None and found is not None and "approx" not in written.text and len(lines) <= _MOST:
            lines.append(same(f"{name}[{written.text}]", found.text))
            imports.update(written.imports, found.imports)
    if len(lines) == 1:
        raise Unwritable("its items are long")
    return lines, sorted(imports)


def _of_set(name, value, writer):
    texts = sorted(
        written.text
        for item in value
        if (written := _short(item, writer)) is not None and not written.imports and "approx" not in written.text
    )
    if not texts:
        raise Unwritable("its items are long")
    return [f"len({name}) == {len(value)}", *(f"{text} in {name}" for text in texts[:_MOST])], []


def _short(value, writer) -> Written | None:
    try:
        return writer.written(value, _LONGEST)
    except Unwritable:
        return None


def same(one, text):
    """The condition that `one` is what is written as `text`."""
    return f"{one} is {text}" if is_single(text) else f"{one} == {text}"


def is_single(text):
    """Whether there is only one object of this value, so that `is` asks for it."""
    return text in ("None", "True", "False")
