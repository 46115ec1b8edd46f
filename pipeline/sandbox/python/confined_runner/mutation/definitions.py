"""Finds the functions that a target consists of in a module's text, and compiles each of them alone."""

import ast
import importlib.util
import sys
import types
from dataclasses import dataclass

from .sites import Text

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Definition:
    """A function, by the statements that it stands in: classes and functions, outermost first, itself last."""

    path: tuple
    """First line and last line of the target that it belongs to, counted from 1."""
    span: tuple

    @property
    def function(self):
        return self.path[-1]

    @property
    def is_inner(self):
        """
        Whether it stands in another function, which makes it anew, with its defaults, each time that it is called.
        """
        return any(isinstance(node, _FUNCTIONS) for node in self.path[:-1])


class Module:
    """A loaded module's text, as Python read it."""

    def __init__(self, name):
        self._file = sys.modules[name].__file__
        text = importlib.util.decode_source(sys.modules[name].__loader__.get_data(self._file))
        self.text = Text(text)
        self._tree = ast.parse(text)
        # A call of `module.function` compiles to other bytecode where the module's own text imports `module`.
        self._imports = sorted(_imports(self._tree), key=lambda node: getattr(node, "module", None) != "__future__")

    @property
    def file(self):
        return self._file

    def definitions(self, qualified_name):
        """Every function of this name, as a property has two; for a class, its methods. `<locals>` may be left out."""
        names = [name for name in qualified_name.split(".") if name != "<locals>"]
        found = []
        for path in _paths(self._tree.body, names, ()):
            span = (_first_line(path[-1]), path[-1].end_lineno)
            found += [Definition(inner, span) for inner in _functions(path)]
        return found

    def compiled(self, definition):
        """Code of the functions of its path and below it, each by its place in the order of their definition."""
        outermost = next(node for node in definition.path if isinstance(node, _FUNCTIONS))
        classes = definition.path[: definition.path.index(outermost)]
        body = outermost
        for node in reversed(classes):
            body = _only(node, body)
        tree = ast.Module(body=[*self._imports, body], type_ignores=[])
        code = compile(tree, self._file, "exec", dont_inherit=True)
        for node in classes:
            code = _named(code, node.name)
        return _named(code, outermost.name)


def all_code(code):
    """A code object and those inside it, outermost first."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from all_code(constant)


def _paths(body, names, above):
    for node in _statements(body):
        if node.name != names[0]:
            continue
        path = (*above, node)
        if len(names) == 1:
            yield path
        else:
            yield from _paths(node.body, names[1:], path)


def _statements(body):
    """Definitions of a block, those in `if`, `try`, `with` and loops included."""
    for node in body:
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            yield node
        else:
            for name in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, name, ()))
            for handler in getattr(node, "handlers", ()):
                yield from _statements(handler.body)


def _imports(node):
    """Import statements of a module outside its functions and classes."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child
        elif isinstance(child, (ast.stmt, ast.ExceptHandler)) and not isinstance(child, (*_FUNCTIONS, ast.ClassDef)):
            yield from _imports(child)


def _functions(path):
    if isinstance(path[-1], _FUNCTIONS):
        return [path]
    return [inner for node in _statements(path[-1].body) for inner in _functions((*path, node))]


def _first_line(node):
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _only(node, body):
    """A class of which nothing is left but one statement: names and scopes inside it stay as they were."""
    return ast.copy_location(
        ast.ClassDef(name=node.name, bases=[], keywords=[], body=[body], decorator_list=[], type_params=[]), node
    )


def _named(code, name):
    return next(
        constant for constant in code.co_consts if isinstance(constant, types.CodeType) and constant.co_name == name
    )
