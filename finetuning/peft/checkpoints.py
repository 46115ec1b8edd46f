"""What a training goes on from: the adapter's weights, the optimiser's state and the step."""

import math
import os
import pathlib
import time

import peft
import torch


class Store:
    def __init__(self, folder: pathlib.Path) -> None:
        self._file = folder / "last.pt"
        folder.mkdir(exist_ok=True)
        self._saved_at = time.monotonic()

    def age(self) -> float:
        """Seconds since something was saved, or since the training began."""
        return time.monotonic() - self._saved_at

    def save(self, step: int, loss: float, model, optimizer) -> None:
        """The file is there whole or not at all, also after a kill."""
        partial = self._file.with_suffix(".partial")
        with open(partial, "wb") as file:
            torch.save(
                {
                    "step": step,
                    "loss": loss,
                    "weights": peft.get_peft_model_state_dict(model),
                    "optimizer": optimizer.state_dict(),
                },
                file,
            )
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._file)
        self._saved_at = time.monotonic()

    def load(self, model, optimizer, device: str) -> tuple[int, float]:
        """Brings back what was saved; answers the steps that are done, and the last loss."""
        if not self._file.exists():
            return 0, math.nan
        saved = torch.load(self._file, map_location=device, weights_only=True)
        peft.set_peft_model_state_dict(model, saved["weights"])
        optimizer.load_state_dict(saved["optimizer"])
        return saved["step"], saved["loss"]
