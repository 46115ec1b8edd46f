"""Stands in for PyTorch, on a machine without CUDA."""

import types

bfloat16, float16, float32 = "bfloat16", "float16", "float32"
__version__ = "0"
cuda = types.SimpleNamespace(is_available=lambda: False)
