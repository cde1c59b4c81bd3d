"""Write docs/openapi.json from the operations; run it whenever an operation changes."""

import json
from pathlib import Path

from service.app import describe

TARGET = Path(__file__).parents[1] / "docs" / "openapi.json"


def rendered() -> str:
    """Return the document as it is kept: readable, Japanese as itself, one line feed at the end."""
    return json.dumps(describe(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(rendered(), encoding="utf-8")
