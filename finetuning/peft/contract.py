"""The words between a trainer and the toolkit: lines on standard output, files in the folder, SIGTERM."""

import contextlib
import json
import pathlib
import signal
import sys
from collections.abc import Iterator
from typing import NoReturn


def say(message: str) -> None:
    """A line for the user."""
    print(json.dumps({"message": message}), flush=True)


def tell_progress(**progress) -> None:
    print(json.dumps(progress), flush=True)


def leave_facts(folder: pathlib.Path, facts: dict) -> None:
    (folder / "facts.json").write_text(json.dumps(facts, indent=2))


def refuse(mistake: str) -> NoReturn:
    """Ends the program with a mistake that the user can do something about."""
    print(json.dumps({"error": mistake}), flush=True)
    sys.exit(1)


class Stopped(Exception):
    """Raised where SIGTERM comes and what is in hand may be given up."""


class StopRequest:
    """Set by SIGTERM: the loop saves a checkpoint and ends."""

    def __init__(self) -> None:
        self.asked = False
        self._at_once = False
        signal.signal(signal.SIGTERM, self._ask)

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """What is done in here is given up when SIGTERM comes, by Stopped: a step of a large model takes longer than
        one is given to end."""
        self._at_once = True
        try:
            if self.asked:
                raise Stopped
            yield
        finally:
            self._at_once = False

    def _ask(self, *_) -> None:
        self.asked = True
        if self._at_once:
            self._at_once = False
            raise Stopped
