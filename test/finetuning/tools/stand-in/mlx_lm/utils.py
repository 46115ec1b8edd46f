import types


def load(folder):
    return types.SimpleNamespace(seen=0), None
