"""Write docs/asvs.md from tests/asvs.py and the markers on tests; run it whenever one of them changes."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.asvs import BY_REQUIREMENT, LINES, Line

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "asvs.md"
TEXT = """\
# ASVS 5.0.0

This page is made from `tests/asvs.py` and the markers on the tests by `scripts/write_asvs.py`. It takes 62 testable
lines from the OWASP Application Security Verification Standard; it is no certificate, and other requirements are not
looked at.

**{automated} of {all} automated**, {partly} of them with something left open that is named; {unmet} without a test,
each with its reason. Tests below `tests/deep` run in `make deep`, the others in `make test`.

| # | requirements | level | what | tests, or the reason |
|---|---|---|---|---|
{rows}
"""


def markers() -> Iterator[tuple[str, str]]:
    """Return each marked requirement with its test as pytest names it, read from the sources."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                name = f"{path.relative_to(ROOT).as_posix()}::{node.name}"
                yield from ((requirement, name) for requirement in _requirements(node))


def _requirements(test: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.asvs":
            yield from (str(ast.literal_eval(each)) for each in mark.args)


def tests_by_line() -> dict[int, list[str]]:
    """Return the tests that show each line. Raises KeyError for a requirement that no line has."""
    found: dict[int, list[str]] = {line.number: [] for line in LINES}
    for requirement, name in markers():
        tests = found[BY_REQUIREMENT[requirement].number]
        if name not in tests:
            tests.append(name)
    return found


def rendered() -> str:
    """Return the page as it is kept."""
    tests = tests_by_line()
    automated = [line for line in LINES if tests[line.number]]
    return TEXT.format(
        automated=len(automated),
        all=len(LINES),
        partly=sum(bool(line.rest) for line in automated),
        unmet=len(LINES) - len(automated),
        rows="\n".join(_row(line, tests[line.number]) for line in LINES),
    )


def _row(line: Line, tests: list[str]) -> str:
    shown = "<br>".join(f"`{each.removeprefix('tests/')}`" for each in tests)
    left = f"<br>Open: {line.rest}" if line.rest else ""
    cells = [str(line.number), " ".join(line.requirements), line.level, f"{line.en}<br>{line.ja}"]
    return f"| {' | '.join([*cells, shown + left if tests else line.unmet])} |"


if __name__ == "__main__":
    TARGET.write_text(rendered(), encoding="utf-8")
