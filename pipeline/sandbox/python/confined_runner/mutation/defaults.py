"""Other values for a function's defaults, which were computed once, when the function was made."""

import ast
from dataclasses import replace

from .operators import changes
from .sites import default_sites, put


def default_changes(definition, text):
    """
    Changes of what stands literally in a function's defaults, each with the argument's place (see default_sites), and
    with the value as it is and as it would be. A default that is computed from names is left alone: what it would be
    now, nobody knows. So are those of a function that was handed to an unknown decorator: a web framework reads them
    once, and passes its own.
    """
    if not all(_called_later(decorator) for decorator in definition.function.decorator_list):
        return
    arguments = definition.function.args
    for place, site in default_sites(definition.function, text):
        before = _value(arguments, place)
        for change in changes(site):
            with put(change.owner, change.field, change.value):
                after = _value(arguments, place)
            if before is not None and after is not None and _shown(before) != _shown(after):
                yield replace(change, operator="default"), place, before.value, after.value


def default_swaps(functions, place, before, after):
    """
    Triples of a function, the name of its attribute, and what that becomes: for those whose default is what the text
    says.
    """
    return tuple(
        (function, *swap)
        for function in functions
        if (
            swap := _positional(function, place, before, after)
            if isinstance(place, int)
            else _by_name(function, place, before, after)
        )
    )


# Decorators that leave a function's defaults to its calls.
_TRANSPARENT = {
    "staticmethod",
    "classmethod",
    "property",
    "setter",
    "cached_property",
    "lru_cache",
    "cache",
    "wraps",
    "contextmanager",
    "asynccontextmanager",
    "abstractmethod",
    "singledispatch",
    "singledispatchmethod",
    "final",
    "override",
}


def _called_later(decorator):
    name = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", None)) in _TRANSPARENT


class _Literal:
    def __init__(self, value):
        self.value = value


def _value(arguments, place):
    """What a default literally is; None where it is no literal."""
    node = (
        arguments.defaults[place]
        if isinstance(place, int)
        else next(
            default for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults) if argument.arg == place
        )
    )
    try:
        return _Literal(ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _shown(literal):
    return type(literal.value), repr(literal.value)


def _same(value, expected):
    return type(value) is type(expected) and repr(value) == repr(expected)


def _positional(function, place, before, after):
    defaults = function.__defaults__ or ()
    if place < len(defaults) and _same(defaults[place], before):
        return "__defaults__", (*defaults[:place], after, *defaults[place + 1 :])
    return None


def _by_name(function, name, before, after):
    defaults = function.__kwdefaults__ or {}
    if name in defaults and _same(defaults[name], before):
        return "__kwdefaults__", {**defaults, name: after}
    return None
