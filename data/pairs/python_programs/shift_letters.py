def shift_letters(text: str, places: int) -> str:
    """Move each letter of the English alphabet by some places, from z on to a (Caesar's cipher); its case stays."""
    shifted = []
    for character in text:
        if character.isascii() and character.isalpha():
            first = ord("a")
            character = chr(first + (ord(character) - first + places) % 26)
        shifted.append(character)
    return "".join(shifted)
