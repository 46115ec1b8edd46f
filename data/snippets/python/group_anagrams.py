"""Groups words that are anagrams of one another."""

from collections import defaultdict


def signature(word: str) -> str:
    """The letters of a word in order: equal for anagrams."""
    return "".join(sorted(word.casefold()))


def group_anagrams(words: list[str]) -> list[list[str]]:
    """Groups of at least two words, in the order in which their first word came.

    >>> group_anagrams(["stop", "pots", "wood", "tops"])
    [['stop', 'pots', 'tops']]
    """
    groups = defaultdict(list)
    for word in words:
        groups[signature(word)].append(word)
    return [group for group in groups.values() if len(group) > 1]
