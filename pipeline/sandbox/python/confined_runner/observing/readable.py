"""Values as a person would write them in a test: Python source text that evaluates to an equal value."""

import math
import re

from .forms import Forms
from .naming import Naming
from .unwritable import TooLong, Unwritable, kind_of

LONGEST = 240


class Written:
    """`text`, with the import lines that it needs beside what the file has."""

    def __init__(self, text, imports=()):
        self.text = text
        self.imports = sorted(set(imports))


class Writer:
    """Writes values for a test file with these global names; `folders` are this machine's."""

    def __init__(self, names, folders):
        self._naming = Naming(names)
        self._forms = Forms(self._naming)
        self._folders = folders

    def written(self, value, longest=LONGEST):
        """A value as a Written. Raises Unwritable; TooLong where it takes more characters than `longest`."""
        self._naming.forget_imports()
        try:
            text = self._forms.text(value, top=True)
        except (RecursionError, TypeError, AttributeError) as error:
            raise Unwritable(f"{kind_of(value)} has no plain form") from error
        self._refuse(text)
        if len(text) > longest:
            raise TooLong(f"{kind_of(value)} is too long to be written out")
        self._expect_equal(text, value)
        return Written(text, self._naming.imports)

    def number(self, value):
        """A number as it stands inside of `approx`, or beside a tolerance."""
        if type(value) is float and math.isfinite(value) or type(value) is int:
            return repr(value)
        return None

    def named(self, kind):
        """How the file can name a class. Raises Unwritable where it cannot."""
        return self._naming.named(kind)

    def take_imports(self):
        """The import lines that need to be there for what was named."""
        return self._naming.take_imports()

    def call_of(self, kind, arguments, keywords, value):
        """
        (imports, text) of a call with plain arguments that makes an equal value. Raises Unwritable where it does not.
        """
        self._naming.forget_imports()
        texts = [*map(self._forms.text, arguments), *(f"{name}={self._forms.text(item)}" for name, item in keywords)]
        return self._equal_to(self._forms.call(kind, texts), value)

    def literal_of(self, literal, value):
        """
        (imports, text) of a literal that a value of some other class is equal to. Raises Unwritable where it is not.
        """
        self._naming.forget_imports()
        return self._equal_to(self._forms.text(literal), value)

    def _equal_to(self, text, value):
        self._refuse(text)
        self._expect_equal(text, value)
        return self._naming.take_imports(), text

    def _refuse(self, text):
        if _ADDRESS.search(text):
            raise Unwritable("it holds an address")
        if any(folder in text for folder in self._folders) or "pytest-of-" in text:
            raise Unwritable("it names a folder of this machine")

    def _expect_equal(self, text, value):
        try:
            if (value == self._naming.evaluated(text)) is not True:
                raise Unwritable(f"{kind_of(value)} equals nothing that can be written down")
        except Unwritable:
            raise
        except Exception as error:
            raise Unwritable(f"{kind_of(value)} has no plain form") from error


_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{7,}\b")
