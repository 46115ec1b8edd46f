"""Makes a GGUF file with the weights of another one in another number format, with the library of llama.cpp. Needs
Python alone.

python quantize.py LIBLLAMA SOURCE.gguf FILE.gguf TYPE
"""

import ctypes
import sys

# enum llama_ftype of llama.h
FILE_TYPES = {
    "f32": 0,
    "f16": 1,
    "bf16": 32,
    "q8_0": 7,
    "q4_0": 2,
    "q4_1": 3,
    "q5_0": 8,
    "q5_1": 9,
    "q2_k": 10,
    "q3_k_m": 12,
    "q4_k_s": 14,
    "q4_k_m": 15,
    "q5_k_m": 17,
    "q6_k": 18,
}


class Parameters(ctypes.Structure):
    """How llama_model_quantize_params begins; what is not named keeps its defaults, and is smaller than the rest
    here."""

    _fields_ = [
        ("threads", ctypes.c_int32),
        ("file_type", ctypes.c_int32),
        ("output_type", ctypes.c_int32),
        ("embedding_type", ctypes.c_int32),
        ("allow_requantize", ctypes.c_bool),
        ("rest", ctypes.c_byte * 495),
    ]


def quantize(libllama: str, source: str, file: str, type: str) -> None:
    """Raises ValueError where llama.cpp refuses."""
    library = ctypes.CDLL(libllama)
    library.llama_model_quantize_default_params.restype = Parameters
    library.llama_backend_init()
    parameters = library.llama_model_quantize_default_params()
    parameters.file_type = FILE_TYPES[type]
    parameters.allow_requantize = True
    if library.llama_model_quantize(source.encode(), file.encode(), ctypes.byref(parameters)) != 0:
        raise ValueError(f"llama.cpp cannot quantise {source} to {type}")


if __name__ == "__main__":
    try:
        quantize(*sys.argv[1:])
    except ValueError as mistake:
        sys.exit(str(mistake))
