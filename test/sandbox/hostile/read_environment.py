import os


def test_finds_what_the_parent_was_given():
    assert any("SECRET" in name for name, value in os.environ.items())
