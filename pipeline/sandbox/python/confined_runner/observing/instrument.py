"""Rewrites a test file so that it goes on where an expectation is wrong, and tells an observer what was there."""

import ast
import builtins

NAME = "__observed__"
_ACTUAL, _HELD, _ERROR = "__observed_actual__", "__observed_held__", "__observed_error__"


def instrumented(tree, claims, functions):
    """The tree, changed in place: nodes that claims hold keep their positions."""
    by_statement = {}
    for claim in claims:
        by_statement.setdefault(id(claim.statement), []).append(claim)
    loops = {id_: loop for function in functions for id_, loop in function.tables.loops.items()}
    _Rewriter(by_statement, loops).visit(tree)
    return ast.fix_missing_locations(tree)


def hand_over(observer):
    setattr(builtins, NAME, observer)


class _Rewriter(ast.NodeTransformer):
    def __init__(self, by_statement, loops):
        self._by_statement = by_statement
        self._loops = loops

    def visit(self, node):
        loop = self._loops.get(id(node))
        node = self._statement(node)
        if loop is not None:
            node.iter = _call("loop", ast.Constant(loop.number), node.iter)
        return node

    def _statement(self, node):
        claims = self._by_statement.get(id(node))
        if claims is None:
            return self.generic_visit(node)
        if isinstance(node, ast.Assert):
            return [part for claim in claims for part in _looked_at(claim)]
        (claim,) = claims
        if claim.kind == "raises":
            self.generic_visit(node)
            node.items[0].context_expr = _call("raises", ast.Constant(claim.number), claim.expected)
            last = node.body[-1]
            if isinstance(last, (ast.Expr, ast.Assign)):
                last.value = _call("value", ast.Constant(claim.number), last.value)
            return node
        return _got_through(claim, node)


def _looked_at(claim):
    """
    try: actual = ACTUAL
    except Exception as error: (tell; go on where that can be written down)
    else: (tell whether CONDITION holds of it)
    """
    condition = claim.condition
    stand_in = ast.Name(_ACTUAL, ast.Load())
    condition = stand_in if condition is claim.actual else _Replaced(claim.actual, stand_in).visit(condition)
    for place, display in enumerate(claim.handed.displays):
        _Replaced(display, _call("hand", ast.Constant(claim.number), ast.Constant(place), display)).visit(claim.actual)
    actual = _call("read", ast.Constant(claim.number), claim.actual)
    names = ast.Call(ast.Name("locals", ast.Load()), [], [])
    before = [ast.Expr(_call("before", ast.Constant(claim.number), names))] if claim.handed else []
    held = ast.Try(
        body=[ast.Assign([ast.Name(_HELD, ast.Store())], ast.Call(ast.Name("bool", ast.Load()), [condition], []))],
        handlers=[
            ast.ExceptHandler(
                ast.Name("Exception", ast.Load()),
                None,
                [ast.Assign([ast.Name(_HELD, ast.Store())], ast.Constant(False))],
            )
        ],
        orelse=[],
        finalbody=[],
    )
    seen = ast.Expr(
        _call("seen", ast.Constant(claim.number), ast.Name(_ACTUAL, ast.Load()), ast.Name(_HELD, ast.Load()), names)
    )
    yield ast.Try(
        body=[*before, ast.Assign([ast.Name(_ACTUAL, ast.Store())], actual)],
        handlers=[_told(claim)],
        orelse=[held, seen],
        finalbody=[],
    )


def _got_through(claim, statement):
    return ast.Try(body=[statement], handlers=[_told(claim)], orelse=[], finalbody=[])


def _told(claim):
    """except Exception as error: if not observer.raised(...): raise"""
    told = _call("raised", ast.Constant(claim.number), ast.Name(_ERROR, ast.Load()))
    check = ast.If(ast.UnaryOp(ast.Not(), told), [ast.Raise()], [])
    return ast.ExceptHandler(ast.Name("Exception", ast.Load()), _ERROR, [check])


def _call(method, *arguments):
    return ast.Call(ast.Attribute(ast.Name(NAME, ast.Load()), method, ast.Load()), list(arguments), [])


class _Replaced(ast.NodeTransformer):
    def __init__(self, old, new):
        self._old = old
        self._new = new

    def visit(self, node):
        return self._new if node is self._old else super().visit(node)
