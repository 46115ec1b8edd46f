"""All mutants of a target, in the order in which they are worth running."""

import ast
import functools
import sys
import warnings
from dataclasses import dataclass

from . import live
from .defaults import default_changes, default_swaps
from .definitions import Module, all_code
from .operators import changes
from .sites import put, sites


@dataclass(frozen=True)
class Mutant:
    operator: str
    """Line of the source file, counted from 1."""
    line: int
    diff: str
    """Triples of a function, the name of its attribute, and what takes its place: other code, or other defaults."""
    swaps: tuple

    def apply(self):
        for function, attribute, value in self.swaps:
            setattr(function, attribute, value)


def mutants_of(module, qualified_name):
    """
    The valid mutants of a function, a method or a class of a loaded module: they compile, and to other bytecode than
    the target and than each other. None where no function of the process runs the target's text.
    Those of the target that was asked for last are kept: a process that has made them hands them on to its children.
    """
    target = (module, qualified_name)
    if target not in _KEPT:
        _KEPT.clear()
        _KEPT[target] = _all_mutants(module, qualified_name)
    return _KEPT[target]


_KEPT = {}


def _all_mutants(module, qualified_name):
    loaded = _read(module)
    functions = _functions(loaded.file, len(sys.modules))
    found = []
    for definition in loaded.definitions(qualified_name):
        found += _mutants(loaded, definition, functions)
    return _ordered(found)


@functools.lru_cache(maxsize=4)
def _read(module):
    """A module's text and tree: targets of one module come one after another."""
    return Module(module)


@functools.lru_cache(maxsize=4)
def _functions(file, loaded):
    """Looking for them goes through all that is alive; between two imports the warmed process makes none."""
    return live.functions_of(file)


def _mutants(module, definition, functions):
    original = module.compiled(definition)
    holders = live.holders(original, functions)
    if not holders:
        return
    seen = {live.identity(original)}
    for site in sites(definition.function, module.text):
        for change in changes(site):
            code = _compiled(module, definition, change, original)
            if code is None or (identity := live.identity(code)) in seen:
                continue
            seen.add(identity)
            swaps = live.swaps(original, code, holders)
            if swaps:
                yield Mutant(change.operator, change.first.lineno, _diff(module.text, change, definition.span), swaps)
    if not definition.is_inner:
        yield from _default_mutants(module, definition, [function for place, function in holders if place == 0])


def _default_mutants(module, definition, functions):
    seen = set()
    for change, place, before, after in default_changes(definition, module.text):
        swaps = default_swaps(functions, place, before, after)
        if swaps and (key := (place, type(after), repr(after))) not in seen:
            seen.add(key)
            yield Mutant(change.operator, change.first.lineno, _diff(module.text, change, definition.span), swaps)


def _compiled(module, definition, change, original):
    """The mutant's code; None where it does not compile, or not to a function of the same kind."""
    with warnings.catch_warnings(), put(change.owner, change.field, change.value):
        warnings.simplefilter("ignore")
        try:
            code = module.compiled(definition)
            if _is_like(code, original):
                return code
            with put(change.function, "body", [*change.function.body, _never_run(code, original)]):
                code = module.compiled(definition)
                return code if _is_like(code, original) else None
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            return None


_KIND = 0x20 | 0x80 | 0x200  # CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR


def _is_like(code, original):
    """
    Whether a function's code may be put in the other's place: the same kind of function, with the same outer variables.
    """
    pairs = list(zip(all_code(code), all_code(original)))
    return all(
        one.co_freevars == other.co_freevars and one.co_flags & _KIND == other.co_flags & _KIND
        for one, other in pairs
        if one.co_name == other.co_name
    )


def _never_run(code, original):
    """
    `if False:` with every name, and the `yield`, that the mutant lacks: it compiles to nothing and counts all the same.
    """
    names = sorted({name for one in all_code(original) for name in one.co_freevars})
    statements = [ast.Expr(ast.Name(name, ast.Load())) for name in names]
    if original.co_flags & (0x20 | 0x200):
        statements.append(ast.Expr(ast.Yield()))
    node = ast.If(ast.Constant(False), statements or [ast.Pass()], [])
    return ast.fix_missing_locations(
        ast.copy_location(node, ast.Pass(lineno=1, col_offset=0, end_lineno=1, end_col_offset=0))
    )


def _diff(text, change, span, context=3):
    """A unified diff of one hunk, without file names."""
    start, end = change.first.lineno, change.last.end_lineno
    first, last = max(span[0], start - context), min(span[1], end + context)
    before, after = text.lines(first, start - 1), text.lines(end + 1, last)
    old, new = text.lines(start, end), text.changed_lines(change)
    around = len(before) + len(after)
    head = f"@@ -{first},{around + len(old)} +{first},{around + len(new)} @@"
    return (
        "\n".join(
            [
                head,
                *(f" {line}" for line in before),
                *(f"-{line}" for line in old),
                *(f"+{line}" for line in new),
                *(f" {line}" for line in after),
            ]
        )
        + "\n"
    )


# Those first that tests notice most often.
_ORDER = (
    "return",
    "condition",
    "comparison",
    "arithmetic",
    "boolean",
    "statement",
    "boundary",
    "constant",
    "call",
    "exception",
    "index",
    "augmented",
    "loop",
    "argument",
    "default",
)


def _ordered(mutants):
    """
    One of each operator in turn, each time at the line that is farthest from those before: any first part is a fair
    choice.
    """
    waiting = {operator: _spread([mutant for mutant in mutants if mutant.operator == operator]) for operator in _ORDER}
    ordered = []
    while any(waiting.values()):
        ordered += [queue.pop(0) for queue in waiting.values() if queue]
    return ordered


def _spread(mutants):
    """Halves, then quarters, and so on."""
    bits = max(len(mutants) - 1, 0).bit_length()
    places = [int(f"{place:0{bits}b}"[::-1], 2) if bits else 0 for place in range(1 << bits)]
    return [mutants[place] for place in places if place < len(mutants)]
