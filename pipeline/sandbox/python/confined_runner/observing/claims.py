"""What the tests of a file expect of the code, statement by statement."""

import ast

from .. import assertions
from . import live, removal, tables
from .handed import Handed


class Claim:
    """
    One expectation. `kind`: equal (actual == expected, `is` included), near (within a tolerance), value (anything else
    that is said of the actual), raises (a block that expects an exception), runs (a statement that has to get through).
    """

    def __init__(self, kind, test, function, statement, condition=None, actual=None, expected=None):
        self.kind = kind
        self.test = test
        self.function = function
        self.statement = statement
        self.condition = condition
        self.actual = actual
        self.expected = expected
        self.handed = Handed(actual)
        self.is_alone = True
        self.number = None
        self.has_text_over_lines = any(_is_text_over_lines(part) for part in ast.walk(statement))
        # Statements behind it in its block, and those of them that look at the exception which it is to catch.
        self.following = []
        self.dependents = []
        # What goes with it where it is taken out of the test; None where it cannot be.
        self.going = None

    @property
    def is_about_items(self):
        """Whether it is about what an iterator yields, if it is about one."""
        if self.kind == "equal":
            return True
        condition = self.condition
        return (
            isinstance(condition, ast.Compare)
            and isinstance(condition.ops[0], (ast.In, ast.NotIn))
            and condition.comparators[0] is self.actual
        )

    @property
    def expects_range(self):
        """Whether a `range` is written where the expected value stands."""
        return isinstance(self.expected, ast.Call) and assertions.called(self.expected) == "range"


class Function:
    """A test function, with what its names stand for."""

    def __init__(self, name, node, module, tree):
        self.name = name
        self.node = node
        self.tables = tables.Tables(node, tree)
        self.names = live.Names(node, module, self.tables.parameters)


def claims_of(tree, tests, wanted):
    """All claims of the tests ({ name: function }) that are about the code under test, in file order."""
    module = live.Module(tree, wanted)
    found = []
    for name, node in tests.items():
        function = Function(name, node, module, tree)
        found += _in_block(node.body, function, is_body=True)
    found.sort(key=lambda claim: (claim.statement.lineno, claim.statement.col_offset, _column(claim)))
    for number, claim in enumerate(found):
        claim.number = number
    return found


def _column(claim):
    return (claim.condition.lineno, claim.condition.col_offset) if claim.condition is not None else (0, 0)


def _in_block(body, function, is_body=False, around=()):
    has_claims = False
    for place, statement in reversed(list(enumerate(body))):
        own = list(_of_statement(statement, function, ((statement, body), *around)))
        if (
            not own
            and is_body
            and has_claims
            and _is_plain(statement)
            and function.names.score(statement.value) >= live.LIVE
        ):
            own = [Claim("runs", function.name, function, statement, actual=statement.value)]
        has_claims = has_claims or bool(own)
        for claim in own:
            if claim.statement is statement:
                claim.following = body[place + 1 :]
                claim.dependents = [part for part in claim.following if _uses_caught(part, claim)]
                claim.going = removal.going(statement, body, around, function.node)
        yield from own


def _is_plain(statement):
    return isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Expr)) and statement.value is not None


def _of_statement(statement, function, around):
    if isinstance(statement, ast.Assert):
        yield from _of_condition(statement, function)
    elif isinstance(statement, (ast.With, ast.AsyncWith)) and _raises(statement) is not None:
        if any(function.names.score(part) >= live.TOUCHED for part in statement.body):
            last = statement.body[-1]
            actual = last.value if isinstance(last, (ast.Expr, ast.Assign)) else None
            yield Claim("raises", function.name, function, statement, actual=actual, expected=_raises(statement))
    elif not isinstance(statement, ast.ClassDef):
        for block in ("body", "orelse", "finalbody"):
            inner = getattr(statement, block, None)
            if isinstance(inner, list):
                yield from _in_block(
                    inner,
                    function,
                    isinstance(statement, (ast.With, ast.AsyncWith, ast.FunctionDef, ast.AsyncFunctionDef)),
                    around,
                )
        for handler in getattr(statement, "handlers", ()):
            yield from _in_block(handler.body, function, False, around)


def _is_text_over_lines(node):
    return isinstance(node, (ast.Constant, ast.JoinedStr)) and node.lineno != node.end_lineno


def _uses_caught(statement, claim):
    name = claim.statement.items[0].optional_vars if claim.kind == "raises" else None
    return isinstance(name, ast.Name) and any(
        isinstance(part, ast.Name) and part.id == name.id for part in ast.walk(statement)
    )


def _raises(statement):
    """The call of `pytest.raises` that a block is under, where there is nothing else."""
    if len(statement.items) != 1:
        return None
    call = statement.items[0].context_expr
    return call if isinstance(call, ast.Call) and assertions.called(call) == "raises" and call.args else None


def _of_condition(statement, function):
    parts = _conjuncts(statement.test)
    claims = [claim for part in parts if (claim := _of_part(part, statement, function)) is not None]
    for claim in claims:
        claim.is_alone = len(parts) == 1
    return claims


def _conjuncts(test):
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return [part for value in test.values for part in _conjuncts(value)]
    return [test]


def _of_part(test, statement, function):
    score = function.names.score
    if score(test) < live.TOUCHED:
        return None

    def claim(kind, actual, expected=None):
        return Claim(kind, function.name, function, statement, test, actual, expected)

    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        left, right, way = test.left, test.comparators[0], test.ops[0]
        actual, expected = (left, right) if score(left) >= score(right) else (right, left)
        if isinstance(way, (ast.Eq, ast.Is)):
            return claim("equal", actual, expected)
        if isinstance(way, (ast.Lt, ast.LtE)) and actual is left and (pair := _difference(left)) is not None:
            return claim("near", *_ordered(pair, score))
        return claim("value", actual, expected)
    if isinstance(test, ast.Compare):
        operands = [test.left, *test.comparators]
        return claim("value", max(operands, key=score))
    if isinstance(test, ast.Call) and len(test.args) >= 2 and assertions.called(test) in ("isclose", "allclose"):
        return claim("near", *_ordered(test.args[:2], score))
    if isinstance(test, ast.Call) and test.args and assertions.called(test) in ("isinstance", "hasattr", "callable"):
        return claim("value", test.args[0]) if score(test.args[0]) >= live.TOUCHED else None
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return claim("value", test.operand)
    return claim("value", test)


def _difference(node):
    """The two sides of `abs(a - b)`."""
    if isinstance(node, ast.Call) and assertions.called(node) == "abs" and len(node.args) == 1:
        inner = node.args[0]
        if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Sub):
            return inner.left, inner.right
    return None


def _ordered(pair, score):
    one, other = pair
    return (one, other) if score(one) >= score(other) else (other, one)
