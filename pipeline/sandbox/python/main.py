"""Entry of the runner: `python -s -S -B main.py CONFIG`, CONFIG as JSON (see confined_runner/launch.py).

Run with an empty environment but for what tests may see, and with the standard library alone.
"""

import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path[0] = here
from confined_runner.launch import main  # noqa: E402

sys.path.remove(here)
sys.exit(main(sys.argv[1]))
