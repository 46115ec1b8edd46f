# Tests of input: crlf.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:96a3589a0613d84fe20fe8fbd252860f7def0758335e7ee66c865b92cde0d7cf
from crlf import dos


def test_dos():
    assert dos("a\r\nb") == "a\nb"
