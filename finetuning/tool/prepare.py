"""Makes of the rows what a tool trains on, in the tool's own environment: the tokens, and which of them are learned.

    python prepare.py FOLDER labels|messages

Reads training.json and writes rows/train.jsonl, rows/valid.jsonl where there are rows to validate with, left-out.jsonl,
and prepared.json: {rows, val_rows, cuda, bf16, fp16}. The tokens are made, and compared with those of llama.cpp, as the
trainer peft does it.

labels      {"input_ids", "attention_mask", "labels"} a line, where -100 labels a token that is not learned
messages    {"messages", "tokens", "offset"} a line, in whole batches; the answer begins at the offset
"""

import importlib.util
import json
import pathlib
import random
import sys

import transformers

import contract
import parity
import rows


def main(folder: pathlib.Path, form: str) -> None:
    training = json.loads((folder / "training.json").read_text())
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        str((folder / training["base"]).resolve()), local_files_only=True
    )
    if training["chat_template"] is not None:
        tokenizer.chat_template = training["chat_template"]
    read = rows.read(folder, training, tokenizer)
    if training["tokens"] is not None:
        parity.require(folder / training["tokens"], read, tokenizer)
    train, val = read.train, read.val
    if form == "messages":
        train, val = in_whole_batches(folder, training, read)
    write = {"labels": with_labels, "messages": with_messages(folder, training)}[form]
    (folder / "rows").mkdir(exist_ok=True)
    for name, some in (("train", train), ("valid", val)):
        file = folder / "rows" / f"{name}.jsonl"
        file.unlink(missing_ok=True)
        if some:
            file.write_text("".join(json.dumps(write(row)) + "\n" for row in some), encoding="utf-8")
    contract.say(
        f"{len(train)} rows, {sum(len(row.tokens) for row in train):,} tokens, of which "
        f"{sum(row.trained for row in train):,} are trained on"
    )
    (folder / "prepared.json").write_text(json.dumps({"rows": len(train), "val_rows": len(val), **machine()}))


def with_labels(row: rows.Row) -> dict:
    return {
        "input_ids": row.tokens,
        "attention_mask": [1] * len(row.tokens),
        "labels": [-100] * row.answer + row.tokens[row.answer :],
    }


def with_messages(folder: pathlib.Path, training: dict):
    messages = {}
    for name in filter(None, (training["train"], training["val"])):
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            messages[row["id"]] = row["messages"]
    return lambda row: {"messages": messages[row.id], "tokens": row.tokens, "offset": row.answer}


def in_whole_batches(folder: pathlib.Path, training: dict, read: rows.Rows) -> tuple[list[rows.Row], list[rows.Row]]:
    """mlx-lm passes over what does not fill a batch: the longest rows, always. So that these are not lost unseen,
    others go, by chance, and are listed."""
    size = training["config"]["training"]["per_device_train_batch_size"]
    if len(read.train) < size:
        contract.refuse(
            f"mlx-lm trains on whole batches alone, and {len(read.train)} rows are fewer than one of {size}: lower "
            "training.per_device_train_batch_size in sft.yaml"
        )
    chance = random.Random(training["seed"])
    over = {row.id for row in chance.sample(read.train, len(read.train) % size)}
    with open(folder / "left-out.jsonl", "a", encoding="utf-8") as file:
        for row in read.train:
            if row.id in over:
                file.write(
                    json.dumps({"id": row.id, "reason": f"left over: mlx-lm trains on whole batches of {size} alone"})
                    + "\n"
                )
    val = read.val[: len(read.val) // size * size]
    if len(val) < len(read.val):
        contract.say(f"mlx-lm validates on whole batches alone: on {len(val)} of {len(read.val)} rows")
    return [row for row in read.train if row.id not in over], val


def machine() -> dict:
    """What the machine offers; without PyTorch there is no CUDA to train on."""
    if importlib.util.find_spec("torch") is None:
        return {"cuda": False, "bf16": False, "fp16": False}
    import torch

    cuda = torch.cuda.is_available()
    return {"cuda": cuda, "bf16": cuda and torch.cuda.is_bf16_supported(), "fp16": cuda}


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2])
