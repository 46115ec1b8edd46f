"""The functions of this process that run a piece of code, however they are wrapped and wherever they are kept."""

import gc
import types

from .definitions import all_code


def functions_of(file):
    """All functions that were compiled from a file."""
    gc.unfreeze()  # what is frozen is not listed
    functions = [value for value in gc.get_objects() if type(value) is types.FunctionType and value.__code__.co_filename == file]
    gc.freeze()
    return functions


def holders(code, functions):
    """Pairs of a place in `all_code(code)` and a function that runs the code there."""
    places = {_key(one): place for place, one in enumerate(all_code(code))}
    return [(places[key], function) for function in functions if (key := _key(function.__code__)) in places]


def swaps(original, mutant, holding):
    """Pairs of a function and its new code."""
    before, after = list(all_code(original)), list(all_code(mutant))
    if [code.co_name for code in before] != [code.co_name for code in after]:
        # A function inside it has gone: those of its kind that are alive keep their code.
        return tuple((function, mutant) for place, function in holding if place == 0)
    return tuple((function, after[place]) for place, function in holding if identity(before[place]) != identity(after[place]))


def identity(code):
    """Equal for code that does the same: line numbers and file names do not count, types of constants do."""
    return (
        code.co_name, code.co_code, code.co_flags, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount,
        code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, getattr(code, "co_exceptiontable", b""),
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
