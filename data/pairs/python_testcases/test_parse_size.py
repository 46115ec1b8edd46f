import pytest

from correct_python_programs.parse_size import parse_size


@pytest.mark.parametrize("text", ["", "MB", "1 XB", "-1", "1.5.2 MB"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError):
        parse_size(text)
