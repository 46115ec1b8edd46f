import os


def test_reads_what_lies_outside():
    with open("@OUTSIDE@/secret") as file:
        assert file.read()
