"""What a cell must not begin with where a spreadsheet opens the file."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""


def tamed(text: str, beginnings: tuple[str, ...] = FORMULA) -> str:
    """Return a cell that is no formula: an apostrophe goes before one that would be."""
    return f"'{text}" if text.startswith(beginnings) else text
