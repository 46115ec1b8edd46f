"""How a test file can name classes of the code: by names that it has, or by imports."""

import builtins
import sys

from .unwritable import Unwritable

# Packages that whoever runs a test brings: what a class has for subclasses, say, depends on them.
_OF_THE_RUN = {__name__.partition(".")[0], "_pytest", "pytest", "pluggy", "pygments", "iniconfig"}


class Naming:
    """For a file with these global names. Collects the imports that what is written needs beside what the file has."""

    def __init__(self, names):
        self._names = names
        self._imports = {}

    def named(self, kind):
        """How the file can name a class: with a name that it has, or an import."""
        module, name = kind.__module__, kind.__qualname__
        if "<locals>" in name:
            raise Unwritable(f"{name} is made inside of a function")
        if module.partition(".")[0] in _OF_THE_RUN:
            raise Unwritable(f"{name} is there only because a test is run")
        top = name.partition(".")[0]
        if getattr(builtins, top, None) is kind and top not in self._names:
            return name
        if self._reaches(self._names.get(top), name, kind):
            return name
        for known, value in self._names.items():
            if value is kind and not known.startswith("@"):
                return known
        home = sys.modules.get(module)
        if home is None or not self._reaches(getattr(home, top, None), name, kind):
            raise Unwritable(f"{name} cannot be imported from {module}")
        if self._names.get(module.partition(".")[0]) is sys.modules.get(module.partition(".")[0]) and "." not in module:
            return f"{module}.{name}"
        if top in self._names or hasattr(builtins, top):
            raise Unwritable(f"{top} means something else in the file")
        self._imports[top] = f"from {module} import {top}"
        return name

    @property
    def imports(self):
        """The import lines that are needed since they were last taken or forgotten."""
        return sorted(set(self._imports.values()))

    def take_imports(self):
        """Them, for the last time: what is written from now on is another text."""
        taken, self._imports = self.imports, {}
        return taken

    def forget_imports(self):
        """What is written from now on is another text."""
        self._imports = {}

    def evaluated(self, text):
        """What a text means in the file, with the imports that it needs."""
        names = dict(self._names)
        for line in self._imports.values():
            exec(line, names)
        return eval(text, names)

    @staticmethod
    def _reaches(first, name, kind):
        for part in name.split(".")[1:]:
            first = getattr(first, part, None)
        return first is kind
