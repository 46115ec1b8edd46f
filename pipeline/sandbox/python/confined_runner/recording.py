"""Calls a function of the source, and reports what came of it."""

import ast
import importlib
import inspect
import itertools
import json
import os
import time
from collections.abc import Iterator

from .circumstances import Circumstances
from .literal import literal

_MOST_ITEMS = 100


def run(job, report, shown):
    """
    Writes a JSON line to `report` for each call: a RecordedCall (pipeline/contract/sandbox.ts), with the nonce. Never
    returns.
    """
    os.environ["TZ"] = job["zone"]
    time.tzset()
    folders = [folder for folder, _ in shown]
    for arguments in job["calls"]:
        result = _call(job["module"], job["qualifiedName"], arguments, folders)
        data = json.dumps({**result, "nonce": job["nonce"]}).encode() + b"\n"
        while data:
            data = data[os.write(report, data) :]
    os._exit(0)


def _call(module, qualified_name, arguments, folders):
    try:
        module = importlib.import_module(module)
        function = module
        for name in qualified_name.split("."):
            function = getattr(function, name)
    except Exception as error:
        return _unusable(f"cannot be imported: {type(error).__name__}")
    try:
        positional, named = _arguments(arguments, dict(vars(module)))
    except Exception as error:
        return _unusable(f"arguments cannot be evaluated: {type(error).__name__}")
    before = [literal(value) for value in (*positional, *named.values())]
    circumstances = Circumstances()
    try:
        with circumstances:
            value = function(*positional, **named)
            iterator = isinstance(value, Iterator)
            kind = type(value)
            if iterator:
                value = list(itertools.islice(value, _MOST_ITEMS + 1))
    except (MemoryError, RecursionError) as error:
        return _unusable(type(error).__name__)
    except Exception as error:
        return {"type": "raised", "exception": type(error).__qualname__, "module": type(error).__module__}
    except BaseException as error:
        return _unusable(f"raised {type(error).__name__}")
    if circumstances.asked is not None:
        return _unusable(f"asks for {circumstances.asked}")
    if before != [literal(value) for value in (*positional, *named.values())]:
        return _unusable("changes its arguments")
    if inspect.iscoroutine(value) or inspect.isasyncgen(value):
        return _unusable("returns a coroutine")
    if iterator and len(value) > _MOST_ITEMS:
        return _unusable("returns a long iterator")
    text = literal(value)
    if text is not None and any(folder in text for folder in folders):
        return _unusable("names a folder of this machine")
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return {"type": "returned", "literal": text, "typeName": name, "isIterator": iterator}


def _arguments(text, names):
    call = ast.parse(f"_({text})", mode="eval")
    # `1) or f(2` would close the call and begin another expression.
    if not isinstance(call.body, ast.Call) or not isinstance(call.body.func, ast.Name):
        raise SyntaxError("not a list of arguments")
    return eval(compile(call, "arguments", "eval"), {**names, "_": lambda *positional, **named: (positional, named)})


def _unusable(reason):
    return {"type": "unusable", "reason": reason}
