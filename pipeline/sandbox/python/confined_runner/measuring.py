"""What a run executes of a target's own lines, by coverage.py."""

import sys

from .mutation.definitions import Module


class Measurement:
    """Counts from its making to `result`."""

    def __init__(self, target):
        import coverage

        self._module = Module(target["module"])
        self._definitions = self._module.definitions(target["qualifiedName"])
        self._coverage = coverage.Coverage(data_file=None, branch=True, include=[self._module.file], config_file=False, messages=False)
        self._coverage.start()

    def result(self):
        """
        { lines: [covered, all], branches: [covered, all], missing: lines }, of what a call runs: the bodies of functions. A decorator,
        a default or the body of a class was run before.
        """
        self._coverage.stop()
        file = self._module.file
        own = {
            line for definition in self._definitions
            for line in range(definition.function.body[0].lineno, definition.function.end_lineno + 1)
        }
        _, statements, _, missing, _ = self._coverage.analysis2(file)
        branches = [counts for line, counts in self._coverage.branch_stats(file).items() if line in own]
        lines, missing = own.intersection(statements), sorted(own.intersection(missing))
        return {
            "lines": [len(lines) - len(missing), len(lines)],
            "branches": [sum(taken for _, taken in branches), sum(exits for exits, _ in branches)],
            "missing": missing,
        }
