"""What is written where the code answers something else than a test expects."""

import ast
import re

from . import fields, handed, objects, parts
from .expected import within_approx
from .parts import is_single, same
from .unwritable import TooLong, Unwritable
from .wording import shown

_FIRST_ITEMS = 5


class Answers:
    """
    Of the claims of a file with this text (a Source), whose changes (Changes) it makes: { edits, imports, answered },
    `answered` as the list of disagreements shows it, and null where nothing is another value. Raises Unwritable where
    it cannot be written down.
    """

    def __init__(self, source, writer, expected, changes):
        self._source = source
        self._writer = writer
        self._expected = expected
        self._changes = changes

    def value(self, claim, value, places, is_read, held):
        """A value; `is_read` where it was an iterator, of which these are the items."""
        actual = self._actual(claim, is_read)
        wrap = self._wrapping(claim) if is_read else []
        if held:  # an iterator that yields what is expected of it
            return {"edits": wrap, "answered": None}
        try:
            written = self._writer.written(value)
        except TooLong:
            return self._part_by_part(claim, value, actual, places)
        except Unwritable as reason:
            return self._as_object(claim, value, actual, places, reason)
        text = written.text
        rest = self._changes.without_message(claim)
        place = self._expected.node(claim, places)
        is_cell = claim.kind in ("equal", "near") and place is not claim.expected
        if claim.kind == "near" and (number := self._writer.number(value)) is not None:
            text, changes = number, [self._changes.replaced(place, number)]
        elif claim.kind == "equal" and (is_cell or not is_single(text) and isinstance(claim.condition.ops[0], ast.Eq)):
            text, changes = self._in_place(claim, place, value, text)
            changes = [*wrap, *changes]
        elif is_cell:
            raise Unwritable("rows of a table would have to say different things")
        else:
            changes = [[self._source.start(claim.condition), self._source.end(claim.condition), same(actual, text)]]
        return {
            "edits": [*changes, *rest, *self._changes.without_comment(claim, place if is_cell else claim.statement)],
            "imports": written.imports,
            "answered": text,
        }

    def first_items(self, claim, items, places):
        """Of an iterator that goes on and on, or for long, the first few."""
        if places or claim.kind != "equal":
            raise Unwritable("it goes on and on")
        first = items[:_FIRST_ITEMS]
        written = self._writer.written(first)
        condition = f"list(islice({self._actual(claim, False)}, {len(first)})) == {written.text}"
        edits = [self._changes.replaced(claim.condition, condition), *self._changes.without_message(claim)]
        return {
            "edits": [*edits, *self._changes.without_comment(claim, claim.statement)],
            "imports": [*written.imports, "from itertools import islice"],
            "answered": f"{written.text}, and so on",
        }

    def changes(self, claim, changed, places, held):
        """
        What a call that answers nothing made of its object and its arguments; where `held`, beside what is written.
        """
        if places or not claim.is_alone or claim.kind not in ("equal", "value"):
            if held:
                return {"edits": [], "answered": None}
            return self.value(claim, None, places, is_read=False, held=False)
        lead, names, actual = self._with_names(claim, [key for key, _ in changed if isinstance(key, int)])
        said = [line.replace(objects.NAME, names.get(key, key)) for key, (line, _) in changed]
        imports = sorted({each for _, (_, needed) in changed for each in needed})
        told = self._changes.told(claim, lead, [f"{actual} is None", *said], imports)
        return {**told, "answered": None} if held else told

    def answers_nothing(self, claim, places):
        """As `fields`: where what was handed is not the same in every run."""
        statement = claim.statement
        indent = self._source.indent(statement)
        if places or not claim.is_alone or indent is None:
            return None
        actual = self._actual(claim, False)
        line = {"path": actual, "line": f"{actual} is None", "there": None, "imports": [], "fields": []}
        start, end = self._source.start(statement), self._source.end(statement)
        return {"start": start, "end": end, "lead": [], "indent": indent, "fields": [line], "edits": []}

    def fields(self, claim, value, places, is_read):
        """
        Where a statement says of a whole what could be said of its fields, { start, end, lead, indent, fields, edits };
        None where it cannot.
        """
        statement = claim.statement
        indent = self._source.indent(statement)
        if claim.kind not in ("equal", "value") or not claim.is_alone or places or indent is None:
            return None
        actual = self._actual(claim, is_read)
        name, lead = self._named(actual, claim)
        found = fields.of(name, value, self._writer)
        if not found:
            return None
        start, end = self._source.start(statement), self._source.end(statement)
        return {
            "start": start,
            "end": end,
            "lead": lead,
            "indent": indent,
            "fields": found,
            "edits": self._changes.without_comment(claim, statement),
        }

    def _in_place(self, claim, place, value, text):
        """What is written where the expected value stands, as a list shows it and as changes."""
        approx = place if within_approx(place) else claim.expected if within_approx(claim.expected) else None
        if approx is None:
            return text, [self._changes.replaced(place, text)]
        inside = self._numbers(value)
        if inside is None:
            whole = [
                self._source.start(claim.condition),
                self._source.end(claim.condition),
                same(self._actual(claim, False), text),
            ]
            if place is not claim.expected:
                raise Unwritable("it is no number, and the other rows are")
            return text, [whole]
        return inside, [self._changes.replaced(within_approx(place) or place, inside)]

    def _numbers(self, value):
        if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
            numbers = [self._writer.number(item) for item in value]
            if not numbers or None in numbers:
                return None
            inside = ", ".join(numbers)
            return f"[{inside}]" if type(value) is list else f"({inside}{',' if len(numbers) == 1 else ''})"
        return self._writer.number(value)

    def _part_by_part(self, claim, value, actual, places):
        """A long text or collection by its length and a part."""
        if not claim.is_alone or places or claim.kind not in ("equal", "value"):
            raise Unwritable("it is long, and other rows are not")
        name, lead = self._named(actual, claim)
        lines, imports = parts.conditions(name, value, self._writer)
        return self._changes.told(claim, lead, lines, imports)

    def _as_object(self, claim, value, actual, places, reason):
        """An object that no literal is equal to, by what it shows of itself."""
        if places or claim.kind not in ("equal", "value"):
            raise reason
        lines, imports = objects.conditions(actual, value, self._writer, reason)
        if not lines[0].startswith(objects.NAME):
            changed = self._changes.replaced(claim.condition, lines[0])
            edits = [
                changed,
                *self._changes.without_message(claim),
                *self._changes.without_comment(claim, claim.statement),
            ]
            return {"edits": edits, "imports": imports, "answered": shown(lines[0])}
        if not claim.is_alone:
            raise reason
        name, lead = self._named(actual, claim)
        return self._changes.told(claim, lead, [line.replace(objects.NAME, name, 1) for line in lines], imports)

    def _with_names(self, claim, displays):
        """(lines that give names to displays of a call, those names by place, the call with them)."""
        base, text, lead, names = self._source.start(claim.actual), self._source.text(claim.actual), [], {}
        data = text.encode()
        for place in sorted(displays, reverse=True):
            display = claim.handed.displays[place]
            name = _free_name(claim.function.node, handed.first_name(display), names.values())
            names[place] = name
            lead.insert(0, f"{name} = {self._source.one_line(display)}")
            start, end = self._source.start(display) - base, self._source.end(display) - base
            data = data[:start] + name.encode() + data[end:]
        return lead, names, data.decode()

    @staticmethod
    def _named(actual, claim):
        """A name for a value, and the lines that give it that."""
        if re.fullmatch(r"\w+(\.\w+)*", actual) is not None:
            return actual, []
        name = _free_name(claim.function.node, "body" if re.search(r"json\(\)$", actual) else "result")
        return name, [f"{name} = {actual}"]

    def _actual(self, claim, is_read):
        text = self._source.operand(claim.actual)
        return f"list({text})" if is_read else text

    def _wrapping(self, claim):
        start, end = self._source.start(claim.actual), self._source.end(claim.actual)
        return [[start, start, "list("], [end, end, ")"]]


def _free_name(function, first, others=()):
    taken = (
        {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        | {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
        | set(others)
    )
    return next(
        name
        for name in (first, "result", "answer", "found", *(f"result_{n}" for n in range(2, 1000)))
        if name not in taken
    )
