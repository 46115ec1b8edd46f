"""
What Python itself says of the public functions, classes and methods of packages, as JSON:
{ path: { module, byAst, byInspect, elsewhere } }.

    python public_names.py FOLDER        a folder that packages lie in

`byAst` holds each definition that stands in the text, outside functions: { name: what Python takes it for, or null }.
`byInspect` holds each function, class and method that the imported module has: { name: how it came there, or null }.
`elsewhere` says of a definition in the text that is not among these what its name is at run time.
Imports the packages: for those that one would install.
"""

import ast
import enum
import functools
import importlib
import inspect
import json
import os
import sys
import warnings


def main(folder):
    sys.path.insert(0, folder)
    warnings.simplefilter("ignore")
    print(json.dumps({path: describe(folder, path) for path in python_files(folder)}))


def python_files(folder):
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.endswith((".dist-info", ".data")) and name != "__pycache__"
        )
        for name in sorted(names):
            if name.endswith(".py"):
                yield os.path.relpath(os.path.join(where, name), folder).replace(os.sep, "/")


def describe(folder, path):
    module = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    with open(os.path.join(folder, path), "rb") as file:
        tree = ast.parse(file.read())
    by_ast = {}
    in_text(tree.body, "", None, by_ast)
    by_inspect = at_run_time(module)
    missing = [name for name, reason in by_ast.items() if reason is None and name not in by_inspect]
    return {
        "module": module,
        "byAst": by_ast,
        "byInspect": by_inspect,
        "elsewhere": {name: what_is(name, module) for name in missing},
    }


def in_text(statements, prefix, inside, found):
    """Definitions in a block, and in the blocks in it. `inside`: why all of them are none."""
    for statement in statements:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = prefix + statement.name
            reason = inside or kind_of(statement, prefix)
            # Of several definitions of a name, the last one without a reason counts.
            if is_public(name) and found.get(name, "none") is not None:
                found[name] = reason
            if isinstance(statement, ast.ClassDef):
                in_text(statement.body, name + ".", inside, found)
            continue
        is_script = isinstance(statement, ast.If) and ast.unparse(statement.test).startswith("__name__")
        for block in blocks(statement):
            in_text(block, prefix, "in a script" if is_script else inside, found)


def blocks(statement):
    for field in ("body", "orelse", "finalbody"):
        yield getattr(statement, field, [])
    for part in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
        yield part.body


def kind_of(definition, prefix):
    decorators = [ast.unparse(decorator) for decorator in definition.decorator_list]
    if any(decorator.rpartition(".")[2] == "overload" for decorator in decorators):
        return "an overload"
    if any(decorator.rpartition(".")[2] in ("setter", "deleter", "getter") for decorator in decorators):
        return "an accessor"
    if (
        prefix
        and definition.name.startswith("__")
        and definition.name.endswith("__")
        and not isinstance(definition, ast.ClassDef)
    ):
        return "a special method"
    return None


def at_run_time(name):
    try:
        module = importlib.import_module(name)
    except BaseException as error:
        return {"": f"cannot be imported: {type(error).__name__}"}
    found = {}
    for name, value in vars(module).items():
        if (
            is_public(name)
            and (inspect.isclass(value) or inspect.isroutine(value))
            and getattr(value, "__module__", None) == module.__name__
        ):
            found[name] = how(name, value)
            if inspect.isclass(value) and found[name] is None:
                members(name, value, found)
    return found


def members(prefix, owner, found):
    for name, value in vars(owner).items():
        full = f"{prefix}.{name}"
        if not is_public(full) or name.startswith("__"):
            continue
        if isinstance(owner, enum.EnumMeta) and isinstance(value, owner):
            continue
        value = getattr(value, "__func__", value)
        if isinstance(value, property):
            value = value.fget
        if isinstance(value, functools.cached_property):
            value = value.func
        if inspect.isclass(value) or inspect.isfunction(value):
            found[full] = how(full, value)
            if inspect.isclass(value) and found[full] is None:
                members(full, value, found)


def how(name, value):
    """Why a name that is there is not defined under it in the text; None where it is."""
    qualified = getattr(inspect.unwrap(value), "__qualname__", "")
    if qualified.rpartition(".")[2] == "<lambda>":
        return "a lambda"
    if "<locals>" in qualified:
        return f"made by {qualified.partition('.<locals>')[0]}"
    if qualified != name:
        return f"another name of {qualified}"
    return None


def what_is(name, module):
    value = sys.modules.get(module)
    for part in name.split("."):
        owner, value = value, inspect.getattr_static(value, part, None)
        if value is None:
            return "not there at run time"
        if inspect.isclass(value) and value.__module__ != module:
            return f"taken from {value.__module__} at run time"
    if not inspect.isclass(owner) and getattr(value, "__module__", module) != module:
        return f"taken from {value.__module__} at run time"
    return f"an object of {type(value).__name__} at run time"


def is_public(name):
    return not any(
        part.startswith("_") and not (part.startswith("__") and part.endswith("__")) for part in name.split(".")
    )


if __name__ == "__main__":
    main(sys.argv[1])
