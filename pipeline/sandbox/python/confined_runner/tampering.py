"""What a test has no business with: the modules and names by which it could forge its own verdict."""

import ast

_MODULES = {
    "_pytest": "_pytest",
    "pluggy": "pluggy",
    "gc": "gc",
    "ctypes": "ctypes",
    "_ctypes": "ctypes",
    "faulthandler": "faulthandler",
    "dis": "dis",
    "opcode": "opcode",
    "marshal": "marshal",
    "linecache": "linecache",
    "confined_runner": "the runner",
}
_ATTRIBUTES = {
    "_getframe",
    "_current_frames",
    "_exit",
    "currentframe",
    "settrace",
    "setprofile",
    "pluginmanager",
    "_getframemodulename",
    # By these a test would know a mutant without running it.
    "__code__",
    "func_code",
    "co_code",
    "co_consts",
    "co_names",
    "_co_code_adaptive",
    "getclosurevars",
    "getsource",
    "getsourcelines",
    "findsource",
    "f_back",
    "f_globals",
    "f_locals",
    "f_builtins",
    "tb_frame",
    "gi_frame",
    "cr_frame",
    "ag_frame",
    "f_trace",
}
# Of modules that are harmless otherwise.
_MEMBERS = {
    "inspect": {"stack", "trace", "getouterframes", "getinnerframes", "getargvalues"},
    "os": {
        "_exit",
        "abort",
        "kill",
        "killpg",
        "fdopen",
        "write",
        "writev",
        "pwrite",
        "dup2",
        "closerange",
        "execv",
        "execve",
        "execl",
        "execlp",
        "execvp",
    },
    "sys": {"_getframe", "modules", "meta_path", "path_hooks", "path_importer_cache"},
    "pytest": {"main", "hookimpl", "exit"},
}
_IMPORTERS = {"__import__", "import_module", "getattr", "attrgetter"}


def reason(node, aliases):
    """
    Why the code below `node` counts as tampering, or None. `aliases` maps local names to the modules they stand for.
    """
    reads = _harmless_reads(node, aliases)
    for part in ast.walk(node):
        if id(part) not in reads and (found := _one(part, aliases)):
            return f"touches {found}"
    return None


def aliases(tree):
    """Local names of imported modules: { "o": "os" } for `import os as o`."""
    return {
        alias.asname or alias.name.partition(".")[0]: alias.name.partition(".")[0]
        if alias.asname is None
        else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }


def _one(node, names):
    if isinstance(node, ast.Import):
        return next((_MODULES[top] for alias in node.names if (top := alias.name.partition(".")[0]) in _MODULES), None)
    if isinstance(node, ast.ImportFrom):
        top = (node.module or "").partition(".")[0]
        if top in _MODULES:
            return _MODULES[top]
        return next(
            (
                f"{top}.{alias.name}"
                for alias in node.names
                if alias.name in _MEMBERS.get(top, ()) or alias.name in _ATTRIBUTES
            ),
            None,
        )
    if isinstance(node, ast.Attribute):
        module = names.get(node.value.id, "") if isinstance(node.value, ast.Name) else ""
        if node.attr == "modules" and isinstance(node.value, ast.Call):
            return "sys.modules"
        if node.attr in _ATTRIBUTES or node.attr.startswith("pytest_") or node.attr in _MEMBERS.get(module, ()):
            return f"{module}.{node.attr}".lstrip(".")
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(("/proc", "/dev/fd")):
        return "/proc"
    if isinstance(node, ast.Call):
        return _call(node)
    if isinstance(node, (ast.Name, ast.arg)):
        name = node.id if isinstance(node, ast.Name) else node.arg
        return name if name in ("pytest_plugins", "pytestconfig") else None
    return None


def _call(node):
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    if name in _IMPORTERS:
        found = next((text for text in texts if text.partition(".")[0] in _MODULES or text in _ATTRIBUTES), None)
        return found
    if name in ("setattr", "patch", "object", "delattr"):
        # By these every test would pass: pytest.raises that expects nothing.
        first = node.args[0].id if node.args and isinstance(node.args[0], ast.Name) else ""
        judge = next((text for text in [first, *texts] if text.partition(".")[0] in ("pytest", "_pytest")), None)
        if judge is not None:
            return judge.partition(".")[0]
    return "sys.modules" if "sys.modules" in texts and name in ("dict", "patch", "setitem", "delitem") else None


def _harmless_reads(node, names):
    """`x in sys.modules` and `sys.modules[x]` read only."""
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Compare):
            found |= {
                id(right) for right, way in zip(part.comparators, part.ops) if isinstance(way, (ast.In, ast.NotIn))
            }
        elif isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Load):
            found.add(id(part.value))
    return {
        id(part)
        for part in ast.walk(node)
        if id(part) in found
        and isinstance(part, ast.Attribute)
        and part.attr == "modules"
        and isinstance(part.value, ast.Name)
        and names.get(part.value.id) == "sys"
    }
