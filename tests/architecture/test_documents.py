"""What is written about the program is true of the program."""

import importlib
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

from foundation.database.base import Base
from foundation.settings import Settings, variable
from scripts import write_asvs, write_openapi, write_policy
from tests.architecture.sources import ROOT, last_part, rooms
from tests.asvs import BY_REQUIREMENT, LINES

JAPANESE_TERM = re.compile(r"^([^:：.,。\s]*[\u3040-\u30ff\u4e00-\u9fff][^:：.,。\s]*)")
GLOSSARY = ROOT / "docs" / "glossary.md"
OPERATING = ROOT / "docs" / "operating.md"
MAKEFILE = ROOT / "Makefile"
READMES = sorted(ROOT.glob("*.md"))
ENUMS = {"Enum", "StrEnum", "IntEnum"}


def test_the_openapi_document_is_current() -> None:
    kept = write_openapi.TARGET.read_text(encoding="utf-8")
    assert kept == write_openapi.rendered(), "run: python scripts/write_openapi.py"


def test_the_page_of_rights_is_current() -> None:
    kept = write_policy.TARGET.read_text(encoding="utf-8")
    assert kept == write_policy.rendered(), "run: python scripts/write_policy.py"


def test_the_page_of_the_security_standard_is_current() -> None:
    kept = write_asvs.TARGET.read_text(encoding="utf-8")
    assert kept == write_asvs.rendered(), "run: python -m scripts.write_asvs"


def test_every_marker_names_a_requirement_that_a_line_has() -> None:
    assert not [name for requirement, name in write_asvs.markers() if requirement not in BY_REQUIREMENT]
    assert [line.number for line in LINES] == list(range(1, 63))
    assert sum(len(line.requirements) for line in LINES) == len(BY_REQUIREMENT), "each requirement stands in one line"


def test_every_line_has_tests_or_a_reason_and_never_both() -> None:
    tests = write_asvs.tests_by_line()
    assert not [line.number for line in LINES if bool(tests[line.number]) == bool(line.unmet)]
    assert not [line.number for line in LINES if line.unmet and line.rest]


def test_every_model_and_enum_begins_with_its_japanese_term() -> None:
    silent = [name for name, first in _first_lines().items() if not JAPANESE_TERM.match(first)]
    assert not silent


def test_every_table_has_its_word_in_the_glossary() -> None:
    places = {place for row in _glossary() for place in row.places}
    tables = {f"{each.class_.__module__}.{each.class_.__name__}" for each in Base.registry.mappers}
    assert not {name for name in tables if not name.startswith("tests")} - places


def test_the_glossary_says_where_a_word_lives() -> None:
    lost = [(row.english, place) for row in _glossary() for place in row.places if _found(place) is None]
    assert not lost


def test_the_glossary_and_the_code_use_the_same_word() -> None:
    """The first place of a row is a class that begins its docstring with the row's Japanese term."""
    differing = [
        (row.english, row.japanese, row.places[0])
        for row in _glossary()
        if isinstance(found := _found(row.places[0]), type) and not _says(found, row.japanese)
    ]
    assert not differing


def test_words_of_the_glossary_stand_once() -> None:
    words = [row.english for row in _glossary()]
    assert len(words) == len(set(words))


def test_every_setting_is_explained_to_the_operator() -> None:
    text = OPERATING.read_text(encoding="utf-8")
    assert not [name for field in Settings.model_fields if (name := variable(field)) not in text]


def test_the_containers_are_given_settings_that_exist_and_every_room() -> None:
    known = {variable(field) for field in Settings.model_fields} | {"YUIMARU_DATABASE_PASSWORD"}
    written = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("Dockerfile", "compose.yaml"))
    assert set(re.findall(r"YUIMARU_[A-Z_]+", written)) <= known
    packed = set(re.findall(r"^COPY (\w+) \1$", written, re.MULTILINE))
    assert packed == {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "scripts", "bench"}
    sent = set((ROOT / ".dockerignore").read_text(encoding="utf-8").split())
    assert {f"!{room}" for room in packed} <= sent


def test_the_readme_names_only_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z][\w-]*)\s*:", MAKEFILE.read_text(encoding="utf-8"), re.MULTILINE))
    named = {name for path in READMES for name in _targets_named(path.read_text(encoding="utf-8"))}
    assert named <= targets


class Row:
    """One word of the glossary: | English | 日本語 | `place`, `place` | meaning |."""

    def __init__(self, cells: list[str]) -> None:
        self.english, self.japanese, places, self.meaning = cells
        self.places = re.findall(r"`([\w.]+)`", places)
        assert self.places, f"{self.english}: no place in the code"
        assert self.meaning, f"{self.english}: no meaning"


def _glossary() -> list[Row]:
    lines = GLOSSARY.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    rows = [each for each in cells if each[0] != "English" and set(each[0]) != {"-"}]
    assert rows
    return [Row(each) for each in rows]


def _found(place: str) -> Any:
    """Return the module, class, column, member or function of a dotted name, or None."""
    parts = place.split(".")
    for size in range(len(parts), 0, -1):
        if ".".join(parts[:size]) in _modules():
            thing: Any = importlib.import_module(".".join(parts[:size]))
            for part in parts[size:]:
                thing = getattr(thing, part, None)
            return thing
    return None


def _modules() -> set[str]:
    return {source.module for source in rooms()}


def _says(found: type, japanese: str) -> bool:
    first = (found.__doc__ or "").strip().partition("\n")[0]
    term = JAPANESE_TERM.match(first)
    return term is not None and term.group(1) == japanese if issubclass(found, Base | Enum) else japanese in first


def _first_lines() -> dict[str, str]:
    return dict(_models_and_enums())


def _models_and_enums() -> Iterator[tuple[str, str]]:
    for source in rooms():
        for node in source.nodes:
            bases = {last_part(base) for base in getattr(node, "bases", ())}
            if bases & {"Base", *ENUMS}:
                found = getattr(importlib.import_module(source.module), node.name)  # type: ignore[attr-defined]  # a class
                yield source.at(node), (found.__doc__ or "").strip().partition("\n")[0]


def _targets_named(text: str) -> Iterator[str]:
    """Return what is called with `make` in code, not in prose."""
    for code in re.findall(r"```.*?```|`[^`]+`", text, re.DOTALL):
        yield from re.findall(r"\bmake ([a-z][\w-]*)", code)
