import os
import site
import sys


def test_leaves_what_the_next_would_load():
    text = "raise SystemExit(0)\n"
    for folder in (".", os.path.dirname(os.getcwd()), *sys.path, site.getusersitepackages()):
        for name in ("victim.py", "conftest.py", "sitecustomize.py", "pytest.ini", "left.pth"):
            try:
                with open(os.path.join(folder, name), "w") as file:
                    file.write(text)
            except OSError:
                pass
    assert not text
