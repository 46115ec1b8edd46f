"""The base in the form that llama.cpp's converters read, alone or with an adapter merged into it."""

import pathlib

import peft
import torch
import transformers
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from base import Machine, load_model, load_tokenizer, location

exact = Machine("cpu", "fp32", in_4bit=False, optimizer="adamw", threads=torch.get_num_threads())


def save_configuration(base: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """The shape of the model, without weights: all that an adapter's converter needs."""
    positional, named = location(base)
    configuration = transformers.AutoConfig.from_pretrained(*positional, **named)
    # A GGUF file does not say which class of transformers its model is of; the converter asks for it.
    configuration.architectures = [MODEL_FOR_CAUSAL_LM_MAPPING_NAMES[configuration.model_type]]
    configuration.save_pretrained(folder)
    return folder


def save_merged(base: pathlib.Path, adapter: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """Merges in fp32, so that nothing is rounded before the last step."""
    model = peft.PeftModel.from_pretrained(load_model(base, exact), adapter).merge_and_unload()
    model.save_pretrained(folder)
    load_tokenizer(base).save_pretrained(folder)
    return folder
