"""What CPython's own ast and inspect say of the definitions in the files named on the command line, as JSON by path and
name."""

import ast
import inspect
import json
import sys


def describe(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    found = {}
    walk(ast.parse(text).body, "", Text(text), found)
    return found


class Text:
    """Like ast.get_source_segment, which splits the whole text for every segment."""

    def __init__(self, text):
        self.lines = [line.encode() for line in text.split("\n")]

    def segment(self, node):
        if node is None:
            return None
        lines = self.lines[node.lineno - 1 : node.end_lineno]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return b"\n".join(lines).decode()


def walk(body, prefix, text, found):
    for node in body:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        name = prefix + node.name
        if isinstance(node, ast.ClassDef):
            walk(node.body, name + ".", text, found)
        docstring = ast.get_docstring(node, clean=False)
        is_class = isinstance(node, ast.ClassDef)
        found[name] = {
            "docstring": None if docstring is None else inspect.cleandoc(docstring),
            "lines": [min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]), node.end_lineno],
            "isAsync": isinstance(node, ast.AsyncFunctionDef),
            "decorators": [text.segment(decorator) for decorator in node.decorator_list],
            "returns": None if is_class or node.returns is None else text.segment(node.returns),
            "parameters": [] if is_class else list(parameters(node.args, text)),
        }


def parameters(arguments, text):
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    for position, (argument, default) in enumerate(zip(positional, defaults)):
        yield parameter(
            argument,
            "positional-only" if position < len(arguments.posonlyargs) else "positional-or-keyword",
            default,
            text,
        )
    if arguments.vararg:
        yield parameter(arguments.vararg, "var-positional", None, text)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
        yield parameter(argument, "keyword-only", default, text)
    if arguments.kwarg:
        yield parameter(arguments.kwarg, "var-keyword", None, text)


def parameter(argument, kind, default, text):
    return {
        "name": argument.arg,
        "kind": kind,
        "annotation": text.segment(argument.annotation),
        "default": text.segment(default),
    }


print(json.dumps({path: describe(path) for path in sys.argv[1:]}))
