"""Mutants of one target: what they are, and how they take its place in a process."""
