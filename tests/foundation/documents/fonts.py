"""What tests of documents need from the machine."""

import pytest

from foundation.documents.typesetting import japanese_family

NEEDS_FONT = pytest.mark.skipif(japanese_family() is None, reason="no Japanese font (install fonts-noto-cjk)")


def flat(text: str) -> str:
    """Return a text without white space: lines break where they must."""
    return "".join(text.split())
