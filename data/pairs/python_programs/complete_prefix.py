def complete_prefix(words: list[str], prefix: str) -> list[str]:
    """List the words that begin with a prefix, in order, each once, by walking a tree of their letters."""
    tree: dict = {}
    for word in words:
        node = tree
        for letter in word:
            node = node.setdefault(letter, {})
        node["end"] = {}
    for letter in prefix:
        if letter not in tree:
            return []
        tree = tree[letter]
    return sorted(_endings(tree, prefix))


def _endings(node: dict, before: str) -> list[str]:
    found = [before] if len(node) == 1 and "end" in node else []
    for letter, child in node.items():
        if letter != "end":
            found += _endings(child, before + letter)
    return found
