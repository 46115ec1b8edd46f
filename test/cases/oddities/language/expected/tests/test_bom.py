# Tests of input: bom.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:7aca8d427ac0a06dfc41209123d0af5ff1642c3769a9f81c67fa2cc9885af9c1
from bom import marked


def test_marked():
    assert marked("\ufeffa") == "a"
