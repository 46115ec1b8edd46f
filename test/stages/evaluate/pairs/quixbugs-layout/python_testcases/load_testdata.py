import json
from pathlib import Path


def load_json_testcases(algorithm):
    root = Path(__file__).parent.parent
    with open(root / f"json_testcases/{algorithm}.json") as data_file:
        testdata = [json.loads(line) for line in data_file]
    return [[inp, out] if isinstance(inp, list) else [[inp], out] for inp, out in testdata]
