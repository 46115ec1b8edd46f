"""The peer of the extract benchmark: what the stage `extract` gives, by CPython's own `ast`.

Reads the paths of Python files, one a line, from the file named on the command line. Then, for every line on its input,
extracts all of them once and answers one line of JSON: { seconds, targets }, targets as "path qualified.name".
"""

import ast
import hashlib
import json
import re
import sys
import time
import warnings

BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.IfExp, ast.match_case)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)
MAX_LINES = 200


def main():
    with open(sys.argv[1], encoding="utf-8") as listed:
        paths = listed.read().splitlines()
    files = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            files.append((path, file.read()))
    warnings.simplefilter("ignore")
    for _ in sys.stdin:
        start = time.perf_counter()
        found = [(path, target) for path, text in files for target in extract(text)]
        seconds = time.perf_counter() - start
        print(
            json.dumps(
                {"seconds": seconds, "targets": [f"{path} {target['qualifiedName']}" for path, target in found]}
            ),
            flush=True,
        )


def extract(text):
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    module = Module(text, tree)
    for definition, parents, conditional in definitions(tree.body, [], False):
        names = [*(parent.name for parent in parents), definition.name]
        if any(name.startswith("_") for name in names) or is_special(definition) or is_stub(definition):
            continue
        target = module.target(definition, names, parents)
        if target["lines"][1] - target["lines"][0] < MAX_LINES:
            yield target


def definitions(body, parents, conditional):
    for node in body:
        if isinstance(node, DEFINITIONS):
            yield node, parents, conditional
            if isinstance(node, ast.ClassDef):
                yield from definitions(node.body, [*parents, node], conditional)
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            if isinstance(node, ast.If) and "__name__" in ast.dump(node.test):
                continue
            for part in ("body", "orelse", "finalbody"):
                yield from definitions(getattr(node, part, []), parents, True)
            for handler in getattr(node, "handlers", []):
                yield from definitions(handler.body, parents, True)


def is_special(node):
    for decorator in node.decorator_list:
        name = decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "")
        if name in ("overload", "setter", "deleter", "getter"):
            return True
    return False


def is_stub(node):
    return isinstance(node, FUNCTIONS) and all(
        isinstance(statement, ast.Pass)
        or (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Constant)
            and (statement.value.value is ... or isinstance(statement.value.value, str))
        )
        or (isinstance(statement, ast.Raise) and "NotImplementedError" in ast.dump(statement))
        for statement in node.body
    )


class Module:
    def __init__(self, text, tree):
        self.lines = text.split("\n")
        self.statements = tree.body
        self.suppliers = {}
        self.needs = {}
        for position, statement in enumerate(tree.body):
            for name in bound(statement):
                self.suppliers.setdefault(name, []).append(position)

    def target(self, node, names, parents):
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        code = self.dedented(first, node.end_lineno)
        imports, helpers = self.needed(node, names[0], bool(parents))
        is_class = isinstance(node, ast.ClassDef)
        target = {
            "qualifiedName": ".".join(names),
            "kind": "class" if is_class else "method" if parents else "function",
            "signature": self.dedented(node.lineno, max(node.lineno, node.body[0].lineno - 1)),
            "parameters": [] if is_class else self.parameters(node.args),
            "returns": None if is_class or node.returns is None else self.segment(node.returns),
            "docstring": ast.get_docstring(node),
            "decorators": [self.segment(decorator) for decorator in node.decorator_list],
            "isAsync": isinstance(node, ast.AsyncFunctionDef),
            "code": code,
            "promptCode": without_doctests(code),
            "imports": imports,
            "helpers": helpers,
            "complexity": complexity(node),
            "lines": (first, node.end_lineno),
        }
        content = json.dumps(target, sort_keys=True, ensure_ascii=False)
        return {"id": hashlib.sha256(content.encode()).hexdigest()[:32], **target}

    def needed(self, node, own, in_class):
        queue = list(names_read(node))
        positions, seen = set(), set()
        if in_class:
            queue.append(own)
        else:
            seen.add(own)
        while queue:
            name = queue.pop()
            if name in seen:
                continue
            seen.add(name)
            for position in self.suppliers.get(name, ()):
                if position not in positions:
                    positions.add(position)
                    if position not in self.needs:
                        self.needs[position] = names_read(self.statements[position])
                    queue.extend(self.needs[position])
        imports, helpers = [], []
        for position in sorted(positions):
            statement = self.statements[position]
            kept = imports if isinstance(statement, (ast.Import, ast.ImportFrom)) else helpers
            kept.append(self.dedented(statement.lineno, statement.end_lineno))
        return imports, helpers

    def parameters(self, arguments):
        positional = [(argument, "positional-only") for argument in arguments.posonlyargs]
        positional += [(argument, "positional-or-keyword") for argument in arguments.args]
        defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
        found = [self.parameter(argument, kind, default) for (argument, kind), default in zip(positional, defaults)]
        if arguments.vararg:
            found.append(self.parameter(arguments.vararg, "var-positional", None))
        found += [
            self.parameter(argument, "keyword-only", default)
            for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults)
        ]
        if arguments.kwarg:
            found.append(self.parameter(arguments.kwarg, "var-keyword", None))
        return found

    def parameter(self, argument, kind, default):
        annotation = None if argument.annotation is None else self.segment(argument.annotation)
        return {
            "name": argument.arg,
            "kind": kind,
            "annotation": annotation,
            "default": None if default is None else self.segment(default),
        }

    def segment(self, node):
        first, last = node.lineno - 1, node.end_lineno - 1
        if first == last:
            return self.cut(first, node.col_offset, node.end_col_offset)
        return "\n".join(
            [
                self.cut(first, node.col_offset, None),
                *self.lines[first + 1 : last],
                self.cut(last, 0, node.end_col_offset),
            ]
        )

    def cut(self, row, start, end):
        """Columns count bytes of UTF-8."""
        line = self.lines[row]
        return line[start:end] if line.isascii() else line.encode()[start:end].decode()

    def dedented(self, first, last):
        lines = self.lines[first - 1 : last]
        indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
        return "\n".join(line.removeprefix(indent) for line in lines) if indent else "\n".join(lines)


def bound(statement):
    for node in [statement] if isinstance(statement, DEFINITIONS) else ast.walk(statement):
        if isinstance(node, DEFINITIONS):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                yield alias.asname or alias.name.split(".")[0]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def names_read(node):
    read, stored = set(), set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            (read if isinstance(inner.ctx, ast.Load) else stored).add(inner.id)
        elif isinstance(inner, ast.arg):
            stored.add(inner.arg)
    return read - stored


def complexity(node):
    count = 1
    for inner in ast.walk(node):
        if isinstance(inner, BRANCHES):
            count += 1
        elif isinstance(inner, ast.BoolOp):
            count += len(inner.values) - 1
        elif isinstance(inner, ast.comprehension):
            count += 1 + len(inner.ifs)
    return count


def without_doctests(code):
    if ">>>" not in code:
        return code
    kept, in_example = [], False
    for line in code.split("\n"):
        in_example = bool(re.match(r"\s*>>>", line)) or (in_example and bool(line.strip()))
        if not in_example:
            kept.append(line)
    return "\n".join(kept)


if __name__ == "__main__":
    main()
