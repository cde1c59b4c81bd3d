"""What a reader can hold in mind: no file and no function grows past its bound."""

import sys

from tests.architecture.sources import EVERYTHING, Function, Source, program, sources

FILE, WANTED_FILE, TEST_FILE = 400, 250, 500
FUNCTION, WANTED_FUNCTION, JOURNEY = 50, 20, 60


def test_no_file_is_too_long() -> None:
    long = {
        source.name: _lines(source)
        for source in sources(*EVERYTHING)
        if _lines(source) > (TEST_FILE if source.name.startswith("tests/") else FILE)
    }
    assert not long


def test_no_function_is_too_long() -> None:
    long = {
        f"{source.at(each)} {each.name}": _length(each)
        for source in sources(*EVERYTHING)
        if not _is_revision(source)
        for each in source.functions
        if _length(each) > (JOURNEY if source.name.startswith("tests/journeys/") else FUNCTION)
    }
    assert not long


def test_what_is_longer_than_wanted_is_shown() -> None:
    """Fails on nothing: `pytest tests/architecture/test_sizes.py -rP` shows the list, worst first."""
    files = [(_lines(source), source.name) for source in program() if _lines(source) > WANTED_FILE]
    functions = [
        (_length(each), f"{source.at(each)} {each.name}")
        for source in program()
        if not _is_revision(source)
        for each in source.functions
        if _length(each) > WANTED_FUNCTION
    ]
    for title, found in (("files over 250 lines", files), ("functions over 20 lines", functions)):
        sys.stdout.write(f"{len(found)} {title}\n")
        sys.stdout.writelines(f"{size:5} {name}\n" for size, name in sorted(found, reverse=True))


def _lines(source: Source) -> int:
    return source.text.count("\n")


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _is_revision(source: Source) -> bool:
    """A revision is a list of statements that Alembic wrote; nobody reads it as a function."""
    return source.module.startswith("migrations.versions")
