"""The scanners live in an environment of their own (`requirements-scan.lock`), which `make deep` installs."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCANNERS = ROOT / ".venv-scan" / "bin"


def scanner(name: str) -> str:
    """Return the path of a scanner; skip the test where it is not installed."""
    program = SCANNERS / name
    if not program.exists():
        pytest.skip(f"{name} is not installed: `make deep` installs it")
    return str(program)
