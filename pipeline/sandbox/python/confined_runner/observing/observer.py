"""What a running test tells of its claims."""

import itertools
import os
from collections.abc import Iterator

from .. import session
from .unwritable import Unwritable

_MOST_ITEMS = 100
_VIEWS = (type({}.keys()), type({}.values()), type({}.items()), range)
# Of code that is called the wrong way, unless it says so itself.
_OF_MISUSE = (TypeError, AttributeError, NameError, ImportError, NotImplementedError, RuntimeError)
# Of what confines a run, or of the machine.
_OF_SURROUNDINGS = (MemoryError, RecursionError, AssertionError)
_OF_FILES = (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError)


class Observer:
    """
    Told by an instrumented file. Sends for every claim that a test comes to: { claim, test, place, outcome, asked,
    expected, answered, edits, imports, reason, removals, fields }: outcome "right", "wrong" or "open", edits as [start,
    end, text] by bytes of the file.
    """

    def __init__(self, claims, editor, folder, send):
        self._claims = claims
        self._editor = editor
        self._folder = folder
        self._send = send
        self._indices = {}
        self._read = {}
        self._values = {}
        self._gone = set()
        self._handed = {}
        self.parameters = {}
        self.again = False

    def start(self, parameters):
        """A test begins, with these rows of its tables."""
        self.parameters = parameters
        self._indices, self._read, self._values, self._gone, self._handed = {}, {}, {}, set(), {}

    # What the file calls.

    def loop(self, number, values):
        try:
            for index, value in enumerate(values):
                self._indices[number] = index
                yield value
        finally:
            self._indices.pop(number, None)

    def read(self, number, value):
        """An iterator's items, in its place: to look at them uses them up."""
        claim = self._claims[number]
        self._read.pop(number, None)
        if (
            not claim.is_about_items
            or not isinstance(value, (Iterator, *_VIEWS))
            or isinstance(value, range)
            and claim.kind != "equal"
        ):
            return value
        if isinstance(value, range) and claim.expects_range:
            return value
        items = list(itertools.islice(value, _MOST_ITEMS + 1))
        self._read[number] = type(value)
        return items

    def before(self, number, names):
        """What a call is about to be handed under a name."""
        claim = self._claims[number]
        self._handed[number] = {
            name: (names[name], self._editor.state(names[name])) for name in claim.handed.names if name in names
        }

    def hand(self, number, place, value):
        self._handed[number][place] = (value, self._editor.state(value))
        return value

    def seen(self, number, value, held, names):
        claim, places = self._claims[number], self._places()
        is_read = number in self._read
        if value is None and (changed := self._changed(number, names)):
            return self._propose(
                claim,
                places,
                lambda: self._editor.answers.changes(claim, changed, places, held=held),
                lambda: self._editor.answers.answers_nothing(claim, places),
            )
        if held and not (is_read and claim.kind == "equal"):
            return self._tell(claim, places, "right")
        if is_read and len(value) > _MOST_ITEMS:
            return self._propose(claim, places, lambda: self._editor.answers.first_items(claim, value, places))
        self._propose(
            claim,
            places,
            lambda: self._editor.answers.value(claim, value, places, is_read=is_read, held=held),
            lambda: self._editor.answers.fields(claim, value, places, is_read=is_read),
        )

    def _changed(self, number, names):
        """[(name or place of a display, what is so now)] of what a call was handed and is another now."""
        found = []
        for key, (value, before) in self._handed.pop(number, {}).items():
            is_same_thing = key not in names or names[key] is value
            now = self._editor.state(value) if is_same_thing and before is not None else None
            if now is not None and now != before:
                found.append((key, now))
        return found

    def raised(self, number, error):
        """Whether the test can go on without what raised it."""
        claim, places = self._claims[number], self._places()
        if claim.statement in self._gone:
            return True
        reason = self._why_not(error)
        if reason is not None:
            self._tell(claim, places, "open", reason=reason)
            return False
        self._propose(claim, places, lambda: self._editor.exceptions.raised(claim, error, places))
        return claim.kind != "runs"

    def value(self, number, value):
        self._values[number] = value
        return value

    def raises(self, number, inner):
        self._values.pop(number, None)
        return _Block(self, self._claims[number], inner)

    # What a block that expects an exception tells.

    def block_right(self, claim):
        self._tell(claim, self._places(), "right")

    def block_other(self, claim, error):
        """Whether the test can go on after an exception that was not expected."""
        places, reason = self._places(), self._why_not(error)
        if reason is not None:
            self._tell(claim, places, "open", reason=reason)
            return False
        self._propose(claim, places, lambda: self._editor.exceptions.other_exception(claim, error))
        return True

    def block_mismatch(self, claim, error):
        self._propose(claim, self._places(), lambda: self._editor.exceptions.other_message(claim, error))

    def block_silent(self, claim):
        places = self._places()
        if claim.number not in self._values:
            return self._tell(claim, places, "open", reason="nothing was raised")
        value = self._values[claim.number]
        is_read = isinstance(value, (Iterator, *_VIEWS)) and not isinstance(value, range)
        if is_read:
            value = list(itertools.islice(value, _MOST_ITEMS + 1))
        if is_read and len(value) > _MOST_ITEMS:
            return self._tell(claim, places, "open", reason="it goes on and on")
        self._gone |= set(claim.dependents)
        self._propose(claim, places, lambda: self._editor.exceptions.silent(claim, value, is_read=is_read))

    def _places(self):
        return {**self.parameters, **self._indices}

    def _why_not(self, error):
        """Why nobody should expect this exception; None where the code under test says it by itself."""
        frames = list(_frames(error))
        name = type(error).__name__
        inside = frames[-1][0].f_code.co_filename if frames else ""
        if os.path.basename(inside) == session.FILE or "confined_runner" in inside or not frames:
            return f"the test itself raises {name}"
        if isinstance(error, _OF_SURROUNDINGS) or isinstance(error, OSError) and not isinstance(error, _OF_FILES):
            return f"it raises {name}, which says more of the run than of the code"
        if isinstance(error, _OF_MISUSE) and type(error).__module__ == "builtins":
            frame, last = frames[-1]
            if not inside.startswith(self._folder) or not _is_raise(frame.f_code, last):
                return f"it is called in a way that it does not take: {name}"
        return None

    def _propose(self, claim, places, make, make_fields=lambda: None):
        try:
            fields = make_fields()
            proposal = make()
        except Unwritable as error:
            return self._tell(claim, places, "open", reason=str(error), fields=fields)
        except Exception as error:  # code of the value's own class
            return self._tell(claim, places, "open", reason=f"its value cannot be looked at: {type(error).__name__}")
        self._tell(claim, places, "wrong", **proposal, fields=fields)

    def _tell(self, claim, places, outcome, edits=(), imports=(), answered=None, reason=None, fields=None):
        place = self._editor.expected.place(claim, places)
        removals = [] if outcome == "right" else self._editor.expected.removals(claim, places, self._claims)
        self._send(
            {
                "observed": {
                    "claim": claim.number,
                    "test": claim.test,
                    "place": place,
                    "again": self.again,
                    "outcome": outcome,
                    **self._editor.wording.described(claim, places),
                    "answered": answered,
                    "edits": list(edits),
                    "imports": list(imports),
                    "reason": reason,
                    "removals": removals,
                    "fields": fields,
                }
            }
        )


class _Block:
    """In the place of what `pytest.raises(...)` gives."""

    def __init__(self, observer, claim, inner):
        self._observer, self._claim, self._inner = observer, claim, inner

    def __enter__(self):
        self._info = self._inner.__enter__()
        return self._info

    def __exit__(self, kind, error, trace):
        if error is None:
            self._observer.block_silent(self._claim)
            return False
        try:
            matched = self._inner.__exit__(kind, error, trace)
        except BaseException:
            self._observer.block_mismatch(self._claim, error)
            return True
        if matched:
            self._observer.block_right(self._claim)
            return True
        if not isinstance(error, Exception) or not self._observer.block_other(self._claim, error):
            return False
        try:
            self._info.fill_unfilled((kind, error, trace))
        except Exception:
            pass  # what looks into it tells of that itself
        return True


def _frames(error):
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame, trace.tb_lasti
        trace = trace.tb_next


def _is_raise(code, last):
    import dis

    return any(each.offset == last and each.opname == "RAISE_VARARGS" for each in dis.get_instructions(code))
