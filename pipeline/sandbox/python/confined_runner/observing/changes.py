"""Changes of a test file, as [start, end, text] by bytes, that its expectations have in common."""

import ast
import re

from .unwritable import Unwritable
from .wording import shown


class Changes:
    """Of the file with this text (a Source)."""

    def __init__(self, source):
        self._source = source

    def replaced(self, node, text):
        return [self._source.start(node), self._source.end(node), text]

    def gone(self, statement):
        indent = self.indent(statement)
        start = self._source.start(statement) - len(indent.encode())
        return [start, min(self._source.end(statement) + 1, len(self._source.data)), ""]

    def told(self, claim, lead, lines, imports):
        """Conditions in the place of a statement, each an assertion of its own."""
        text = f"\n{self.indent(claim.statement)}".join([*lead, *(f"assert {line}" for line in lines)])
        change = [self._source.start(claim.statement), self._source.end(claim.statement), text]
        return {
            "edits": [change, *self.without_comment(claim, claim.statement)],
            "imports": imports,
            "answered": shown("; ".join(lines)),
        }

    def without_message(self, claim):
        """The message of an assertion says what was expected: it goes with that."""
        statement = claim.statement
        if not isinstance(statement, ast.Assert) or statement.msg is None or not claim.is_alone:
            return []
        start = self._source.end(statement.test)
        comma = self._source.between(start, self._source.start(statement.msg)).rfind(",")
        return (
            []
            if comma < 0
            else [
                [
                    start + len(self._source.between(start, self._source.start(statement.msg))[:comma].encode()),
                    self._source.end(statement),
                    "",
                ]
            ]
        )

    def without_comment(self, claim, node):
        """What is said behind an expectation, on its line, explains what was expected."""
        end = max(self._source.end(node), self._source.end(claim.statement) if node is claim.statement else 0)
        rest = self._source.rest_of_line(end)
        found = re.fullmatch(r"([^#'\"]*?)([ \t]*#(?!\s*(?:noqa|type:|pragma|fmt:)).*)", rest)
        if found is None:
            return []
        before = len(found[1].encode())
        return [[end + before, end + before + len(found[2].encode()), ""]]

    def indent(self, statement):
        """The white space before a statement. Raises Unwritable where it is not alone on its line."""
        indent = self._source.indent(statement)
        if indent is None:
            raise Unwritable("it stands on a line with other statements")
        return indent
