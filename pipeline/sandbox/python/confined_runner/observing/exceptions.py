"""What is written where the code raises what a test does not expect, or does not raise what it does."""

import re

from .parts import same
from .unwritable import Unwritable

_LONGEST_MESSAGE = 100


class Exceptions:
    """Of the claims of a file with this text (a Source), whose changes (Changes) it makes."""

    def __init__(self, source, writer, expected, changes):
        self._source = source
        self._writer = writer
        self._expected = expected
        self._changes = changes

    def raised(self, claim, error, places):
        """A statement that an exception comes out of: it is expected from now on, or its row of a table goes."""
        name = self._writer.named(type(error))
        imports = self._writer.take_imports()
        answered = f"raises {name}"
        row = self._expected.row(claim, places)
        if row is not None:
            return {"edits": self._expected.without_row(row), "answered": answered}
        if places or not claim.is_alone:
            raise Unwritable(f"{answered}, where the same line says more")
        statement = claim.statement
        indent = self._changes.indent(statement)
        if claim.kind == "runs":
            lines = self._source.text(statement).splitlines()
            end = self._source.end(claim.following[-1]) if claim.following else self._source.end(statement)
            _expect_no_text_over_lines(claim)
            body = "\n".join(
                [f"{indent}    {lines[0]}", *(f"    {line}" if line.strip() else line for line in lines[1:])]
            )
        else:
            body = f"{indent}    {self._source.operand(claim.actual)}"
            end = self._source.end(statement)
        changed = [self._source.start(statement), end, f"with pytest.raises({name}):\n{body}"]
        return {
            "edits": [changed, *self._changes.without_comment(claim, statement)],
            "imports": imports,
            "answered": answered,
        }

    def other_exception(self, claim, error):
        """Another exception comes out of a block under `raises`."""
        name = self._writer.named(type(error))
        imports = self._writer.take_imports()
        changes = [self._changes.replaced(claim.expected.args[0], name)]
        match = _keyword(claim.expected, "match")
        if match is not None:
            changes.append(self._changes.replaced(match, self._pattern(error)))
        return {
            "edits": [*changes, *self._changes.without_comment(claim, claim.expected)],
            "imports": imports,
            "answered": f"raises {name}",
        }

    def other_message(self, claim, error):
        """It is the exception that was expected, with another message."""
        match = _keyword(claim.expected, "match")
        if match is None:
            raise Unwritable("it raises the exception in another way")
        pattern = self._pattern(error)
        return {
            "edits": [self._changes.replaced(match, pattern)],
            "answered": f"raises {type(error).__name__} with the message {pattern}",
        }

    def silent(self, claim, value, is_read):
        """A block under `raises` that nothing comes out of: what its last line answers."""
        statement = claim.statement
        indent = self._changes.indent(statement)
        before = statement.body[:-1]
        _expect_no_text_over_lines(claim)
        text = self._source.operand(claim.actual)
        written = self._writer.written(value)
        asserted = f"assert {same(f'list({text})' if is_read else text, written.text)}"
        lines = [self._source.text(part) for part in before] + [asserted]
        if any("\n" in line for line in lines[:-1]):
            raise Unwritable("nothing is raised, by more than one statement")
        changes = [[self._source.start(statement), self._source.end(statement), f"\n{indent}".join(lines)]]
        changes += [self._changes.gone(part) for part in claim.dependents]
        return {"edits": changes, "imports": written.imports, "answered": written.text}

    def _pattern(self, error):
        message = str(error)
        if not message or len(message) > _LONGEST_MESSAGE or not message.isprintable():
            raise Unwritable("its message is no line that can be written down")
        text = self._writer.written(message).text[1:-1]
        escaped = re.sub(r"([\\^$.|?*+()\[\]{}])", r"\\\1", message)
        if escaped == message:
            return f'"{text}"' if '"' not in message else repr(message)
        return f'r"{escaped}"' if '"' not in escaped and not escaped.endswith("\\") else repr(escaped)


def _keyword(call, name):
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _expect_no_text_over_lines(claim):
    if claim.has_text_over_lines:
        raise Unwritable("it holds a text of several lines")
