"""The words between a trainer and the toolkit: lines on standard output, files in the folder, SIGTERM."""

import json
import pathlib
import signal
import sys


def say(message: str) -> None:
    """A line for the user."""
    print(json.dumps({"message": message}), flush=True)


def tell_progress(**progress) -> None:
    print(json.dumps(progress), flush=True)


def leave_facts(folder: pathlib.Path, facts: dict) -> None:
    (folder / "facts.json").write_text(json.dumps(facts, indent=2))


def refuse(mistake: str) -> None:
    """Ends the program with a mistake that the user can do something about."""
    sys.exit(mistake)


class StopRequest:
    """Set by SIGTERM: the loop saves a checkpoint and ends."""

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGTERM, self._ask)

    def _ask(self, *_) -> None:
        self.asked = True
