"""Changes of expressions. Each function yields those of the node at a site, none of those below it."""

import ast

from .nodes import called, changed, is_none, is_text_or_list, number, renamed
from .opposites import ARITHMETIC, COMPARISONS, OPPOSITES, UNCHANGED, UNWRAPPED, WITH_DEFAULTS


def comparison(site):
    node = site.node
    for index, way in enumerate(node.ops):
        for name, other in COMPARISONS.get(type(way), ()):
            ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            yield site.replaced(name, changed(node, ops=ops))


def arithmetic(site):
    node = site.node
    if is_text_or_list(node.left) or is_text_or_list(node.right):
        return  # another operator than theirs is a TypeError, which any call notices
    if other := ARITHMETIC.get(type(node.op)):
        yield site.replaced("arithmetic", changed(node, op=other()))


def unary(site):
    node = site.node
    if isinstance(node.op, (ast.USub, ast.Invert)) and not isinstance(node.operand, ast.Constant):
        yield site.replaced("arithmetic", node.operand)
    elif isinstance(node.op, ast.Not):
        yield site.replaced("boolean", node.operand)


def boolean(site):
    node = site.node
    yield site.replaced("boolean", changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And()))


def constant(site):
    value = site.node.value
    operator = "index" if site.is_index else "constant"
    if isinstance(value, bool):
        yield site.replaced(operator, ast.Constant(not value))
    elif isinstance(value, int):
        yield site.replaced(operator, ast.Constant(value + 1))
        yield site.replaced(operator, number(value - 1))
    elif isinstance(value, (float, complex)):
        yield site.replaced(operator, ast.Constant(value + 1))
    elif isinstance(value, (str, bytes)) and not site.is_message:
        other = type(value)() if value else ("mutant" if isinstance(value, str) else b"mutant")
        yield site.replaced(operator, ast.Constant(other))
    elif value is None and not site.is_returned and not site.is_compared:
        yield site.replaced(operator, ast.Constant(0))


def text_with_values(site):
    if not site.is_message:
        yield site.replaced("constant", ast.Constant(""))


def lambda_result(site):
    if not is_none(site.node.body):
        yield site.below("body").replaced("return", ast.Constant(None))


def filtered(site):
    for index, test in enumerate(site.node.ifs):
        yield site.below("ifs", index).replaced("condition", ast.Constant(True))


def sliced(site):
    node = site.node
    for bound in ("lower", "upper", "step"):
        if getattr(node, bound) is not None and any(
            getattr(node, other) is not None for other in ("lower", "upper", "step") if other != bound
        ):
            yield site.replaced("index", changed(node, **{bound: None}))


def call(site):
    node, name = site.node, called(site.node)
    if other := OPPOSITES.get(name):
        yield site.below("func").replaced("call", renamed(node.func, other))
    if (
        name in UNWRAPPED
        and len(node.args) == 1
        and isinstance(node.func, ast.Name)
        and not isinstance(node.args[0], ast.Starred)
    ):
        yield site.replaced("call", node.args[0])
    if name in UNCHANGED and isinstance(node.func, ast.Attribute):
        yield site.replaced("call", node.func.value)
    for index, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            yield site.replaced(
                "argument", changed(node, keywords=[*node.keywords[:index], *node.keywords[index + 1 :]])
            )
    can_spare = isinstance(node.func, ast.Attribute) or name in WITH_DEFAULTS
    if can_spare and len(node.args) > 1 and not any(isinstance(argument, ast.Starred) for argument in node.args):
        yield site.replaced("argument", changed(node, args=node.args[:-1]))
