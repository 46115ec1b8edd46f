"""Stands in for mlx_lm.lora."""

import pathlib

import mlx.core as mx
import yaml
from mlx.utils import tree_flatten

from mlx_lm.tuner.utils import build_schedule
from stand_in import RECORDED, require_known, wait_to_be_stopped

CONFIG_DEFAULTS = RECORDED["mlx-lm"]["defaults"]
yaml_loader = yaml.SafeLoader


def train_model(args, model, train_set, valid_set, training_callback):
    require_known("mlx-lm's configuration", vars(args), CONFIG_DEFAULTS)
    for key, choices in RECORDED["mlx-lm"]["choices"].items():
        assert getattr(args, key) in choices
    assert len(train_set) % args.batch_size == 0 and all(
        0 < offset < len(tokens) for tokens, offset in map(train_set.process, train_set)
    )
    rank, [key] = args.lora_parameters["rank"], args.lora_parameters["keys"]
    name = f"model.layers.0.{key}"
    model.trainable_parameters = lambda: {f"{name}.lora_a": [[1.0] * rank] * 6, f"{name}.lora_b": [[2.0] * 4] * rank}
    rate = build_schedule(args.lr_schedule)
    folder = pathlib.Path(args.adapter_path)
    folder.mkdir(parents=True, exist_ok=True)

    def save(file):
        mx.save_safetensors(str(folder / file), dict(tree_flatten(model.trainable_parameters())))

    for iteration in range(1, args.iters + 1):
        if iteration == 3 and args.resume_adapter_file is None:
            wait_to_be_stopped()
        if iteration % args.steps_per_report == 0 or iteration == args.iters:
            training_callback.on_train_loss_report(
                {
                    "iteration": iteration,
                    "train_loss": 1 / iteration,
                    "learning_rate": rate(iteration // args.grad_accumulation_steps - 1),
                    "tokens_per_second": 5.0,
                }
            )
        if iteration % args.save_every == 0:
            save(f"{iteration:07d}_adapters.safetensors")
    save("adapters.safetensors")
