"""Whether loading a test file calls nothing of the code under test: a mutant may be put in place after that, too."""

import ast


def is_quiet(code):
    """True only where that is certain, from the text of the file alone."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(map(_is_quiet, tree.body))


def _is_quiet(node):
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.Pass)):
        return True
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        arguments = node.args
        annotations = [argument.annotation for argument in ast.walk(arguments) if isinstance(argument, ast.arg)]
        computed = [*node.decorator_list, *arguments.defaults, *arguments.kw_defaults, *annotations, node.returns]
        return all(part is None or _is_plain(part) for part in computed)
    if isinstance(node, ast.ClassDef):
        # What a class inherits from may do something when it is made.
        return (
            not node.keywords
            and all(map(_is_plain, (*node.decorator_list, *node.bases)))
            and all(map(_is_quiet, node.body))
        )
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return (
        isinstance(node, ast.Assign)
        and _is_plain(node.value)
        and all(isinstance(target, ast.Name) for target in node.targets)
    )


_PLAIN = (
    ast.Constant,
    ast.Name,
    ast.Attribute,
    ast.List,
    ast.Tuple,
    ast.Set,
    ast.Dict,
    ast.keyword,
    ast.UnaryOp,
    ast.Lambda,
    ast.expr_context,
    ast.unaryop,
)


def _is_plain(node):
    """Constants, names, displays of them, and calls of pytest's own: marks, fixtures, parameters."""
    if isinstance(node, ast.Call):
        return _is_pytests(node.func) and all(
            map(_is_plain, (*node.args, *(keyword.value for keyword in node.keywords)))
        )
    if isinstance(node, ast.Lambda):
        return all(map(_is_plain, node.args.defaults))
    return isinstance(node, _PLAIN) and all(map(_is_plain, ast.iter_child_nodes(node)))


def _is_pytests(function):
    while isinstance(function, ast.Attribute):
        function = function.value
    return isinstance(function, ast.Name) and function.id == "pytest"
