"""Changes of statements, and of what they hold. Each function yields those of the node at a site."""

import ast

from .nodes import changed, is_none, is_text_or_list
from .opposites import ARITHMETIC, COMPARISONS


def result(site):
    value = site.node.value
    if value is not None and not is_none(value):
        yield site.below("value").replaced("return", ast.Constant(None))


def condition(site):
    test = site.node.test
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in COMPARISONS:
        return  # a comparison has its own opposite
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) or isinstance(test, ast.Constant):
        return
    yield site.below("test").replaced("condition", ast.UnaryOp(ast.Not(), test))


def raised(site):
    yield site.replaced("exception", ast.Pass())
    what = site.node.exc
    kind = what.func if isinstance(what, ast.Call) else what
    if isinstance(kind, ast.Name) and kind.id[:1].isupper():
        other = ast.Name("RuntimeError" if kind.id != "RuntimeError" else "ValueError", ast.Load())
        place = site.below("exc").below("func") if isinstance(what, ast.Call) else site.below("exc")
        yield place.replaced("exception", other)


def asserted(site):
    yield site.replaced("exception", ast.Pass())


def handler(site):
    body = site.node.body
    if not (len(body) == 1 and isinstance(body[0], ast.Raise)):
        yield site.with_only("exception", "body", ast.Raise())


def final(site):
    body = site.node.finalbody
    if body and not all(isinstance(part, ast.Pass) for part in body):
        yield site.with_only("statement", "finalbody", ast.Pass())


def call_statement(site):
    if isinstance(site.node.value, (ast.Call, ast.Await)):
        yield site.replaced("statement", ast.Pass())


def assignment(site):
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


def augmented(site):
    node = site.node
    yield site.replaced("statement", ast.Pass())
    if is_text_or_list(node.value):
        return
    if other := ARITHMETIC.get(type(node.op)):
        yield site.replaced("augmented", changed(node, op=other()))
    if isinstance(node.target, ast.Name):
        yield site.replaced("augmented", ast.Assign([changed(node.target, ctx=ast.Store())], node.value))


def loop(site):
    node = site.node
    yield site.below("iter").replaced("loop", ast.Tuple([], ast.Load()))
    before, last = [node, *node.body][-2:]
    begins_a_line = last.lineno > (before.lineno if before is node else before.end_lineno) and not getattr(
        last, "decorator_list", ()
    )
    if begins_a_line and not isinstance(last, (ast.Break, ast.Return, ast.Raise)):
        yield site.with_one_more("loop", "body", ast.Break())


def while_loop(site):
    if not isinstance(site.node.test, ast.Constant):
        yield site.below("test").replaced("loop", ast.Constant(False))


def jump(site):
    yield site.replaced("loop", ast.Continue() if isinstance(site.node, ast.Break) else ast.Break())
