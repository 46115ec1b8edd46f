"""What a run executes of a target's own lines, by coverage.py."""

import importlib

from .mutation.definitions import Module


class Measurement:
    """Counts from its making to `result`."""

    def __init__(self, target):
        import coverage

        importlib.import_module(target["module"])
        self._module = Module(target["module"])
        self._definitions = self._module.definitions(target["qualifiedName"])
        self._coverage = coverage.Coverage(
            data_file=None, branch=True, include=[self._module.file], config_file=False, messages=False
        )
        self._coverage.start()

    def result(self):
        """
        { lines: [covered, all], branches: [covered, all], missing: lines, missing_branches: [[line, next line], ...] },
        of what a call runs: the bodies of functions. A decorator, a default or the body of a class was run before. A
        next line below 0 is the way out of the function.
        """
        self._coverage.stop()
        file = self._module.file
        own = {
            line
            for definition in self._definitions
            for line in range(definition.function.body[0].lineno, definition.function.end_lineno + 1)
        }
        _, statements, _, missing, _ = self._coverage.analysis2(file)
        exits = sum(ways for line, (ways, _) in self._coverage.branch_stats(file).items() if line in own)
        # coverage.py tells which ways are missing in its reports alone; this is what they are made from.
        arcs = self._coverage._analyze(file).missing_branch_arcs()
        not_taken = sorted([line, way] for line, ways in arcs.items() if line in own for way in ways)
        lines, missing = own.intersection(statements), sorted(own.intersection(missing))
        return {
            "lines": [len(lines) - len(missing), len(lines)],
            "branches": [exits - len(not_taken), exits],
            "missing": missing,
            "missing_branches": not_taken,
        }
