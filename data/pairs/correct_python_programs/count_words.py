_NO_WORDS: dict[str, int] = {}


def count_words(text: str) -> dict[str, int]:
    """Count the words of a text, whatever their case; punctuation around a word does not belong to it."""
    counts = dict(_NO_WORDS)
    for part in text.split():
        word = part.strip(".,;:!?\"'()").lower()
        if word:
            counts[word] = counts.get(word, 0) + 1
    return counts
