"""Trains with Unsloth as unsloth.json of the folder says: the arguments of its own functions, and those of TRL's
SFTConfig.

python train.py FOLDER
"""

import unsloth  # before all else: it changes the others

import importlib.metadata
import json
import pathlib
import sys

import datasets
import torch
import transformers
import trl

from trainer_callback import ContractCallback

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


def main(folder: pathlib.Path) -> None:
    training = json.loads((folder / "training.json").read_text())
    arguments = json.loads((folder / "unsloth.json").read_text())
    loading = arguments["from_pretrained"]
    model, tokenizer = unsloth.FastLanguageModel.from_pretrained(
        **{**loading, "model_name": str(folder / loading["model_name"]), "dtype": DTYPES[loading["dtype"]]}
    )
    if training["chat_template"] is not None:
        tokenizer.chat_template = training["chat_template"]
    model = unsloth.FastLanguageModel.get_peft_model(model, **arguments["get_peft_model"])

    files = {
        name: str(folder / "rows" / f"{name}.jsonl")
        for name in ("train", "valid")
        if (folder / "rows" / f"{name}.jsonl").exists()
    }
    rows = datasets.load_dataset("json", data_files=files, cache_dir=str(folder / "prepared"))
    config = trl.SFTConfig(**arguments["SFTConfig"])
    facts = {"unsloth": importlib.metadata.version("unsloth"), "torch": torch.__version__, "device": config.device.type}
    trainer = trl.SFTTrainer(
        model=model,
        processing_class=tokenizer,
        args=config,
        train_dataset=rows["train"],
        eval_dataset=rows.get("valid"),
        callbacks=[ContractCallback(folder, facts)],
    )
    trainer.train(resume_from_checkpoint=transformers.trainer_utils.get_last_checkpoint(config.output_dir))

    model.save_pretrained(folder / training["adapter"])
    (folder / training["adapter"] / "README.md").unlink(missing_ok=True)
    if training["merged"] is not None:
        model.save_pretrained_merged(str(folder / training["merged"]), tokenizer, save_method="merged_16bit")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
