"""llama.cpp's converters, its quantiser, and what is known of a file, written into it."""

import pathlib
import subprocess
import sys

import gguf
from gguf.scripts.gguf_new_metadata import MetadataDetails, copy_with_new_metadata

import contract
from quantize import quantize

# What convert_hf_to_gguf.py writes itself; everything else is quantised from a file in f32.
WRITTEN_BY_CONVERTER = ("f32", "f16", "bf16", "q8_0")


def convert_adapter(
    llama_cpp: pathlib.Path, adapter: pathlib.Path, base: pathlib.Path, type: str, file: pathlib.Path
) -> None:
    run_converter(llama_cpp / "convert_lora_to_gguf.py", "--base", base, "--outtype", type, "--outfile", file, adapter)


def convert_model(llama_cpp: pathlib.Path, libllama: str, model: pathlib.Path, type: str, file: pathlib.Path) -> None:
    converter = llama_cpp / "convert_hf_to_gguf.py"
    if type in WRITTEN_BY_CONVERTER:
        return run_converter(converter, "--outtype", type, "--outfile", file, model)
    whole = file.with_suffix(".f32.gguf")
    run_converter(converter, "--outtype", "f32", "--outfile", whole, model)
    try:
        quantize(libllama, str(whole), str(file), type)
    except ValueError as mistake:
        contract.refuse(str(mistake))
    whole.unlink()


def run_converter(script: pathlib.Path, *arguments) -> None:
    done = subprocess.run(
        [sys.executable, "-s", script, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    sys.stderr.write(done.stderr)
    if done.returncode != 0:
        contract.refuse(
            f"{script.name} of llama.cpp failed: {(done.stderr.strip().splitlines() or ['it said nothing'])[-1]}"
        )


def add_metadata(source: pathlib.Path, file: pathlib.Path, metadata: dict[str, str]) -> None:
    """Copies a GGUF file with texts added: who made it, from what, under which licence."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(
        file, arch=reader.get_field(gguf.Keys.General.ARCHITECTURE).contents(), endianess=reader.endianess
    )
    alignment = reader.get_field(gguf.Keys.General.ALIGNMENT)
    if alignment is not None:
        writer.data_alignment = alignment.contents()
    added = {key: MetadataDetails(gguf.GGUFValueType.STRING, text) for key, text in metadata.items()}
    copy_with_new_metadata(reader, writer, added, [])
