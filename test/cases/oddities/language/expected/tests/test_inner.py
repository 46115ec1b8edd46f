# Tests of input: folder/part/inner.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:adb7c926a33063ba93b7cc67c1969d50de5b7af2334ada0364ca84a83ab3f044
from folder.part.inner import doubled


def test_doubled():
    assert doubled(3) == 6
