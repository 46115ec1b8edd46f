"""What an assertion is that could fail."""

import ast


def asserts(function):
    return any(is_assertion(node) for node in _reached(function))


def _reached(node):
    """Nodes below, but for what stands in a `try` that swallows a failing assertion."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Try) and any(map(_swallows, child.handlers)):
            for part in (*child.handlers, *child.orelse, *child.finalbody):
                yield from _reached(part)
            continue
        yield child
        yield from _reached(child)


def _swallows(handler):
    """Whether a handler takes an assertion's failure and lets the test go on."""
    named = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)} if handler.type else None
    catches = named is None or bool(named & {"AssertionError", "Exception", "BaseException"})
    goes_on = not any(isinstance(node, (ast.Raise, ast.Assert)) or is_assertion(node) for node in ast.walk(handler))
    return catches and goes_on


def is_assertion(node):
    if isinstance(node, ast.Assert):
        return not _is_constant(node.test)
    if not isinstance(node, ast.Call):
        return False
    if is_constant_call(node):
        return False
    name = called(node)
    return name in ("raises", "warns", "deprecated_call", "fail") or name.lstrip("_").lower().startswith("assert")


_COMPARING = {
    f"assert{what}"
    for what in (
        "True",
        "False",
        "Equal",
        "NotEqual",
        "Is",
        "IsNot",
        "IsNone",
        "IsNotNone",
        "In",
        "NotIn",
        "IsInstance",
        "NotIsInstance",
        "AlmostEqual",
        "NotAlmostEqual",
        "Greater",
        "GreaterEqual",
        "Less",
        "LessEqual",
        "Regex",
        "NotRegex",
        "CountEqual",
        "MultiLineEqual",
        "SequenceEqual",
        "ListEqual",
        "TupleEqual",
        "SetEqual",
        "DictEqual",
    )
}


def is_constant_call(call):
    """unittest's own assertions about nothing but constants. A mock's may fail whatever they are given."""
    own = (
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in ("self", "cls")
    )
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return own and called(call) in _COMPARING and bool(given) and all(map(_is_constant, given))


def _is_constant(test):
    """Whether the value can be told without running anything: no name, no call but of a constant."""
    if isinstance(test, ast.Compare) and len(test.comparators) == 1:
        left, right = test.left, test.comparators[0]
        if isinstance(left, (ast.Name, ast.Constant)) and ast.dump(left) == ast.dump(right):
            return True
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        return any(isinstance(value, ast.Constant) and value.value for value in test.values) or all(
            map(_is_constant, test.values)
        )
    return not any(isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Await)) for node in ast.walk(test))


def called(call):
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""
