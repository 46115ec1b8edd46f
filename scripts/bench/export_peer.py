"""Writes the rows of a JSON Lines file as Parquet with Hugging Face `datasets`, once for each line on standard input.

A line names the way to do it: `generator` gives the rows one by one, as a program that makes them does;
`json` has the library read the file by itself. Answers {"seconds", "rows", "path"} as a line of JSON.
"""

import json
import os
import shutil
import sys
import tempfile
import time

os.environ["HF_HUB_OFFLINE"] = "1"
source, folder = sys.argv[1:]
os.environ["HF_HOME"] = os.path.join(folder, "huggingface")

import datasets  # noqa: E402  the folder of its cache is read when it is imported

datasets.disable_progress_bars()
datasets.disable_caching()


def rows(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


for way in sys.stdin:
    way = way.strip()
    cache = tempfile.mkdtemp(dir=folder)
    path = os.path.join(folder, f"{way}.parquet")
    start = time.perf_counter()
    if way == "generator":
        dataset = datasets.Dataset.from_generator(rows, gen_kwargs={"path": source}, cache_dir=cache)
    else:
        dataset = datasets.load_dataset("json", data_files=source, split="train", cache_dir=cache)
    dataset.to_parquet(path)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "rows": len(dataset), "path": path}), flush=True)
    del dataset
    shutil.rmtree(cache)
