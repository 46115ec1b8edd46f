"""Writes the model of a GGUF file as a folder in the form of transformers, its numbers as they are, in fp32.

    python unpack.py GGUF FOLDER

Needs finetuning/peft on PYTHONPATH.
"""

import pathlib
import sys

import merge
from base import load_model, load_tokenizer

source, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
load_model(source, merge.exact).save_pretrained(folder)
load_tokenizer(source).save_pretrained(folder)
