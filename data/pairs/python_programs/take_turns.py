from collections.abc import Iterator


def take_turns(queues: list[list[int]]) -> Iterator[int]:
    """Give the first item of each queue, then the second of each, and so on; a queue that has ended is passed over."""
    longest = min((len(queue) for queue in queues), default=0)
    for turn in range(longest):
        for queue in queues:
            if turn < len(queue):
                yield queue[turn]
