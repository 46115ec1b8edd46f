"""A namespace package: no __init__.py anywhere."""

from folder.part import sibling


def doubled(a):
    return sibling.ONE * 2 * a
