"""Tells, from the text of a test file, which tests prove nothing of a source. Says so only where it is certain."""

import ast
import builtins
import re
import symtable
import sys

from . import assertions

_FIXTURES = {
    "cache",
    "capfd",
    "capfdbinary",
    "caplog",
    "capsys",
    "capsysbinary",
    "doctest_namespace",
    "monkeypatch",
    "record_property",
    "record_testsuite_property",
    "record_xml_attribute",
    "recwarn",
    "request",
    "tmp_path",
    "tmp_path_factory",
    "tmpdir",
    "tmpdir_factory",
}
# By these a test reaches what its text does not name.
_INDIRECT = {
    "importlib",
    "runpy",
    "subprocess",
    "os",
    "multiprocessing",
    "pkgutil",
    "pydoc",
    "ctypes",
    "code",
    "doctest",
}
_INDIRECT_CALLS = {"exec", "eval", "compile", "__import__", "globals", "vars"}
_SET_UP = {"setup_module", "setup_function", "setUpModule", "setup", "teardown_module", "tearDownModule"}
# What may well assert, by its name.
_MAY_ASSERT = re.compile(
    r"assert|check|verif|expect|should|raises|warns|compare|valid|match|approv|snapshot|fail|ensure", re.IGNORECASE
)


class Uncertain(Exception):
    """Something is used that this text says nothing of."""


def notes(code, tree, tests, source):
    """
    { name of a test: why it proves nothing }, of those for which that is certain. `source` are the top-level names that
    the source imports as.
    """
    if not source:
        return {}
    file = _File(code, tree, source)
    found = {}
    for name, test in tests.items():
        try:
            note = file.note(test)
        except (Uncertain, RecursionError):
            continue
        if note is not None:
            found[name] = note
    return found


class _File:
    def __init__(self, code, tree, source):
        self._source = set(source)
        self._mentions = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(source))) + r")(?!\w)")
        self._tree = tree
        self._tables = dict(_tables(symtable.symtable(code, "test", "exec")))
        self._classes = {
            id(method): node for node in tree.body if isinstance(node, ast.ClassDef) for method in node.body
        }
        self._binders = _binders(tree)
        self._always = [node for node in tree.body if _is_set_up(node)]
        self._loose = [node for node in tree.body if not isinstance(node, _DEFINITIONS + (ast.Import, ast.ImportFrom))]

    def note(self, test):
        reached = self._reached(test)
        uses_source, others = self._imports(reached)
        functions = [
            node for node in reached if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        ]
        if others:
            raise Uncertain
        if not uses_source:
            defined = {
                part.name for node in (*functions, test) for part in ast.walk(node) if isinstance(part, _DEFINITIONS)
            }
            own = sorted(name for name in defined if _is_called(name, test, functions))
            return (
                f"calls nothing of the source, only what the file itself defines: {', '.join(own)}"
                if own
                else "calls nothing of the source"
            )
        return self._weakness(functions)

    def _weakness(self, functions):
        nodes = [part for node in functions for part in ast.walk(node)]
        if any(isinstance(node, ast.Raise) for node in nodes):
            return None
        asserted = [node for node in nodes if isinstance(node, ast.Assert)]
        asserting = [
            node for node in nodes if isinstance(node, ast.Call) and _MAY_ASSERT.search(assertions.called(node))
        ]
        if any(not assertions.is_constant_call(call) for call in asserting):
            return None
        if any(map(assertions.is_assertion, asserted)):
            reaching = any(assertions.asserts(node) for node in functions)
            return None if reaching else "catches the failure of its own assertion"
        return (
            "asserts nothing that could be false"
            if asserted or asserting
            else "asserts nothing: only an exception would make it fail"
        )

    def _reached(self, test):
        """The test, and every statement of the file that it may use, by the names in them."""
        found, names = {}, set()
        waiting = [test, *self._always, *_around(self._classes.get(id(test)))]
        while waiting:
            node = waiting.pop()
            if id(node) in found:
                continue
            found[id(node)] = node
            for name in self._names(node) - names:
                names.add(name)
                waiting += self._stands_for(name)
                waiting += [statement for statement in self._loose if name in _all_names(statement)]
        self._used = names
        return list(found.values())

    def _names(self, node):
        """Names that it takes from the file or from fixtures."""
        if not isinstance(node, _DEFINITIONS):
            return _all_names(node)
        around = [*node.decorator_list, *getattr(node, "bases", ())]
        names = {part.id for outer in around for part in ast.walk(outer) if isinstance(part, ast.Name)}
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                names |= self._names(part) if isinstance(part, _DEFINITIONS) else _all_names(part)
            return names
        arguments = node.args
        names |= {
            part.id
            for default in (*arguments.defaults, *arguments.kw_defaults)
            if default
            for part in ast.walk(default)
            if isinstance(part, ast.Name)
        }
        table = self._tables.get((node.name, node.lineno))
        if table is None:
            raise Uncertain
        names |= set(_globals(table))
        if node.name.startswith("test") or _is_fixture(node):
            names |= self._fixtures(node)
        return names

    def _fixtures(self, node):
        wanted = {argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)} - {
            "self",
            "cls",
        }
        parametrized = any("parametrize" in ast.dump(decorator) for decorator in node.decorator_list)
        unknown = {name for name in wanted if name not in self._binders and name not in _FIXTURES}
        if unknown and not parametrized:
            raise Uncertain
        return wanted & set(self._binders)

    def _stands_for(self, name):
        if name not in self._binders:
            if not hasattr(builtins, name) and any(_is_wildcard(node) for node in ast.walk(self._tree)):
                raise Uncertain
            return []
        return self._binders[name]

    def _imports(self, reached):
        """
        (whether something of the source is used, whether something is used that is neither its nor Python's or
        pytest's)
        """
        modules = set()
        for node in reached:
            for part in ast.walk(node):
                if isinstance(part, ast.Import):
                    modules |= {
                        alias.name
                        for alias in part.names
                        if node is not part or (alias.asname or alias.name.partition(".")[0]) in self._used
                    }
                elif isinstance(part, ast.ImportFrom):
                    if part.level > 0:
                        raise Uncertain
                    modules.add(part.module or "")
                elif (
                    isinstance(part, ast.Constant) and isinstance(part.value, str) and self._mentions.search(part.value)
                ):
                    # A docstring, too: that is no reason to say anything.
                    modules |= self._source
                elif isinstance(part, ast.Name) and part.id in _INDIRECT_CALLS:
                    raise Uncertain
        tops = {module.partition(".")[0] for module in modules}
        if tops & _INDIRECT:
            raise Uncertain
        known = self._source | set(sys.stdlib_module_names) | {"pytest"}
        return bool(tops & self._source), bool(tops - known)


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _tables(table):
    for child in table.get_children():
        yield (child.get_name(), child.get_lineno()), child
        yield from _tables(child)


def _globals(table):
    for symbol in table.get_symbols():
        if symbol.is_global() and (symbol.is_referenced() or symbol.is_assigned()):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _globals(child)


def _binders(tree):
    """Names of the module to the statements that bind them; a definition takes the place of all before it."""
    found = {}
    for statement in tree.body:
        if isinstance(statement, _DEFINITIONS):
            found[statement.name] = [statement]
            continue
        for name in _bound(statement):
            found.setdefault(name, []).append(statement)
    return found


def _bound(statement):
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, _DEFINITIONS):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)


def _all_names(node):
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _is_wildcard(node):
    return isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)


def _around(group):
    """What a test shares with its class: bases, set-up, helpers."""
    if group is None:
        return []
    is_test = lambda part: isinstance(part, _DEFINITIONS) and part.name.startswith("test")
    return [*group.decorator_list, *group.bases, *(part for part in group.body if not is_test(part))]


def _is_fixture(node):
    return any("fixture" in ast.dump(decorator) for decorator in node.decorator_list)


def _is_set_up(node):
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    return node.name in _SET_UP or any("autouse" in ast.dump(decorator) for decorator in node.decorator_list)


def _is_called(name, test, functions):
    if name.lower().startswith("test"):
        return False
    calls = (part for node in (test, *functions) for part in ast.walk(node) if isinstance(part, ast.Call))
    return any(isinstance(call.func, ast.Name) and call.func.id == name for call in calls)
