import re
import unicodedata


def slugify(title: str, longest: int = 40) -> str:
    """
    Make the last part of a URL of a title: lower-case letters without accents and digits, with hyphens between words.

    It has at most `longest` characters, and neither begins nor ends with a hyphen.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    return words[:longest].strip("-")
