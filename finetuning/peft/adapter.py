"""The LoRA adapter: put on a base, saved, merged."""

import pathlib

import peft
import torch

import contract


def add(model, lora: dict, seed: int):
    targets = lora["target_modules"]
    if targets != "all-linear":
        check_targets(model, targets)
    torch.manual_seed(seed)
    if getattr(model, "is_loaded_in_4bit", False):
        model = peft.prepare_model_for_kbit_training(model)
    return peft.get_peft_model(
        model,
        peft.LoraConfig(
            task_type="CAUSAL_LM",
            r=lora["r"],
            lora_alpha=lora["alpha"],
            lora_dropout=lora["dropout"],
            target_modules=targets,
        ),
    )


def check_targets(model, targets: list[str]) -> None:
    present = {name.rsplit(".", 1)[-1] for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)}
    missing = [target for target in targets if target not in present]
    if missing:
        layers = sorted(present - {"lm_head"})
        contract.refuse(
            f"lora.target_modules: this model has no {', '.join(missing)}; its linear layers are {', '.join(layers)}"
        )


def count_trained(model) -> int:
    return sum(weights.numel() for weights in model.parameters() if weights.requires_grad)


def save(model, folder: pathlib.Path, base_model: str) -> None:
    # A path of this machine would be saved in its place.
    model.peft_config["default"].base_model_name_or_path = base_model
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)  # a form that nobody has filled in


def save_merged(model, tokenizer, folder: pathlib.Path) -> None:
    merged = model.merge_and_unload()
    merged.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
