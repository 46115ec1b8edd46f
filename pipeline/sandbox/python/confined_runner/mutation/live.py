"""The functions of this process that run a piece of code, however they are wrapped and wherever they are kept."""

import gc
import types

from .definitions import all_code


def functions_of(file):
    """All functions that were compiled from a file."""
    alive = gc.get_objects()
    if not any(type(value) is types.ModuleType and getattr(value, "__file__", None) == file for value in alive):
        gc.unfreeze()  # what was loaded before forking is not listed while it is frozen
        alive = gc.get_objects()
        gc.freeze()
    return [value for value in alive if type(value) is types.FunctionType and value.__code__.co_filename == file]


def holders(code, functions):
    """Pairs of a place in `all_code(code)` and a function that runs the code there."""
    places = {_key(one): place for place, one in enumerate(all_code(code))}
    return [(places[key], function) for function in functions if (key := _key(function.__code__)) in places]


def swaps(original, mutant, holding):
    """Triples of a function, "__code__", and its new code."""
    before, after = list(all_code(original)), list(all_code(mutant))
    if [code.co_name for code in before] != [code.co_name for code in after]:
        # A function inside it has gone: those of its kind that are alive keep their code.
        return tuple((function, "__code__", mutant) for place, function in holding if place == 0)
    return tuple(
        (function, "__code__", after[place])
        for place, function in holding
        if identity(before[place]) != identity(after[place])
    )


def identity(code):
    """Equal for code that does the same: line numbers and file names do not count, types of constants do."""
    return (
        code.co_name,
        code.co_code,
        code.co_flags,
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        getattr(code, "co_exceptiontable", b""),
        tuple(map(_constant, code.co_consts)),
    )


def _key(code):
    return code.co_firstlineno, identity(code)


def _constant(value):
    if isinstance(value, types.CodeType):
        return identity(value)
    if isinstance(value, tuple):
        return (tuple, *map(_constant, value))
    if isinstance(value, frozenset):
        return (frozenset, *sorted(map(repr, map(_constant, value))))
    return type(value), repr(value)
