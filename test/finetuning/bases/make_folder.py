"""Makes a base in the form of transformers out of a GGUF file's: the model itself, or a tiny one with its vocabulary.

    python make_folder.py GGUF FOLDER whole|tiny

Needs finetuning/peft on PYTHONPATH.
"""

import pathlib
import sys

import torch
import transformers

from base import Machine, load_model, load_tokenizer

source, folder, size = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
tokenizer = load_tokenizer(source)
if size == "whole":
    model = load_model(source, Machine("cpu", "fp32", in_4bit=False, optimizer="adamw", threads=2))
else:
    torch.manual_seed(0)
    shape = {
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
    }
    model = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=len(tokenizer),
            tie_word_embeddings=True,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            **shape,
        )
    )
model.save_pretrained(folder)
tokenizer.save_pretrained(folder)
