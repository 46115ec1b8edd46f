class Node:
    def __init__(self, value=None, successors=()):
        self.value = value
        self.successors = list(successors)
