"""What is written in the place of an expectation that does not hold: changes of a test file."""

from . import handed
from .answers import Answers
from .changes import Changes
from .exceptions import Exceptions
from .expected import Expected
from .wording import Wording


class Editor:
    """Writes what the code answers into a test file (a Source), as `writer` (a Writer) puts it into words."""

    def __init__(self, source, writer):
        changes = Changes(source)
        self.expected = Expected(source)
        self.wording = Wording(source, self.expected)
        self.answers = Answers(source, writer, self.expected, changes)
        self.exceptions = Exceptions(source, writer, self.expected, changes)
        self._writer = writer

    def state(self, value):
        """What a thing is now, in words that tell whether a call has changed it (see handed.state)."""
        return handed.state(value, self._writer)
