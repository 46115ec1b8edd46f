"""Compares the tokens that the trainer makes of rows with those that llama.cpp made of them. Run by peft.test.ts.

python check_parity.py MODEL.gguf FOLDER_OF_THE_ROWS FOLDER_OF_THE_PROGRAMS
"""

import pathlib
import sys

sys.path.insert(0, sys.argv.pop())

import base
import parity
import rows

model, folder = (pathlib.Path(argument) for argument in sys.argv[1:])
tokenizer = base.load_tokenizer(model)
read = rows.read(folder, {"train": "train.jsonl", "val": None, "config": {"max_seq_length": 4096}}, tokenizer)
parity.require(folder / "tokens.jsonl", read, tokenizer)
