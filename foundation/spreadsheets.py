"""What a cell of CSV must not begin with where a spreadsheet opens the file."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection), full-width signs as well."""
_ESCAPED = (*FORMULA, "'")
"""An apostrophe too: so that one which was there before stays when the file is read again."""


def tamed(text: str) -> str:
    """Return a cell that is no formula: an apostrophe goes before one that would be."""
    return f"'{text}" if text.startswith(_ESCAPED) else text


def untamed(cell: str) -> str:
    """Return what a cell said before it was tamed."""
    return cell[1:] if cell.startswith("'") and cell[1:2] in _ESCAPED else cell
