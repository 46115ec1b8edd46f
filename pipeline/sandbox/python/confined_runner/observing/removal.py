"""
Takes statements out of a test that nobody can settle, and with them what stands on them: changes of a file, by bytes.
"""

import ast


def going(statement, block, around, function):
    """
    The statement and those behind it in its block that need what it would have given a name; where nothing is left of
    the block, the statement that it belongs to, [(statement, block)] from the inside out. None where they cannot go.
    """
    names = _bound(statement)
    if names and block is not function.body:
        return None
    gone = [statement]
    for other in block[block.index(statement) + 1 :]:
        if names & _loaded(other):
            gone.append(other)
            names |= _bound(other)
        else:
            names -= _bound(other)
    if len(gone) < len(block):
        return gone
    if not around or not isinstance(around[0][0], (ast.For, ast.With)) or getattr(around[0][0], "orelse", None):
        return None
    (outer, its_block), *further = around
    return going(outer, its_block, further, function)


def without(statements, source):
    """The changes that take whole lines out; None where there are none, or something else stands on them."""
    if not statements or any(
        source.indent(statement) is None or not _is_end(source.rest_of_line(source.end(statement)))
        for statement in statements
    ):
        return None
    return [[*source.lines_of(statement), ""] for statement in statements]


def _is_end(rest):
    return rest.strip() == "" or rest.lstrip().startswith("#")


def _bound(statement):
    return {part.id for part in ast.walk(statement) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def _loaded(statement):
    return {part.id for part in ast.walk(statement) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}
