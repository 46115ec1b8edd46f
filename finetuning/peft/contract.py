"""The words between a trainer and the toolkit: lines on standard output, files in the folder, SIGTERM."""

import json
import pathlib
import signal
import sys
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


class StopRequest:
    """Set by SIGTERM: the loop saves a checkpoint and ends."""

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGTERM, self._ask)

    def _ask(self, *_) -> None:
        self.asked = True
