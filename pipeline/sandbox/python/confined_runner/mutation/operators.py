"""The ways in which a mutant differs from its target: small mistakes that a programmer makes.

Own operators: cosmic-ray's rewrite text through parso and need its database and git, mutmut's need libcst and a copy of
the source on disk, mutatest's are of Python 3.7. Here a change has to be compiled in a process that holds the module.
"""

import ast
import copy

from .sites import Site


def changes(site: Site):
    """All changes of the node at this site, none of those below it."""
    for kind in type(site.node).__mro__:
        for operator in _OPERATORS.get(kind, ()):
            yield from operator(site)


def _comparison(site):
    node = site.node
    for index, way in enumerate(node.ops):
        for name, other in _COMPARISONS.get(type(way), ()):
            ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            yield site.replaced(name, _with(node, ops=ops))


def _arithmetic(site):
    node = site.node
    if _is_text_or_list(node.left) or _is_text_or_list(node.right):
        return  # another operator than theirs is a TypeError, which any call notices
    if other := _ARITHMETIC.get(type(node.op)):
        yield site.replaced("arithmetic", _with(node, op=other()))


def _unary(site):
    node = site.node
    if isinstance(node.op, (ast.USub, ast.Invert)) and not isinstance(node.operand, ast.Constant):
        yield site.replaced("arithmetic", node.operand)
    elif isinstance(node.op, ast.Not):
        yield site.replaced("boolean", node.operand)


def _boolean(site):
    node = site.node
    yield site.replaced("boolean", _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And()))


def _constant(site):
    value = site.node.value
    operator = "index" if site.is_index else "constant"
    if isinstance(value, bool):
        yield site.replaced(operator, ast.Constant(not value))
    elif isinstance(value, int):
        yield site.replaced(operator, ast.Constant(value + 1))
        yield site.replaced(operator, _number(value - 1))
    elif isinstance(value, (float, complex)):
        yield site.replaced(operator, ast.Constant(value + 1))
    elif isinstance(value, (str, bytes)) and not site.is_message:
        other = type(value)() if value else ("mutant" if isinstance(value, str) else b"mutant")
        yield site.replaced(operator, ast.Constant(other))
    elif value is None and not site.is_returned and not site.is_compared:
        yield site.replaced(operator, ast.Constant(0))


def _text_with_values(site):
    if not site.is_message:
        yield site.replaced("constant", ast.Constant(""))


def _result(site):
    value = site.node.value
    if value is not None and not _is_none(value):
        yield site.below("value").replaced("return", ast.Constant(None))


def _lambda_result(site):
    if not _is_none(site.node.body):
        yield site.below("body").replaced("return", ast.Constant(None))


def _condition(site):
    test = site.node.test
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in _COMPARISONS:
        return  # a comparison has its own opposite
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) or isinstance(test, ast.Constant):
        return
    yield site.below("test").replaced("condition", ast.UnaryOp(ast.Not(), test))


def _filter(site):
    for index, test in enumerate(site.node.ifs):
        yield site.below("ifs", index).replaced("condition", ast.Constant(True))


def _raise(site):
    yield site.replaced("exception", ast.Pass())
    raised = site.node.exc
    kind = raised.func if isinstance(raised, ast.Call) else raised
    if isinstance(kind, ast.Name) and kind.id[:1].isupper():
        other = ast.Name("RuntimeError" if kind.id != "RuntimeError" else "ValueError", ast.Load())
        place = site.below("exc").below("func") if isinstance(raised, ast.Call) else site.below("exc")
        yield place.replaced("exception", other)


def _assert(site):
    yield site.replaced("exception", ast.Pass())


def _handler(site):
    body = site.node.body
    if not (len(body) == 1 and isinstance(body[0], ast.Raise)):
        yield site.with_only("exception", "body", ast.Raise())


def _finally(site):
    body = site.node.finalbody
    if body and not all(isinstance(part, ast.Pass) for part in body):
        yield site.with_only("statement", "finalbody", ast.Pass())


def _call_statement(site):
    if isinstance(site.node.value, (ast.Call, ast.Await)):
        yield site.replaced("statement", ast.Pass())


def _assignment(site):
    # Without its only binding a name is an error that any call notices: what is left out must have been set before.
    targets = site.node.targets if isinstance(site.node, (ast.Assign, ast.Delete)) else [site.node.target]
    if (
        all(isinstance(target, (ast.Attribute, ast.Subscript)) for target in targets)
        and getattr(site.node, "value", targets) is not None
    ):
        yield site.replaced("statement", ast.Pass())
    elif isinstance(site.node, ast.Assign) and all(
        isinstance(target, ast.Name) and target.id in site.bound for target in targets
    ):
        yield site.replaced("statement", ast.Pass())


def _augmented(site):
    node = site.node
    yield site.replaced("statement", ast.Pass())
    if _is_text_or_list(node.value):
        return
    if other := _ARITHMETIC.get(type(node.op)):
        yield site.replaced("augmented", _with(node, op=other()))
    if isinstance(node.target, ast.Name):
        yield site.replaced("augmented", ast.Assign([_with(node.target, ctx=ast.Store())], node.value))


def _loop(site):
    node = site.node
    yield site.below("iter").replaced("loop", ast.Tuple([], ast.Load()))
    before, last = [node, *node.body][-2:]
    begins_a_line = last.lineno > (before.lineno if before is node else before.end_lineno) and not getattr(
        last, "decorator_list", ()
    )
    if begins_a_line and not isinstance(last, (ast.Break, ast.Return, ast.Raise)):
        yield site.with_one_more("loop", "body", ast.Break())


def _while(site):
    if not isinstance(site.node.test, ast.Constant):
        yield site.below("test").replaced("loop", ast.Constant(False))


def _jump(site):
    yield site.replaced("loop", ast.Continue() if isinstance(site.node, ast.Break) else ast.Break())


def _slice(site):
    node = site.node
    for bound in ("lower", "upper", "step"):
        if getattr(node, bound) is not None and any(
            getattr(node, other) is not None for other in ("lower", "upper", "step") if other != bound
        ):
            yield site.replaced("index", _with(node, **{bound: None}))


def _call(site):
    node, name = site.node, _called(site.node)
    if other := _OPPOSITES.get(name):
        yield site.below("func").replaced("call", _renamed(node.func, other))
    if (
        name in _UNWRAPPED
        and len(node.args) == 1
        and isinstance(node.func, ast.Name)
        and not isinstance(node.args[0], ast.Starred)
    ):
        yield site.replaced("call", node.args[0])
    if name in _UNCHANGED and isinstance(node.func, ast.Attribute):
        yield site.replaced("call", node.func.value)
    for index, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            yield site.replaced("argument", _with(node, keywords=[*node.keywords[:index], *node.keywords[index + 1 :]]))
    can_spare = isinstance(node.func, ast.Attribute) or name in _WITH_DEFAULTS
    if can_spare and len(node.args) > 1 and not any(isinstance(argument, ast.Starred) for argument in node.args):
        yield site.replaced("argument", _with(node, args=node.args[:-1]))


_OPERATORS = {
    ast.Compare: [_comparison],
    ast.BinOp: [_arithmetic],
    ast.UnaryOp: [_unary],
    ast.BoolOp: [_boolean],
    ast.Constant: [_constant],
    ast.JoinedStr: [_text_with_values],
    ast.Return: [_result],
    ast.Yield: [_result],
    ast.Lambda: [_lambda_result],
    ast.If: [_condition],
    ast.IfExp: [_condition],
    ast.While: [_condition, _while],
    ast.comprehension: [_filter],
    ast.Raise: [_raise],
    ast.Assert: [_assert],
    ast.ExceptHandler: [_handler],
    ast.Try: [_finally],
    ast.Expr: [_call_statement],
    ast.Assign: [_assignment],
    ast.AnnAssign: [_assignment],
    ast.Delete: [_assignment],
    ast.AugAssign: [_augmented],
    ast.For: [_loop],
    ast.Break: [_jump],
    ast.Continue: [_jump],
    ast.Slice: [_slice],
    ast.Call: [_call],
}

_COMPARISONS = {
    ast.Lt: [("boundary", ast.LtE), ("comparison", ast.GtE)],
    ast.LtE: [("boundary", ast.Lt), ("comparison", ast.Gt)],
    ast.Gt: [("boundary", ast.GtE), ("comparison", ast.LtE)],
    ast.GtE: [("boundary", ast.Gt), ("comparison", ast.Lt)],
    ast.Eq: [("comparison", ast.NotEq)],
    ast.NotEq: [("comparison", ast.Eq)],
    ast.Is: [("comparison", ast.IsNot)],
    ast.IsNot: [("comparison", ast.Is)],
    ast.In: [("comparison", ast.NotIn)],
    ast.NotIn: [("comparison", ast.In)],
}
_ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
_OPPOSITES = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "lower": "upper",
    "upper": "lower",
    "startswith": "endswith",
    "endswith": "startswith",
    "lstrip": "rstrip",
    "rstrip": "lstrip",
    "find": "rfind",
    "rfind": "find",
    "floor": "ceil",
    "ceil": "floor",
    "partition": "rpartition",
    "rpartition": "partition",
    "union": "intersection",
    "intersection": "union",
    "appendleft": "append",
    "popleft": "pop",
}
# Called with one argument, they answer something like it.
_UNWRAPPED = {"abs", "sorted", "reversed", "list", "tuple", "set", "int", "float", "round"}
# Called on a value, they answer something like it.
_UNCHANGED = {"strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold", "swapcase", "copy"}
_WITH_DEFAULTS = {"round", "range", "next", "getattr", "sum", "int", "enumerate", "zip", "pow", "min", "max"}


def _with(node, **fields):
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def _number(value):
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def _is_none(node):
    return isinstance(node, ast.Constant) and node.value is None


def _is_text_or_list(node):
    return (
        isinstance(node, (ast.List, ast.Tuple, ast.JoinedStr, ast.ListComp))
        or isinstance(node, ast.Constant)
        and isinstance(node.value, (str, bytes))
    )


def _called(call):
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _renamed(function, name):
    return _with(function, id=name) if isinstance(function, ast.Name) else _with(function, attr=name)
