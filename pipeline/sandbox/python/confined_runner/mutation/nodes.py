"""Nodes of a syntax tree: told apart, and made from others."""

import ast
import copy


def changed(node, **fields):
    """A copy of a node with other fields."""
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def number(value):
    """The literal of a whole number, as Python parses it."""
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def is_none(node):
    """Whether it is the literal None."""
    return isinstance(node, ast.Constant) and node.value is None


def is_text_or_list(node):
    """Whether it is written as a text, a list or a tuple."""
    return (
        isinstance(node, (ast.List, ast.Tuple, ast.JoinedStr, ast.ListComp))
        or isinstance(node, ast.Constant)
        and isinstance(node.value, (str, bytes))
    )


def called(call):
    """The last name of what is called; "" where it has none."""
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def renamed(function, name):
    """What is called, under another last name."""
    return changed(function, id=name) if isinstance(function, ast.Name) else changed(function, attr=name)
