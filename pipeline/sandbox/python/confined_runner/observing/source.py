"""The text of a test file, by the positions of its syntax tree. All offsets are of UTF-8 bytes."""

import ast
import re


class Source:
    def __init__(self, code):
        self.data = code.encode()
        self._starts = [0, *(found.end() for found in re.finditer(rb"\r\n|\n|\r", self.data))]

    def start(self, node):
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node):
        return self._starts[node.end_lineno - 1] + node.end_col_offset

    def text(self, node):
        return self.data[self.start(node) : self.end(node)].decode()

    def between(self, start, end):
        return self.data[start:end].decode()

    def one_line(self, node):
        """The text of an expression where it fits into a line, else what Python makes of it."""
        text = self.text(node)
        return text if "\n" not in text else ast.unparse(node)

    def operand(self, node):
        """The text of an expression as it can stand before `==` in a statement of its own."""
        text = self.text(node)
        if isinstance(node, _LOOSE):
            return f"({text})"
        try:
            ast.parse(text, mode="eval")
        except SyntaxError:
            return f"({text})"  # its lines were held together by parentheses around it
        return text

    def indent(self, statement):
        """The white space before a statement; None where something else stands on its line."""
        before = self.data[self._starts[statement.lineno - 1] : self.start(statement)].decode()
        return before if before.strip() == "" else None

    def lines_of(self, statement):
        """
        The lines of a statement that stands alone on them, with the comments above that are about nothing else then,
        and with the blank lines above where others follow.
        """
        first, last = statement.lineno - 1, statement.end_lineno
        if self._line(last) in ("", "#"):
            while first > 0 and self._line(first - 1) == "#":
                first -= 1
            while self._line(last) == "" and first > 0 and self._line(first - 1) == "":
                first -= 1
        return [self._starts[first], self._starts[last] if last < len(self._starts) else len(self.data)]

    def _line(self, number):
        """The first character of a line; nothing where it is blank, or beyond the end."""
        return self.rest_of_line(self._starts[number]).strip()[:1] if number < len(self._starts) else ""

    def rest_of_line(self, offset):
        end = self.data.find(b"\n", offset)
        return self.data[offset : len(self.data) if end < 0 else end].decode()


_LOOSE = (
    ast.BoolOp,
    ast.Compare,
    ast.IfExp,
    ast.Lambda,
    ast.NamedExpr,
    ast.UnaryOp,
    ast.Yield,
    ast.YieldFrom,
    ast.GeneratorExp,
)
