"""Whether a test calls the target, and whether it puts something else in its place."""

import ast

# What takes a function and does not call it.
_ONLY_LOOKS = {
    "callable",
    "isinstance",
    "issubclass",
    "hasattr",
    "type",
    "id",
    "repr",
    "str",
    "print",
    "bool",
    "hash",
    "dir",
    "vars",
}
_PATCHERS = {"setattr", "setitem", "delattr", "delitem", "patch", "object", "multiple", "dict", "update"}
# Makes what answers to every call. What is handed to it is looked at, but for what it is said to pass calls on to.
_MOCKS = {
    "Mock",
    "MagicMock",
    "AsyncMock",
    "NonCallableMock",
    "NonCallableMagicMock",
    "PropertyMock",
    "create_autospec",
}
_PASSES_ON = {"wraps", "side_effect", "return_value"}


class Target:
    """{ module, qualifiedName } as the file `tree` names it."""

    def __init__(self, target, tree):
        self.shown = target["qualifiedName"]
        *owners, self._name = target["qualifiedName"].split(".")
        self._owner = owners[-1] if owners else None
        self._module = target["module"]
        self._is_special = self._name.startswith("__") and self._name.endswith("__")
        self._names = {self._name} if self._owner is None else set()
        self._owners = {self._owner} if self._owner else set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self._note_alias(alias.name, alias.asname)
            elif isinstance(node, ast.Assign) and self._stands_for_it(node.value):
                self._names |= {part.id for part in node.targets if isinstance(part, ast.Name)}
        self._fakes = _only_mocks(tree)

    def is_called_in(self, node):
        return any(self._is_use(part) for part in ast.walk(node))

    def is_redefined_in(self, node):
        return any(self._is_redefinition(part) for part in ast.walk(node))

    def _note_alias(self, name, alias):
        if alias is not None and name == self._name and self._owner is None:
            self._names.add(alias)
        if alias is not None and name == self._owner:
            self._owners.add(alias)

    def _is_use(self, node):
        if self._owner is not None:
            return self._is_use_of_method(node)
        if not isinstance(node, ast.Call):
            return self._is_decorator(node)
        if self._stands_for_it(node.func):
            return True
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        # Handed on: map(f, ...), pytest.raises(E, f, ...), parametrize("f", [f]).
        mock = called_name(node) in _MOCKS
        handed = [
            *([] if mock else node.args),
            *(keyword.value for keyword in node.keywords if not mock or keyword.arg in _PASSES_ON),
        ]
        return called not in _ONLY_LOOKS and any(
            self._stands_for_it(part) for value in handed for part in ast.walk(value)
        )

    def _is_use_of_method(self, node):
        if self._is_special:
            # Operators, len(), `in`, a constructor: any use of the class may call it, and objects come from anywhere.
            return isinstance(node, (ast.Call, ast.Compare, ast.BinOp, ast.UnaryOp, ast.Subscript, ast.For, ast.With))
        return (
            isinstance(node, ast.Attribute)
            and node.attr == self._name
            and isinstance(node.ctx, ast.Load)
            and not self._is_mock(node.value)
        )

    def _is_mock(self, node):
        return isinstance(node, ast.Name) and node.id in self._fakes or is_mock(node)

    def _is_decorator(self, node):
        decorators = getattr(node, "decorator_list", ())
        return any(self._stands_for_it(decorator) for decorator in decorators)

    def _stands_for_it(self, node):
        if isinstance(node, ast.Name):
            return node.id in self._names
        if isinstance(node, ast.Attribute):
            return self._owner is None and node.attr == self._name
        return False

    def _is_redefinition(self, node):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return node.name == (self._owner or self._name)
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            return node.id == (self._owner or self._name)
        if isinstance(node, ast.arg):
            return self._owner is None and node.arg == self._name
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, (ast.Store, ast.Del)):
            return node.attr == self._name and self._belongs(node.value) or node.attr == self._owner
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del)):
            # calc.__dict__["double"] = ..., vars(calc)["double"] = ...
            where = called_name(node.value) if isinstance(node.value, ast.Call) else getattr(node.value, "attr", "")
            return where in ("vars", "globals", "__dict__") and _text(node.slice) in (self._name, self._owner)
        if isinstance(node, ast.ImportFrom):
            other = (node.module or "").partition(".")[0] != self._module.partition(".")[0]
            return other and any((alias.asname or alias.name) == (self._owner or self._name) for alias in node.names)
        return isinstance(node, ast.Call) and self._is_patch(node)

    def _belongs(self, node):
        """For a function, a module; for a method, its class."""
        if self._owner is None:
            return isinstance(node, (ast.Name, ast.Attribute))
        return (
            isinstance(node, ast.Name)
            and node.id in self._owners
            or isinstance(node, ast.Attribute)
            and node.attr == self._owner
        )

    def _is_patch(self, call):
        """
        Puts something in the place of the target, or of its class. What stands around it may be patched: a clock, a
        file, a function that it calls.
        """
        name = called_name(call)
        if name not in _PATCHERS:
            return False
        if name == "multiple" and any(keyword.arg in (self._name, self._owner) for keyword in call.keywords):
            return True
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        if name in ("dict", "update"):
            # patch.dict(vars(calc), {"double": ...}), calc.__dict__.update(double=...); others are the data of a test.
            if not any(_is_namespace(part) for part in ast.walk(call)):
                return False
            values += [key for value in values if isinstance(value, ast.Dict) for key in value.keys]
            if any(keyword.arg in (self._name, self._owner) for keyword in call.keywords):
                return True
        wanted = [part for part in (self._name, self._owner) if part is not None]
        return any(text == own or text.endswith(f".{own}") for text in map(_text, values) for own in wanted)


def called_name(call):
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def is_mock(node):
    return isinstance(node, ast.Call) and called_name(node) in _MOCKS


def _only_mocks(tree):
    """Names that stand for mocks wherever they are given a value."""
    given = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    given.setdefault(target.id, []).append(is_mock(node.value))
        elif isinstance(node, ast.arg):
            given.setdefault(node.arg, []).append(False)
    return {name for name, mocks in given.items() if all(mocks)}


def _text(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_namespace(node):
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "__dict__"
        or isinstance(node, ast.Call)
        and called_name(node) in ("vars", "globals")
    )
