# Tests of input: script.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:9ea7f19e756149783baab5b8b288cb895369d725cd1f3d8ef8566329586c2961
from script import count_lines, main


def test_count_lines():
    assert count_lines("a\nb") == 2


def test_main(capsys):
    assert main(["a", "b"]) == 0
    assert capsys.readouterr().out == "1\n"
