"""
Whether a test sends a request that a route answers, and whether it puts something else in the application's place.
"""

import ast
import re

_VERBS = {"get", "post", "put", "patch", "delete", "head", "options", "trace"}
_CLIENTS = {"TestClient", "AsyncClient", "Client", "test_client"}
_APPLICATIONS = {"FastAPI", "Starlette", "Flask", "APIRouter", "Router", "Blueprint"}
_REGISTERS = {"add_api_route", "add_route", "add_url_rule", "include_router", "register_blueprint", "mount"}
_REVERSERS = {"url_for", "url_path_for", "reverse"}
# Stands for text that only the run time knows; no path has it.
_HOLE = "\0"
_MOST_PATHS = 64


class RouteTarget:
    """
    { module, qualifiedName, route: { method, path, handler, application } } as the file `tree` sends requests to it.
    """

    def __init__(self, target, tree):
        route = target["route"]
        self.shown = f"{route['method']} {route['path']}"
        self._method = route["method"]
        self._pattern = re.compile(_pattern(route["path"]))
        self._handler = route["handler"].rpartition(".")[2]
        module, _, made = (route["application"] or "").partition(":")
        self._application, self._package = made.removesuffix("()"), module.partition(".")[0]
        self._clients = _client_names(tree)
        self._paths = _Paths(tree)

    def is_called_in(self, node):
        return any(self._is_request(part) for part in ast.walk(node))

    def is_redefined_in(self, node):
        return any(self._is_redefinition(part) for part in ast.walk(node))

    def _is_request(self, node):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return False
        if not _is_client(node.func.value, self._clients):
            return False
        method, path = _method_and_path(node)
        return method == self._method and path is not None and self._reaches(path)

    def _reaches(self, path):
        if isinstance(path, ast.Call) and _called(path) in _REVERSERS:
            names = [part.value for part in path.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            return any(re.split(r"[.:]", name)[-1] == self._handler for name in names)
        return any(self._pattern.fullmatch(_without_rest(text)) for text in self._paths.of(path))

    def _is_redefinition(self, node):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            registered = (decorator.func for decorator in node.decorator_list if isinstance(decorator, ast.Call))
            routes = {*_VERBS, "route", "api_route"}
            return node.name == self._application or any(
                isinstance(part, ast.Attribute) and part.attr in routes for part in registered
            )
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            return node.id == self._application
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, (ast.Store, ast.Del)):
            return node.attr in _VERBS or node.attr == "request"
        if isinstance(node, ast.ImportFrom):
            other = (node.module or "").partition(".")[0] != self._package
            return other and any((alias.asname or alias.name) == self._application for alias in node.names)
        return isinstance(node, ast.Call) and (_called(node) in _APPLICATIONS or _called(node) in _REGISTERS)


def _pattern(path):
    """A regular expression for the path of a route: {name}, {name:path}, <name>, <int:name>."""
    parts = re.split(r"(\{\w+(?::\w+)?\}|<(?:\w+(?:\([^)]*\))?:)?\w+>)", path)
    return "".join(
        _parameter(part) if part[:1] in ("{", "<") and place % 2 else re.escape(part)
        for place, part in enumerate(parts)
    )


def _parameter(part):
    # {name:converter} and <converter:name>
    before, _, after = part[1:-1].partition(":")
    converter = (after if part[0] == "{" else before if after else "").partition("(")[0]
    return {"path": ".+", "int": rf"[0-9{_HOLE}]+"}.get(converter, "[^/]+")


def _without_rest(text):
    """The path alone: a client takes whole addresses, and a query after the path."""
    text = re.split(r"[?#]", re.sub(r"^https?://[^/]*", "", text))[0]
    return text if text.startswith("/") else f"/{text}"


def _method_and_path(call):
    """(method, expression of the path) of a call of a client's method; (None, None) where it sends nothing."""
    name = call.func.attr
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    arguments = list(call.args)
    if name in _VERBS:
        method = name.upper()
    elif name in ("request", "stream"):
        method = _text(arguments.pop(0) if arguments else named.get("method"))
    elif name == "open":
        method = _text(named.get("method")) or "GET"
    else:
        return None, None
    path = arguments[0] if arguments else named.get("url") or named.get("path")
    return (method or "").upper(), path


class _Paths:
    """The texts that expressions of a file may stand for, with a hole for each part that only the run time knows."""

    def __init__(self, tree):
        self._values = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._note(target, node.value)
            elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
                self._note(node.target, node.value)
            elif isinstance(node, (ast.For, ast.comprehension)):
                self._note_each(node.target, node.iter)
            elif isinstance(node, ast.Call) and _called(node) == "parametrize" and len(node.args) >= 2:
                self._note_parameters(*node.args[:2])

    def of(self, node, seen=()):
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, int)):
            return [str(node.value)]
        if isinstance(node, ast.JoinedStr):
            return self._joined([self.of(part, seen) for part in node.values])
        if isinstance(node, ast.FormattedValue):
            return self.of(node.value, seen)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._joined([self.of(node.left, seen), self.of(node.right, seen)])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            return [re.sub(r"%[sdr]", _HOLE, text) for text in self.of(node.left, seen)]
        if isinstance(node, ast.Call) and _called(node) == "format" and isinstance(node.func, ast.Attribute):
            return [re.sub(r"\{[^{}]*\}", _HOLE, text) for text in self.of(node.func.value, seen)]
        if isinstance(node, ast.Name) and node.id in self._values and node.id not in seen:
            return [text for value in self._values[node.id] for text in self.of(value, (*seen, node.id))][:_MOST_PATHS]
        return [_HOLE]

    def _joined(self, parts):
        texts = [""]
        for part in parts:
            texts = [before + text for before in texts for text in part][:_MOST_PATHS]
        return texts

    def _note(self, target, value):
        if isinstance(target, ast.Name):
            self._values.setdefault(target.id, []).append(value)
        elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
            for one, other in zip(target.elts, value.elts):
                self._note(one, other)

    def _note_each(self, target, values):
        for value in values.elts if isinstance(values, (ast.Tuple, ast.List, ast.Set)) else ():
            self._note(target, value)

    def _note_parameters(self, names, rows):
        texts = (
            [_text(name) for name in names.elts]
            if isinstance(names, (ast.Tuple, ast.List))
            else (_text(names) or "").split(",")
        )
        targets = [ast.Name(id=(name or "").strip()) for name in texts]
        for row in rows.elts if isinstance(rows, (ast.Tuple, ast.List)) else ():
            values = (
                row.args
                if isinstance(row, ast.Call) and _called(row) == "param"
                else [row]
                if len(targets) == 1
                else getattr(row, "elts", [])
            )
            for target, value in zip(targets, values):
                self._note(target, value)


def _client_names(tree):
    """Names of variables, attributes and fixtures that stand for a client."""
    names = set()
    while True:
        before = len(names)
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and _is_client(node.value, names):
                names |= {name for target in node.targets if (name := _name(target))}
            elif isinstance(node, ast.withitem) and node.optional_vars and _is_client(node.context_expr, names):
                names |= {_name(node.optional_vars)}
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _gives_client(node, names):
                names.add(node.name)
        if len(names) == before:
            return names - {None}


def _gives_client(function, names):
    given = (node.value for node in ast.walk(function) if isinstance(node, (ast.Return, ast.Yield)) and node.value)
    return any(_is_client(value, names) for value in given)


def _is_client(node, names):
    if isinstance(node, ast.Await):
        return _is_client(node.value, names)
    if isinstance(node, ast.Call):
        return _called(node) in _CLIENTS or _called(node) in names
    return _name(node) in names


def _name(node):
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None


def _called(call):
    return _name(call.func) or ""


def _text(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
