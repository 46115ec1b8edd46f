"""Which expressions of a test depend on the code under test."""

import ast
import sys

NOT, TOUCHED, LIVE, TARGET = range(4)


class Module:
    """What the names of a file stand for, outside of its functions."""

    def __init__(self, tree, wanted):
        self.wanted = wanted
        self.live = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and not _is_known(node.module or ""):
                self.live |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.Import):
                self.live |= {
                    alias.asname or alias.name.partition(".")[0] for alias in node.names if not _is_known(alias.name)
                }
        self.live |= {
            node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        }


def _is_known(module):
    """Whether a module is Python's own, or pytest."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top == "pytest"


class Names:
    """How the names of a test function depend on the code under test."""

    def __init__(self, function, module, parametrized):
        self._module = module
        self._found = {}
        arguments = function.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            if argument.arg not in parametrized:
                self._found[argument.arg] = LIVE  # a fixture
        while self._pass(function):
            pass

    def score(self, node):
        """NOT, TOUCHED (was handed to the code under test), LIVE, or TARGET (comes from a call of the target)."""
        if node is None:
            return NOT
        found = max((self._of(part) for part in ast.walk(node) if isinstance(part, ast.Name)), default=NOT)
        return TARGET if found < TARGET and self._module.wanted.is_called_in(node) else found

    def _of(self, name):
        return max(self._found.get(name.id, NOT), LIVE if name.id in self._module.live else NOT)

    def _pass(self, function):
        """Whether something new was found."""
        before = dict(self._found)
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                self._bind(node.targets, self.score(node.value))
            elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)):
                self._bind([node.target], self.score(node.value))
            elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
                self._bind([node.target], self.score(node.iter))
            elif isinstance(node, (ast.With, ast.AsyncWith)):
                inside = max((self.score(part) for part in node.body), default=NOT)
                for item in node.items:
                    if item.optional_vars is not None:
                        self._bind([item.optional_vars], max(self.score(item.context_expr), inside))
            elif isinstance(node, ast.ExceptHandler) and node.name:
                self._note(node.name, LIVE)
            elif isinstance(node, ast.Call) and self.score(node.func) >= LIVE:
                for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                    for part in ast.walk(argument):
                        if isinstance(part, ast.Name):
                            self._note(part.id, TOUCHED)
                if (
                    isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and self._module.wanted.is_called_in(node)
                ):
                    self._note(node.func.value.id, LIVE)
        return before != self._found

    def _bind(self, targets, score):
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    self._note(part.id, score)

    def _note(self, name, score):
        if score > self._found.get(name, NOT):
            self._found[name] = score
