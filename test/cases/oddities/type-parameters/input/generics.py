"""PEP 695: Python 3.12 and newer."""


class Box[T]:
    def __init__(self, value: T) -> None:
        self.value = value


def first[T](items: list[T]) -> T:
    return items[0]


type Pair[T] = tuple[T, T]
