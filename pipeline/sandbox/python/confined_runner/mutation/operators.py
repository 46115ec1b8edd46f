"""The ways in which a mutant differs from its target: small mistakes that a programmer makes.

Own operators: cosmic-ray's rewrite text through parso and need its database and git, mutmut's need libcst and a copy of
the source on disk, mutatest's are of Python 3.7. Here a change has to be compiled in a process that holds the module.
"""

import ast

from . import expressions, statements
from .sites import Site


def changes(site: Site):
    """All changes of the node at this site, none of those below it."""
    for kind in type(site.node).__mro__:
        for operator in _OPERATORS.get(kind, ()):
            yield from operator(site)


_OPERATORS = {
    ast.Compare: [expressions.comparison],
    ast.BinOp: [expressions.arithmetic],
    ast.UnaryOp: [expressions.unary],
    ast.BoolOp: [expressions.boolean],
    ast.Constant: [expressions.constant],
    ast.JoinedStr: [expressions.text_with_values],
    ast.Return: [statements.result],
    ast.Yield: [statements.result],
    ast.Lambda: [expressions.lambda_result],
    ast.If: [statements.condition],
    ast.IfExp: [statements.condition],
    ast.While: [statements.condition, statements.while_loop],
    ast.comprehension: [expressions.filtered],
    ast.Raise: [statements.raised],
    ast.Assert: [statements.asserted],
    ast.ExceptHandler: [statements.handler],
    ast.Try: [statements.final],
    ast.Expr: [statements.call_statement],
    ast.Assign: [statements.assignment],
    ast.AnnAssign: [statements.assignment],
    ast.Delete: [statements.assignment],
    ast.AugAssign: [statements.augmented],
    ast.For: [statements.loop],
    ast.Break: [statements.jump],
    ast.Continue: [statements.jump],
    ast.Slice: [expressions.sliced],
    ast.Call: [expressions.call],
}
