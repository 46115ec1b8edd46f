"""What a claim asks and what it expects, in the words of the list of disagreements."""

import ast

from .expected import within_approx

_LONGEST_SHOWN = 300


class Wording:
    """Of the claims of a file with this text (a Source), whose expectations (Expected) stand there or in tables."""

    def __init__(self, source, expected):
        self._source = source
        self._expected = expected

    def described(self, claim, places):
        """{ asked, expected }, as the list of disagreements shows them."""
        if claim.kind == "raises":
            body = "; ".join(self._source.one_line(part) for part in claim.statement.body)
            return {
                "asked": shown(body),
                "expected": shown(f"raises {self._source.one_line(claim.expected.args[0])}"),
            }
        asked = shown(self._seen_through(claim.actual, claim, places))
        if claim.kind == "runs":
            return {"asked": asked, "expected": "no exception"}
        if claim.kind in ("equal", "near"):
            expected = self._expected.node(claim, places)
            return {"asked": asked, "expected": shown(self._source.one_line(within_approx(expected) or expected))}
        return {"asked": asked, "expected": shown(_said_of(claim, self._source))}

    def _seen_through(self, node, claim, places):
        """The text of an expression, with what its names stand for where that is written out."""
        base, text = self._source.start(node), self._source.text(node).encode()
        names = [part for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)]
        for part in sorted(names, key=self._source.start, reverse=True):
            value = claim.function.tables.value_of(part.id, places)
            if (
                value is None
                or not hasattr(value, "lineno")
                or any(isinstance(inner, ast.Name) and inner.id == part.id for inner in ast.walk(value))
            ):
                continue
            written = (
                self._source.text(value)
                if part is node or not isinstance(value, _TO_BRACKET)
                else f"({self._source.text(value)})"
            )
            text = text[: self._source.start(part) - base] + written.encode() + text[self._source.end(part) - base :]
        return text.decode() if len(text) <= _LONGEST_SHOWN else self._source.one_line(node)


def shown(text):
    """A text on one line, as a list of disagreements shows it: its beginning, where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


_TO_BRACKET = (ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Lambda, ast.UnaryOp, ast.Await, ast.NamedExpr)


def _said_of(claim, source):
    """What a condition says of the actual value."""
    condition = claim.condition
    if condition is claim.actual:
        return "something true"
    if isinstance(condition, ast.UnaryOp):
        return "something false"
    if isinstance(condition, ast.Compare) and len(condition.ops) == 1 and claim.expected is not None:
        way = _WAYS[type(condition.ops[0])]
        if claim.actual is condition.comparators[0] and way in ("in", "not in"):
            return f"{'to hold' if way == 'in' else 'not to hold'} {source.one_line(claim.expected)}"
        return f"{way} {source.one_line(claim.expected)}"
    return source.one_line(condition)


_WAYS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
