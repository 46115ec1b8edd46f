"""Stands in for axolotl's command."""

import argparse
import importlib
import json
import pathlib
import sys
import types

import yaml

from stand_in import RECORDED, last_checkpoint, require_known, train_with_callbacks, write_adapter


def main():
    parser = argparse.ArgumentParser(prog="axolotl")
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train")
    train.add_argument("--launcher", choices=["accelerate", "torchrun", "python"], default="accelerate")
    merge = commands.add_parser("merge-lora")
    merge.add_argument("--lora-model-dir")
    for command in (train, merge):
        command.add_argument("config")
    arguments = parser.parse_args()
    config = yaml.safe_load(pathlib.Path(arguments.config).read_text())
    require_known("axolotl's configuration", config, RECORDED["axolotl"]["config"])
    if arguments.command == "merge-lora":
        merged = pathlib.Path(config["output_dir"], "merged")
        merged.mkdir()
        (merged / "config.json").write_text(pathlib.Path(arguments.lora_model_dir, "adapter_config.json").read_text())
        return

    [dataset] = config["datasets"]
    rows = [json.loads(line) for line in pathlib.Path(dataset["path"]).read_text().splitlines()]
    trainer = types.SimpleNamespace(args=types.SimpleNamespace(device=types.SimpleNamespace(type="none")))
    callbacks = []
    sys.path.insert(0, "")
    for plugin in config["plugins"]:
        module, name = plugin.rsplit(".", 1)
        callbacks += getattr(importlib.import_module(module), name)().add_callbacks_post_trainer(config, trainer)
    train_with_callbacks(
        callbacks,
        rows,
        batch=config["micro_batch_size"] * config["gradient_accumulation_steps"],
        epochs=config["num_epochs"],
        max_steps=config.get("max_steps", 0),
        save_steps=config["save_steps"],
        output_dir=config["output_dir"],
        resume=last_checkpoint(config["output_dir"]),
    )
    write_adapter(config["output_dir"], {"r": config["lora_r"], "rows": len(rows)})


if __name__ == "__main__":
    main()
