"""Tells, from its text alone, that a test proves nothing or tampers with what judges it."""

import ast
import json
import os
import resource
import warnings

from . import assertions, client_requests, hollow, tampering, targets
from .shown import one_line

_CPU_SECONDS, _MEMORY = 10, 1 << 30


def check_apart(request):
    """The answer of `check`, from a process of its own: text can be written that takes the parser down."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        with os.fdopen(writing, "w") as file:
            json.dump(check(request["code"], request["target"], request["source"]), file)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        text = file.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else {**_NOTHING, "syntax": "too deeply nested to be parsed"}


_NOTHING = {"syntax": None, "file": None, "tests": {}, "imports": [], "hollow": {}}


def check(code, target, source):
    """
    { syntax: what is wrong or null, file: why the whole file is a cheat or null,
      tests: { name: why it is one, or null }, imports: modules that the file loads,
      hollow: { name: why the test proves nothing of the source }, where no target is given }.
    `target` is { module, qualifiedName }, with a route for a handler, or None where a test that calls and asserts
    nothing counts too; `source` are the top-level names under which the source is imported.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
            compile(tree, "test", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        where = f" (line {error.lineno})" if isinstance(error, SyntaxError) and error.lineno else ""
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        return {**_NOTHING, "syntax": one_line(f"{type(error).__name__}: {message}{where}", [])}
    except (RecursionError, MemoryError):
        return {**_NOTHING, "syntax": "too deeply nested to be parsed"}
    file = _TestFile(tree)
    return {
        "syntax": None,
        "file": file.cheat(target),
        "tests": {name: file.cheat_of(test, target) for name, test in file.tests.items()},
        "imports": sorted(file.imports),
        "hollow": hollow.notes(code, tree, file.tests, source) if target is None else {},
    }


class _TestFile:
    def __init__(self, tree):
        self._functions = {
            node.name: node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        }
        self.tests = dict(tests_of(tree))
        self.imports = set(_imports(tree))
        tests = set(map(id, self.tests.values()))
        self._outside = [node for node in _top(tree) if id(node) not in tests]
        self._aliases = tampering.aliases(tree)
        self._tree = tree

    def cheat(self, target):
        """Why no test of the file counts."""
        for node in self._outside:
            if reason := tampering.reason(node, self._aliases):
                return reason
        for test in self.tests.values():
            # Decorators and defaults run whether or not the test does.
            for node in (
                *test.decorator_list,
                *test.args.defaults,
                *(value for value in test.args.kw_defaults if value),
            ):
                if reason := tampering.reason(node, self._aliases):
                    return reason
        if target is not None:
            wanted = self._wanted(target)
            if any(wanted.is_redefined_in(node) for node in self._outside):
                return f"redefines {wanted.shown}"
        return None

    def cheat_of(self, test, target):
        """Why this test does not count."""
        if reason := tampering.reason(test, self._aliases):
            return reason
        if target is None:
            return None
        used = self._used(test)
        wanted = self._wanted(target)
        if wanted.is_redefined_in(test):
            return f"redefines {wanted.shown}"
        if not any(wanted.is_called_in(node) for node in used):
            return f"never calls {wanted.shown}"
        if any(assertions.asserts(node) for node in used):
            return None
        asserts = [node for part in used for node in ast.walk(part) if isinstance(node, ast.Assert)]
        if any(map(assertions.is_assertion, asserts)):
            return "catches the failure of its own assertion"
        return "asserts nothing but constants" if asserts else "has no assertion"

    def _wanted(self, target):
        return wanted_of(target, self._tree)

    def _used(self, test):
        """The test and the functions and fixtures of the file that it reaches by name."""
        found, waiting = {}, [test]
        while waiting:
            function = waiting.pop()
            if id(function) in found:
                continue
            found[id(function)] = function
            names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
            names |= {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
            names |= {argument.arg for argument in function.args.args}
            waiting += [self._functions[name] for name in names if name in self._functions]
        return list(found.values())


def wanted_of(target, tree):
    """The target as the file names it, or sends requests to it."""
    return (client_requests.RouteTarget if target.get("route") else targets.Target)(target, tree)


def tests_of(tree):
    """(name, function) of each test, as pytest names it below the file."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test"):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)) and method.name.startswith("test"):
                    yield f"{node.name}::{method.name}", method


def _top(tree):
    """Statements of the module, those of classes taken one by one."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from (*node.decorator_list, *node.bases, *node.body)
        else:
            yield node


def _imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
