"""Where a claim says what it expects, and how it is taken out of its test: changes of a file, by bytes."""

import ast

from .. import assertions
from . import removal
from .tables import Rows
from .unwritable import Unwritable


class Expected:
    """What the claims of a file with this text (a Source) expect: written in them, or in the rows of tables."""

    def __init__(self, source):
        self._source = source

    def place(self, claim, places):
        """The bytes that say what is expected, in this row of a table."""
        node = self.node(claim, places) if claim.kind in ("equal", "near") else claim.condition or claim.statement
        row = self.row(claim, places)
        if row is not None and claim.kind not in ("equal", "near"):
            node = row.node
        return [self._source.start(node), self._source.end(node)]

    def node(self, claim, places):
        """The expression that says what is expected: a cell, in a row of a table; of `approx`, all of it."""
        node = claim.function.tables.place(claim.expected, places)
        inner = within_approx(node)
        if inner is not None:
            found = claim.function.tables.place(inner, places)
            if found is not inner:
                return found
        return node if hasattr(node, "lineno") else claim.expected

    def row(self, claim, places):
        """The row of a table (Rows) that the claim is about; None where it is in none, or in more than one."""
        found = claim.function.tables.row(places) if places else None
        return None if found is None else Rows(*found)

    def removals(self, claim, places, claims):
        """
        Ways to take a claim out of its test, [{ row, edits, left }]: its row of a table, or it all; `left` are the
        claims that stay.
        """
        found = []
        row = self.row(claim, places)
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

    def without_row(self, row):
        """
        Changes that take a row out of its table. Raises Unwritable where it is the only one, or cannot be taken out.
        """
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


def within_approx(node):
    """What `approx` is called with; None for anything else."""
    if isinstance(node, ast.Call) and assertions.called(node) == "approx" and node.args:
        return node.args[0]
    return None
