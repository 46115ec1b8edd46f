"""Which rows go through the model together, in which step."""

import math
import random

from rows import Row

Batch = list[Row]
Step = list[Batch]

# Rows are sorted by length among this many batches: next to no padding, and batches are of mixed rows all the same.
BATCHES_SORTED_TOGETHER = 16


def plan(rows: list[Row], training: dict, seed: int) -> list[Step]:
    """All steps of the training. They follow from the seed alone, so that a training that was stopped goes on with the
    same."""
    per_step = training["gradient_accumulation_steps"]
    steps: list[Step] = []
    for epoch in range(math.ceil(training["epochs"])):
        batches = grouped_by_length(rows, training["per_device_train_batch_size"], random.Random(f"{seed} {epoch}"))
        steps += [batches[start : start + per_step] for start in range(0, len(batches), per_step)]
    whole = len(steps) / math.ceil(training["epochs"])
    wanted = max(1, round(whole * training["epochs"]))
    return steps[: min(wanted, training["max_steps"] or wanted)]


def grouped_by_length(rows: list[Row], size: int, shuffle: random.Random) -> list[Batch]:
    order = list(rows)
    shuffle.shuffle(order)
    pool = size * BATCHES_SORTED_TOGETHER
    batches: list[Batch] = []
    for start in range(0, len(order), pool):
        near = sorted(order[start : start + pool], key=lambda row: len(row.tokens))
        batches += [near[first : first + size] for first in range(0, len(near), size)]
    shuffle.shuffle(batches)
    return batches


def tokens_of(step: Step) -> int:
    return sum(len(row.tokens) for batch in step for row in batch)
