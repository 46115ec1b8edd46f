"""What a programmer may write by mistake in the place of an operator or of a function."""

import ast

COMPARISONS = {
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
ARITHMETIC = {
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
OPPOSITES = {
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
UNWRAPPED = {"abs", "sorted", "reversed", "list", "tuple", "set", "int", "float", "round"}
# Called on a value, they answer something like it.
UNCHANGED = {"strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold", "swapcase", "copy"}
WITH_DEFAULTS = {"round", "range", "next", "getattr", "sum", "int", "enumerate", "zip", "pow", "min", "max"}
