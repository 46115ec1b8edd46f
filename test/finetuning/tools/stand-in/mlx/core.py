"""Stands in for mlx: matrices are lists of lists."""

import types

from stand_in import read_safetensors as load, write_safetensors as save_safetensors


def default_device():
    return types.SimpleNamespace(type=types.SimpleNamespace(name="none"))
