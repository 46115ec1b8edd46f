"""Whether a test calls the target, and whether it puts something else in its place."""

import ast

# What takes a function and does not call it.
_ONLY_LOOKS = {"callable", "isinstance", "issubclass", "hasattr", "type", "id", "repr", "str", "print", "bool", "hash", "dir", "vars"}
_PATCHERS = {"setattr", "setitem", "delattr", "patch", "object"}


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
        handed = [*node.args, *(keyword.value for keyword in node.keywords)]
        return called not in _ONLY_LOOKS and any(self._stands_for_it(part) for value in handed for part in ast.walk(value))

    def _is_use_of_method(self, node):
        if self._is_special:
            # Operators, len(), `in`, a constructor: any use of the class may call it, and objects come from anywhere.
            return isinstance(node, (ast.Call, ast.Compare, ast.BinOp, ast.UnaryOp, ast.Subscript, ast.For, ast.With))
        return isinstance(node, ast.Attribute) and node.attr == self._name and isinstance(node.ctx, ast.Load)

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
            return node.attr == self._name and self._belongs(node.value)
        if isinstance(node, ast.ImportFrom):
            other = (node.module or "").partition(".")[0] != self._module.partition(".")[0]
            return other and any((alias.asname or alias.name) == (self._owner or self._name) for alias in node.names)
        return isinstance(node, ast.Call) and self._is_patch(node)

    def _belongs(self, node):
        """For a function, a module; for a method, its class."""
        if self._owner is None:
            return isinstance(node, (ast.Name, ast.Attribute))
        return (isinstance(node, ast.Name) and node.id in self._owners
                or isinstance(node, ast.Attribute) and node.attr == self._owner)

    def _is_patch(self, call):
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        if name not in _PATCHERS:
            return False
        texts = [part.value for part in call.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        return any(text == self._name or text.endswith(f".{self._name}") for text in texts)
