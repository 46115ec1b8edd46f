def tree_flatten(tree):
    return list(tree.items())
