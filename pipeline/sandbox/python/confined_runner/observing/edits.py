"""What is written in the place of an expectation that does not hold: changes of a file, as [start, end, text] by bytes."""

import ast
import re

from .. import assertions
from . import fields, handed, objects, parts, removal
from .readable import TooLong, Unwritable
from .tables import Rows

_LONGEST_SHOWN = 300
_LONGEST_MESSAGE = 100
_FIRST_ITEMS = 5


def reads(claim):
    """Whether a claim is about what an iterator yields, if it is about one."""
    if claim.kind == "equal":
        return True
    condition = claim.condition
    return (
        isinstance(condition, ast.Compare)
        and isinstance(condition.ops[0], (ast.In, ast.NotIn))
        and condition.comparators[0] is claim.actual
    )


def expects_range(claim):
    return isinstance(claim.expected, ast.Call) and assertions.called(claim.expected) == "range"


class Editor:
    def __init__(self, source, writer):
        self._source = source
        self._writer = writer

    # What a claim is about.

    def place(self, claim, places):
        """The bytes that say what is expected, in this row of a table."""
        node = self._expected(claim, places) if claim.kind in ("equal", "near") else claim.condition or claim.statement
        row = self._row(claim, places)
        if row is not None and claim.kind not in ("equal", "near"):
            node = row.node
        return [self._source.start(node), self._source.end(node)]

    def described(self, claim, places):
        """{ asked, expected }, as the list of disagreements shows them."""
        if claim.kind == "raises":
            body = "; ".join(self._source.one_line(part) for part in claim.statement.body)
            return {
                "asked": _shown(body),
                "expected": _shown(f"raises {self._source.one_line(claim.expected.args[0])}"),
            }
        asked = _shown(self._seen_through(claim.actual, claim, places))
        if claim.kind == "runs":
            return {"asked": asked, "expected": "no exception"}
        if claim.kind in ("equal", "near"):
            expected = self._expected(claim, places)
            return {"asked": asked, "expected": _shown(self._source.one_line(_within_approx(expected) or expected))}
        return {"asked": asked, "expected": _shown(_said_of(claim, self._source))}

    def removals(self, claim, places, claims):
        """Ways to take a claim out of its test, [{ row, edits, left }]: its row of a table, or it all; `left` are the claims that stay."""
        found = []
        row = self._row(claim, places)
        if row is not None and row.has_others and (edits := self._row_edits(row)) is not None:
            found.append({"row": True, "edits": edits, "left": self._left(claim, claims, [])})
        gone = claim.going or []
        edits = removal.without(gone, self._source)
        if edits is not None:
            found.append({"row": False, "edits": edits, "left": self._left(claim, claims, gone)})
        return found

    def _left(self, claim, claims, gone):
        spans = [(self._source.start(part), self._source.end(part)) for part in gone]
        return [
            each.number
            for each in claims
            if each.test == claim.test
            and each.kind != "runs"
            and not any(start <= self._source.start(each.statement) < end for start, end in spans)
        ]

    # What is written.

    def value(self, claim, value, places, is_read, held):
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
        rest = self._without_message(claim)
        place = self._expected(claim, places)
        is_cell = claim.kind in ("equal", "near") and place is not claim.expected
        if claim.kind == "near" and (number := self._writer.number(value)) is not None:
            text, changes = number, [self._replaced(place, number)]
        elif claim.kind == "equal" and (is_cell or not _is_single(text) and isinstance(claim.condition.ops[0], ast.Eq)):
            text, changes = self._in_place(claim, place, value, text)
            changes = [*wrap, *changes]
        elif is_cell:
            raise Unwritable("rows of a table would have to say different things")
        else:
            changes = [
                [self._source.start(claim.condition), self._source.end(claim.condition), _equality(actual, text)]
            ]
        return {
            "edits": [*changes, *rest, *self._without_comment(claim, place if is_cell else claim.statement)],
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
        edits = [self._replaced(claim.condition, condition), *self._without_message(claim)]
        return {
            "edits": [*edits, *self._without_comment(claim, claim.statement)],
            "imports": [*written.imports, "from itertools import islice"],
            "answered": f"{written.text}, and so on",
        }

    def state(self, value):
        return handed.state(value, self._writer)

    def changes(self, claim, changed, places, held):
        """What a call that answers nothing made of its object and its arguments; where `held`, beside what is written."""
        if places or not claim.is_alone or claim.kind not in ("equal", "value"):
            if held:
                return {"edits": [], "answered": None}
            return self.value(claim, None, places, is_read=False, held=False)
        lead, names, actual = self._with_names(claim, [key for key, _ in changed if isinstance(key, int)])
        said = [line.replace(objects.NAME, names.get(key, key)) for key, (line, _) in changed]
        imports = sorted({each for _, (_, needed) in changed for each in needed})
        told = self._told(claim, lead, [f"{actual} is None", *said], imports)
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

    def fields(self, claim, value, places, is_read):
        """{ start, end, lead, indent, fields, edits }: where a statement says of a whole what could be said of its fields; None where it cannot."""
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
            "edits": self._without_comment(claim, statement),
        }

    def raised(self, claim, error, places):
        name = self._writer.named(type(error))
        imports = self._writer.take_imports()
        answered = f"raises {name}"
        row = self._row(claim, places)
        if row is not None:
            return {"edits": self._without_row(row), "answered": answered}
        if places or not claim.is_alone:
            raise Unwritable(f"{answered}, where the same line says more")
        statement = claim.statement
        indent = self._indent(statement)
        if claim.kind == "runs":
            lines = self._source.text(statement).splitlines()
            end = self._source.end(claim.following[-1]) if claim.following else self._source.end(statement)
            self._expect_no_text_over_lines(claim)
            body = "\n".join(
                [f"{indent}    {lines[0]}", *(f"    {line}" if line.strip() else line for line in lines[1:])]
            )
        else:
            body = f"{indent}    {self._source.operand(claim.actual)}"
            end = self._source.end(statement)
        changed = [self._source.start(statement), end, f"with pytest.raises({name}):\n{body}"]
        return {"edits": [changed, *self._without_comment(claim, statement)], "imports": imports, "answered": answered}

    def other_exception(self, claim, error):
        name = self._writer.named(type(error))
        imports = self._writer.take_imports()
        changes = [self._replaced(claim.expected.args[0], name)]
        match = _keyword(claim.expected, "match")
        if match is not None:
            changes.append(self._replaced(match, self._pattern(error)))
        return {
            "edits": [*changes, *self._without_comment(claim, claim.expected)],
            "imports": imports,
            "answered": f"raises {name}",
        }

    def other_message(self, claim, error):
        match = _keyword(claim.expected, "match")
        if match is None:
            raise Unwritable("it raises the exception in another way")
        pattern = self._pattern(error)
        return {
            "edits": [self._replaced(match, pattern)],
            "answered": f"raises {type(error).__name__} with the message {pattern}",
        }

    def silent(self, claim, value, is_read):
        """A block under `raises` that nothing comes out of: what its last line answers."""
        statement = claim.statement
        indent = self._indent(statement)
        before = statement.body[:-1]
        self._expect_no_text_over_lines(claim)
        text = self._source.operand(claim.actual)
        written = self._writer.written(value)
        asserted = f"assert {_equality(f'list({text})' if is_read else text, written.text)}"
        lines = [self._source.text(part) for part in before] + [asserted]
        if any("\n" in line for line in lines[:-1]):
            raise Unwritable("nothing is raised, by more than one statement")
        changes = [[self._source.start(statement), self._source.end(statement), f"\n{indent}".join(lines)]]
        changes += [self._gone(part) for part in claim.dependents]
        return {"edits": changes, "imports": written.imports, "answered": written.text}

    def _in_place(self, claim, place, value, text):
        """What is written where the expected value stands, as a list shows it and as changes."""
        approx = place if _within_approx(place) else claim.expected if _within_approx(claim.expected) else None
        if approx is None:
            return text, [self._replaced(place, text)]
        inside = self._numbers(value)
        if inside is None:
            whole = [
                self._source.start(claim.condition),
                self._source.end(claim.condition),
                _equality(self._actual(claim, False), text),
            ]
            if place is not claim.expected:
                raise Unwritable("it is no number, and the other rows are")
            return text, [whole]
        return inside, [self._replaced(_within_approx(place) or place, inside)]

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
        return self._told(claim, lead, lines, imports)

    def _as_object(self, claim, value, actual, places, reason):
        """An object that no literal is equal to, by what it shows of itself."""
        if places or claim.kind not in ("equal", "value"):
            raise reason
        lines, imports = objects.conditions(actual, value, self._writer, reason)
        if not lines[0].startswith(objects.NAME):
            changed = self._replaced(claim.condition, lines[0])
            edits = [changed, *self._without_message(claim), *self._without_comment(claim, claim.statement)]
            return {"edits": edits, "imports": imports, "answered": _shown(lines[0])}
        if not claim.is_alone:
            raise reason
        name, lead = self._named(actual, claim)
        return self._told(claim, lead, [line.replace(objects.NAME, name, 1) for line in lines], imports)

    def _told(self, claim, lead, lines, imports):
        """Conditions in the place of a statement, each an assertion of its own."""
        text = f"\n{self._indent(claim.statement)}".join([*lead, *(f"assert {line}" for line in lines)])
        change = [self._source.start(claim.statement), self._source.end(claim.statement), text]
        return {
            "edits": [change, *self._without_comment(claim, claim.statement)],
            "imports": imports,
            "answered": _shown("; ".join(lines)),
        }

    @staticmethod
    def _named(actual, claim):
        """A name for a value, and the lines that give it that."""
        if re.fullmatch(r"\w+(\.\w+)*", actual) is not None:
            return actual, []
        name = _free_name(claim.function.node, "body" if re.search(r"json\(\)$", actual) else "result")
        return name, [f"{name} = {actual}"]

    def _expected(self, claim, places):
        node = claim.function.tables.place(claim.expected, places)
        inner = _within_approx(node)
        if inner is not None:
            found = claim.function.tables.place(inner, places)
            if found is not inner:
                return found
        return node if hasattr(node, "lineno") else claim.expected

    def _row(self, claim, places):
        found = claim.function.tables.row(places) if places else None
        return None if found is None else Rows(*found)

    def _without_row(self, row):
        edits = self._row_edits(row) if row.has_others else None
        if edits is None:
            raise Unwritable(
                "the only row of its table raises" if not row.has_others else "its row cannot be taken out"
            )
        return edits

    def _row_edits(self, row):
        """A tuple becomes a list: with one row left, it might be none any more."""
        start, end = self._source.start(row.node), self._source.end(row.node)
        gone = (
            [start, self._source.start(row.next), ""]
            if row.next is not None
            else [self._source.end(row.previous), end, ""]
        )
        if isinstance(row.table, ast.List):
            return [gone]
        first, last = self._source.start(row.table), self._source.end(row.table)
        if self._source.between(first, first + 1) != "(" or self._source.start(row.table.elts[0]) == first:
            return None
        return [[first, first + 1, "["], gone, [last - 1, last, "]"]]

    def _actual(self, claim, is_read):
        text = self._source.operand(claim.actual)
        return f"list({text})" if is_read else text

    def _wrapping(self, claim):
        start, end = self._source.start(claim.actual), self._source.end(claim.actual)
        return [[start, start, "list("], [end, end, ")"]]

    def _replaced(self, node, text):
        return [self._source.start(node), self._source.end(node), text]

    def _gone(self, statement):
        indent = self._indent(statement)
        start = self._source.start(statement) - len(indent.encode())
        return [start, min(self._source.end(statement) + 1, len(self._source.data)), ""]

    def _without_message(self, claim):
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

    def _without_comment(self, claim, node):
        """What is said behind an expectation, on its line, explains what was expected."""
        end = max(self._source.end(node), self._source.end(claim.statement) if node is claim.statement else 0)
        rest = self._source.rest_of_line(end)
        found = re.fullmatch(r"([^#'\"]*?)([ \t]*#(?!\s*(?:noqa|type:|pragma|fmt:)).*)", rest)
        if found is None:
            return []
        before = len(found[1].encode())
        return [[end + before, end + before + len(found[2].encode()), ""]]

    def _indent(self, statement):
        indent = self._source.indent(statement)
        if indent is None:
            raise Unwritable("it stands on a line with other statements")
        return indent

    @staticmethod
    def _expect_no_text_over_lines(claim):
        if claim.has_text_over_lines:
            raise Unwritable("it holds a text of several lines")

    def _pattern(self, error):
        message = str(error)
        if not message or len(message) > _LONGEST_MESSAGE or not message.isprintable():
            raise Unwritable("its message is no line that can be written down")
        text = self._writer.written(message).text[1:-1]
        escaped = re.sub(r"([\\^$.|?*+()\[\]{}])", r"\\\1", message)
        if escaped == message:
            return f'"{text}"' if '"' not in message else repr(message)
        return f'r"{escaped}"' if '"' not in escaped and not escaped.endswith("\\") else repr(escaped)

    def _seen_through(self, node, claim, places):
        """The text of an expression, with what its names stand for where that is written out."""
        base, text = self._source.start(node), self._source.text(node).encode()
        names = [part for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)]
        for part in sorted(names, key=self._source.start, reverse=True):
            value = claim.function.tables.value_of(part.id, places)
            if (
                value is None
                or not hasattr(value, "lineno")
                or any(isinstance(inner, ast.Name) and inner.id == part.id for inner in ast.walk(value))
            ):
                continue
            shown = (
                self._source.text(value)
                if part is node or not isinstance(value, _TO_BRACKET)
                else f"({self._source.text(value)})"
            )
            text = text[: self._source.start(part) - base] + shown.encode() + text[self._source.end(part) - base :]
        return text.decode() if len(text) <= _LONGEST_SHOWN else self._source.one_line(node)


_TO_BRACKET = (ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Lambda, ast.UnaryOp, ast.Await, ast.NamedExpr)


def _shown(text):
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def _said_of(claim, source):
    """What a condition says of the actual value."""
    condition = claim.condition
    if condition is claim.actual:
        return "something true"
    if isinstance(condition, ast.UnaryOp):
        return "something false"
    if isinstance(condition, ast.Compare) and len(condition.ops) == 1 and claim.expected is not None:
        way = _WAYS[type(condition.ops[0])]
        if claim.actual is condition.comparators[0] and way in ("in", "not in"):
            return f"{'to hold' if way == 'in' else 'not to hold'} {source.one_line(claim.expected)}"
        return f"{way} {source.one_line(claim.expected)}"
    return source.one_line(condition)


_WAYS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}


def _equality(actual, text):
    return f"{actual} is {text}" if _is_single(text) else f"{actual} == {text}"


def _is_single(text):
    return text in ("None", "True", "False")


def _within_approx(node):
    if isinstance(node, ast.Call) and assertions.called(node) == "approx" and node.args:
        return node.args[0]
    return None


def _keyword(call, name):
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _free_name(function, first, others=()):
    taken = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)} | {
        node.arg for node in ast.walk(function) if isinstance(node, ast.arg)
    } | set(others)
    return next(
        name
        for name in (first, "result", "answer", "found", *(f"result_{n}" for n in range(2, 1000)))
        if name not in taken
    )
