"""Trains with mlx-lm as lora.yaml of the folder says, on the tokens that the toolkit made of the rows.

python train.py FOLDER
"""

import importlib.metadata
import json
import pathlib
import shutil
import sys
import time
import types

import mlx.core as mx
import numpy as np
import yaml
from mlx.optimizers import schedulers
from mlx.utils import tree_flatten
from mlx_lm import lora
from mlx_lm.tuner.callbacks import TrainingCallback
from mlx_lm.tuner.utils import build_schedule
from mlx_lm.utils import load

import contract


def main(folder: pathlib.Path) -> None:
    training = json.loads((folder / "training.json").read_text())
    args = types.SimpleNamespace(
        **{**lora.CONFIG_DEFAULTS, **yaml.load((folder / "lora.yaml").read_text(), lora.yaml_loader)}
    )
    stop = contract.StopRequest()
    done = resume(args)
    # The order of the batches: it does not begin again where the training goes on.
    np.random.seed(args.seed + done)
    model, _ = load(args.model)
    progress = Progress(args, done, stop, model)
    if args.iters > 0:
        lora.train_model(
            args,
            model,
            read_rows(folder / args.data / "train.jsonl"),
            read_rows(folder / args.data / "valid.jsonl"),
            progress,
        )
    trained = pathlib.Path(args.adapter_path) / "adapters.safetensors" if args.iters > 0 else args.resume_adapter_file
    shutil.copy(trained, folder / "adapters.safetensors")
    facts = {
        "mlx-lm": importlib.metadata.version("mlx-lm"),
        "mlx": importlib.metadata.version("mlx"),
        "device": mx.default_device().type.name,
        **progress.facts(),
    }
    contract.leave_facts(folder, facts)


class Row(list):
    """The tokens of a row: batches are of rows of like length. The answer begins at the offset."""

    offset: int


class Rows(list):
    """Rows, in the form in which mlx-lm asks a data set for them."""

    def process(self, row: Row) -> tuple[list[int], int]:
        return list(row), row.offset


def read_rows(file: pathlib.Path) -> Rows:
    rows = Rows()
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        made = json.loads(line)
        row = Row(made["tokens"])
        row.offset = made["offset"]
        rows.append(row)
    return rows


def resume(args: types.SimpleNamespace) -> int:
    """Goes on from the newest checkpoint: its weights, the iterations that are left, and the learning rate of that
    time. Answers the iterations that are done."""
    attempts = pathlib.Path(args.adapter_path)
    checkpoints = {
        int(path.parent.name) + int(path.name.split("_")[0]): path
        for path in attempts.glob("*/*_adapters.safetensors")
        if is_whole(path)
    }
    done = max(checkpoints, default=0)
    # mlx-lm counts from 1 again: each attempt has a folder, which is called by what was done before it.
    args.adapter_path = str(attempts / str(done))
    if done == 0:
        return 0
    args.resume_adapter_file = str(checkpoints[done])
    args.iters -= done
    args.steps_per_eval = max(1, args.iters)
    if args.lr_schedule:
        schedulers.continued = lambda _rate, schedule, updates: lambda step: build_schedule(schedule)(step + updates)
        args.lr_schedule = {
            "name": "continued",
            "arguments": [args.learning_rate, args.lr_schedule, done // args.grad_accumulation_steps],
        }
    contract.say(f"going on after step {done // args.grad_accumulation_steps}")
    return done


def is_whole(path: pathlib.Path) -> bool:
    """A kill can come while a checkpoint is written."""
    try:
        mx.load(str(path))
    except Exception:
        return False
    return True


class Progress(TrainingCallback):
    def __init__(self, args: types.SimpleNamespace, done: int, stop: contract.StopRequest, model) -> None:
        self._args, self._done, self._stop, self._model = args, done, stop, model
        self._started = time.monotonic()
        self._loss, self._validation_loss = None, None

    def on_train_loss_report(self, train_info: dict) -> None:
        args, iteration = self._args, train_info["iteration"]
        self._loss = float(train_info["train_loss"])
        left = (time.monotonic() - self._started) / iteration * (args.iters - iteration)
        contract.tell_progress(
            step=self._updates(iteration),
            steps=self._updates(args.iters),
            loss=self._loss,
            learning_rate=float(train_info["learning_rate"]),
            tokens_per_second=float(train_info["tokens_per_second"]),
            eta=left,
        )
        if self._stop.asked and iteration < args.iters:
            mx.save_safetensors(
                str(pathlib.Path(args.adapter_path) / f"{iteration:07d}_adapters.safetensors"),
                dict(tree_flatten(self._model.trainable_parameters())),
            )
            contract.say(f"stopped after step {self._updates(iteration)}, which is saved")
            sys.exit(143)

    def on_val_loss_report(self, val_info: dict) -> None:
        self._validation_loss = float(val_info["val_loss"])

    def facts(self) -> dict:
        known = {"steps": self._updates(self._args.iters), "loss": self._loss, "validation_loss": self._validation_loss}
        return {name: round(value, 4) for name, value in known.items() if value is not None}

    def _updates(self, iterations: int) -> int:
        return (self._done + iterations) // self._args.grad_accumulation_steps


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
