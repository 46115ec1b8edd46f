import pytest
from load_testdata import load_json_testcases

if pytest.use_correct:
    from correct_python_programs.mean import mean
else:
    from python_programs.mean import mean


testdata = load_json_testcases(mean.__name__)


@pytest.mark.parametrize("input_data,expected", testdata)
def test_mean(input_data, expected):
    assert mean(*input_data) == pytest.approx(expected, abs=input_data[-1])
