# -*- coding: latin-1 -*-


def accents(text):
    """Zählt Akzente."""
    return sum(text.count(letter) for letter in "äöüé")
