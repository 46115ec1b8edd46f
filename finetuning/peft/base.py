"""The base model: what it is loaded from, and how this machine holds it."""

import dataclasses
import os
import pathlib

import gguf
import torch
import transformers
from tokenizers import pre_tokenizers

import contract

# int8: everything is held in fp32, and products with frozen weights are taken in 8 bits (frozen.py).
PRECISIONS = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32, "int8": torch.float32}


@dataclasses.dataclass(frozen=True)
class Machine:
    device: str
    precision: str
    in_4bit: bool
    optimizer: str
    threads: int

    @property
    def dtype(self) -> torch.dtype:
        return PRECISIONS[self.precision]

    def describe(self) -> str:
        where = torch.cuda.get_device_name() if self.device == "cuda" else f"the CPU, {self.threads} threads"
        held = (
            "4 bits (QLoRA)"
            if self.in_4bit
            else "fp32, and their products in int8"
            if self.precision == "int8"
            else self.precision
        )
        return f"training on {where}; weights in {held}, optimiser {self.optimizer}"

    def facts(self) -> dict:
        return {
            "device": self.device,
            "precision": self.precision,
            "load_in_4bit": self.in_4bit,
            "optimizer": self.optimizer,
            "torch": torch.__version__,
        }


def choose_machine(config: dict) -> Machine:
    """What the configuration asks for, or what suits the machine where it says auto."""
    cuda = torch.cuda.is_available()
    training = config["training"]
    in_4bit = cuda if config["load_in_4bit"] == "auto" else config["load_in_4bit"]
    optimizer = ("adamw_8bit" if cuda else "adamw") if training["optimizer"] == "auto" else training["optimizer"]
    dropout = config["lora"]["dropout"] > 0
    precision = suitable_precision(cuda, dropout) if training["precision"] == "auto" else training["precision"]
    if not cuda and in_4bit:
        contract.refuse(
            "load_in_4bit needs CUDA, which this machine does not have: set it to auto or false in sft.yaml"
        )
    if not cuda and optimizer == "adamw_8bit":
        contract.refuse(
            "the optimizer adamw_8bit needs CUDA, which this machine does not have: set it to auto or adamw in sft.yaml"
        )
    if not cuda and precision == "fp16":
        contract.refuse("fp16 trains on CUDA alone: set precision to auto, bf16 or fp32 in sft.yaml")
    if precision == "int8" and (cuda or dropout):
        contract.refuse(
            "int8 trains on a CPU, without dropout: set training.precision to auto, or lora.dropout to 0, in sft.yaml"
        )
    threads = (
        int(os.environ.get("OMP_NUM_THREADS", "0")) or len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else torch.get_num_threads()
    )
    torch.set_num_threads(threads)
    return Machine("cuda" if cuda else "cpu", precision, in_4bit, optimizer, threads)


def suitable_precision(cuda: bool, dropout: bool) -> str:
    """The fastest that trains as well. Having instructions for bf16 is not enough: without AMX, products take twice as
    long in it as in fp32."""
    if cuda:
        return "bf16" if torch.cuda.is_bf16_supported() else "fp16"
    capabilities = torch.cpu.get_capabilities()
    if any(capabilities.get(name) for name in ("amx_bf16", "bf16")):
        return "bf16"
    return "int8" if capabilities.get("avx512_vnni") and not dropout else "fp32"


def load_tokenizer(place: pathlib.Path) -> transformers.PreTrainedTokenizerBase:
    positional, named = location(place)
    tokenizer = transformers.AutoTokenizer.from_pretrained(*positional, **named)
    splitter = None if place.is_dir() else SPLITTERS.get(pre_tokenizer_of(place))
    if splitter is not None:
        tokenizer.backend_tokenizer.pre_tokenizer = splitter
    return tokenizer


# How a text is split before its parts become tokens, by what GGUF calls it. transformers does not read this name: it
# splits as GPT-2 does. A model that is not in this table is safe all the same: its tokens are compared with those of
# llama.cpp.
SPLITTERS = {
    "smollm": pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    ),
}


def pre_tokenizer_of(file: pathlib.Path) -> str | None:
    field = gguf.GGUFReader(file).get_field(gguf.Keys.Tokenizer.PRE)
    return None if field is None else field.contents()


def load_model(place: pathlib.Path, machine: Machine) -> transformers.PreTrainedModel:
    positional, named = location(place)
    if machine.in_4bit:
        named["quantization_config"] = transformers.BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=machine.dtype
        )
    model = transformers.AutoModelForCausalLM.from_pretrained(*positional, dtype=machine.dtype, **named)
    if place.is_file():
        # The weights are no longer quantised: without this, they could not be saved.
        for holder in (model, model.config):
            for field in ("quantization_config", "hf_quantizer", "quantization_method", "is_quantized"):
                if hasattr(holder, field):
                    setattr(holder, field, None)
    return model if machine.in_4bit else model.to(machine.device)


def location(place: pathlib.Path) -> tuple[list, dict]:
    """A GGUF file is dequantised by transformers; a folder is in its own form."""
    if place.is_dir():
        return [str(place.resolve())], {"local_files_only": True}
    return [str(place.parent)], {"gguf_file": place.name, "local_files_only": True}
