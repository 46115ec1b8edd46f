"""What a child is asked about mutants: which there are, and what tests say of one of them."""

import importlib
import json
import os

from .. import testing
from ..applications import surroundings
from .plan import mutants_of


def prepare(target):
    """
    Makes the mutants of a loaded target, for the children to come. What goes wrong here goes wrong in them too, which
    tell of it.
    """
    try:
        mutants_of(target["module"], target["qualifiedName"])
    except Exception:
        pass


def list_mutants(job, report, shown):
    """
    Writes JSON lines to `report`: one { operator, line, diff } for each of the first `limit` mutants, { total, nonce }
    at the end. None where the module cannot be loaded or has no text. Never returns.
    """
    write_list(list_for(job), job, report)
    os._exit(0)


def list_for(job):
    """All mutants of the job's target; none where its module cannot be loaded or has no text."""
    try:
        return _mutants(job["target"])
    except Exception:
        return []


def write_list(mutants, job, report):
    lines = [
        {"operator": mutant.operator, "line": mutant.line, "diff": mutant.diff} for mutant in mutants[: job["limit"]]
    ]
    data = "".join(
        f"{json.dumps(line)}\n" for line in (*lines, {"total": len(mutants), "nonce": job["nonce"]})
    ).encode()
    while data:
        data = data[os.write(report, data) :]


def run_mutant(job, report, shown):
    """
    Puts a mutant in the target's place and runs `tests` as testing.run does, up to the first that fails, or all of them
    where `every` says so; where `number` is None, it runs all of them on the target as it is. Never returns.
    """
    number = job["number"]
    if number is not None:
        _mutants(job["target"])[number].apply()
    testing.run({**job, "skip": [], "until": None if number is None or job["every"] else "failure"}, report, shown)


def _mutants(target):
    surroundings.enter(target)
    importlib.import_module(target["module"])
    return mutants_of(target["module"], target["qualifiedName"])
