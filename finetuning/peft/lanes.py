"""Parts of a batch side by side on a CPU, each in a thread of its own.

A team of threads meets at every product of matrices, and most of what lies between two of them is done by one thread
alone. Two threads with half of the rows each meet once a step.
"""

import concurrent.futures
import math

import torch

from base import Machine
from batches import Batch


class Lanes:
    """As many as divide both the threads and the rows of a batch, so that none waits for another."""

    def __init__(self, machine: Machine, rows: int, dropout: float) -> None:
        # What dropout draws comes from one generator: drawn side by side, it would be another after each stop.
        self.count = 1 if machine.device != "cpu" or dropout > 0 else math.gcd(machine.threads, rows)
        self._pool = None
        if self.count > 1:
            each = machine.threads // self.count
            torch.set_num_threads(each)
            self._pool = concurrent.futures.ThreadPoolExecutor(
                self.count, initializer=torch.set_num_threads, initargs=(each,)
            )

    def map(self, work, batch: Batch) -> list:
        """What the work answers for each part, in an order that follows from the batch alone."""
        return [work(batch)] if self._pool is None else list(self._pool.map(work, split(batch, self.count)))


def split(batch: Batch, count: int) -> list[Batch]:
    """Parts of about as many tokens each; fewer where there are fewer rows."""
    parts: list[Batch] = [[] for _ in range(min(count, len(batch)))]
    for row in sorted(batch, key=lambda row: len(row.tokens), reverse=True):
        min(parts, key=lambda part: sum(len(each.tokens) for each in part)).append(row)
    return parts
