"""llama.cpp's converters, its quantiser, and what is known of a file, written into it."""

import ctypes
import pathlib
import subprocess
import sys

import gguf
from gguf.scripts.gguf_new_metadata import MetadataDetails, copy_with_new_metadata

import contract

# What convert_hf_to_gguf.py writes itself; everything else is quantised from a file in f32.
WRITTEN_BY_CONVERTER = ("f32", "f16", "bf16", "q8_0")
# enum llama_ftype of llama.h
FILE_TYPES = {"q4_0": 2, "q4_1": 3, "q5_0": 8, "q5_1": 9, "q2_k": 10, "q3_k_m": 12, "q4_k_s": 14, "q4_k_m": 15, "q5_k_m": 17, "q6_k": 18}


def convert_adapter(llama_cpp: pathlib.Path, adapter: pathlib.Path, base: pathlib.Path, type: str, file: pathlib.Path) -> None:
    run_converter(llama_cpp / "convert_lora_to_gguf.py", "--base", base, "--outtype", type, "--outfile", file, adapter)


def convert_model(llama_cpp: pathlib.Path, libllama: str, model: pathlib.Path, type: str, file: pathlib.Path) -> None:
    converter = llama_cpp / "convert_hf_to_gguf.py"
    if type in WRITTEN_BY_CONVERTER:
        return run_converter(converter, "--outtype", type, "--outfile", file, model)
    whole = file.with_suffix(".f32.gguf")
    run_converter(converter, "--outtype", "f32", "--outfile", whole, model)
    quantize(libllama, whole, file, FILE_TYPES[type])
    whole.unlink()


def run_converter(script: pathlib.Path, *arguments) -> None:
    done = subprocess.run([sys.executable, "-s", script, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    sys.stderr.write(done.stderr)
    if done.returncode != 0:
        contract.refuse(f"{script.name} of llama.cpp failed: {(done.stderr.strip().splitlines() or ['it said nothing'])[-1]}")


class QuantizeParameters(ctypes.Structure):
    """The two fields of llama_model_quantize_params that are set here; the rest, which keeps its defaults, is smaller than this."""

    _fields_ = [("threads", ctypes.c_int32), ("file_type", ctypes.c_int32), ("rest", ctypes.c_byte * 504)]


def quantize(libllama: str, source: pathlib.Path, file: pathlib.Path, file_type: int) -> None:
    library = ctypes.CDLL(libllama)
    library.llama_model_quantize_default_params.restype = QuantizeParameters
    library.llama_backend_init()
    parameters = library.llama_model_quantize_default_params()
    parameters.file_type = file_type
    if library.llama_model_quantize(str(source).encode(), str(file).encode(), ctypes.byref(parameters)) != 0:
        contract.refuse(f"llama.cpp cannot quantise {source.name} to file type {file_type}")


def add_metadata(source: pathlib.Path, file: pathlib.Path, metadata: dict[str, str]) -> None:
    """Copies a GGUF file with texts added: who made it, from what, under which licence."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(file, arch=reader.get_field(gguf.Keys.General.ARCHITECTURE).contents(), endianess=reader.endianess)
    alignment = reader.get_field(gguf.Keys.General.ALIGNMENT)
    if alignment is not None:
        writer.data_alignment = alignment.contents()
    added = {key: MetadataDetails(gguf.GGUFValueType.STRING, text) for key, text in metadata.items()}
    copy_with_new_metadata(reader, writer, added, [])
