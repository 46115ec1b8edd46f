import pytest
from load_testdata import load_json_testcases

if pytest.use_correct:
    from correct_python_programs.countdown import countdown
else:
    from python_programs.countdown import countdown


testdata = load_json_testcases(countdown.__name__)


@pytest.mark.parametrize("input_data,expected", testdata)
def test_countdown(input_data, expected):
    if input_data[0] > 1000 and not pytest.run_slow:
        pytest.skip("Takes too long to pass!")
    assert list(countdown(*input_data)) == expected
