"""Trains a LoRA adapter as training.json of the folder says; see finetuning/README.md for the contract.

python train.py FOLDER
"""

import json
import pathlib
import sys

import torch

import adapter
import base
import batches
import checkpoints
import contract
import frozen
import loop
import packed
import parity
import rows


def main(folder: pathlib.Path) -> None:
    training = json.loads((folder / "training.json").read_text())
    config = training["config"]
    stop = contract.StopRequest()
    machine = base.choose_machine(config)
    contract.say(machine.describe())
    torch.manual_seed(training["seed"])

    tokenizer = base.load_tokenizer(folder / training["base"])
    if training["chat_template"] is not None:
        tokenizer.chat_template = training["chat_template"]
    read = rows.read(folder, training, tokenizer)
    if training["tokens"] is not None:
        parity.require(folder / training["tokens"], read, tokenizer)
    model = adapter.add(base.load_model(folder / training["base"], machine), config["lora"], training["seed"])
    if machine.device == "cpu":
        packed.use(model)
    if machine.precision == "int8":
        frozen.use(model)
    contract.say(
        f"{len(read.train)} rows, {sum(len(row.tokens) for row in read.train):,} tokens, of which "
        f"{sum(row.trained for row in read.train):,} are trained on; "
        f"{adapter.count_trained(model):,} weights are trained"
    )

    schedule = batches.plan(read.train, config["training"], training["seed"])
    store = checkpoints.Store(folder / training["checkpoints"])
    trained = loop.run(model, schedule, read, config, machine, training["seed"], store, stop)

    adapter.save(model, folder / training["adapter"], training["base_model"])
    if training["merged"] is not None:
        adapter.save_merged(model, tokenizer, folder / training["merged"])
    contract.leave_facts(folder, {**machine.facts(), **trained, "trained_weights": adapter.count_trained(model)})


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
