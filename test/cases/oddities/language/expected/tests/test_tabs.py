# Tests of input: tabs.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:a1c540e7b79afde78913f10d5845edb39b506ef8eca80790045759a9f1532e5b
from tabs import Tabs


def test_tabs():
    assert Tabs().width("") == 0


def test_width():
	assert Tabs().width("a\tb") == 5
	assert Tabs().width("ab") == 2
