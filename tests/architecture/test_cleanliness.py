"""What doesn't belong into a repository that others build on."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from tests.architecture.sources import EVERYTHING, ROOT, rooms, sources

MACHINE = re.compile(r"(?<![\w.:/~}\])-])/(?:home|Users|root|work|workspace|mnt)/\w")
REGISTRY = re.compile(r"--(?:extra-)?index-url|--(?:find-links|trusted-host)\b|^(?:\S+ @ )?https?://", re.MULTILINE)
LOCKS = sorted(ROOT.glob("requirements*.lock"))
LATER = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
EXEMPTION = re.compile(r"# (?:noqa|type: ignore|pragma)\b")
REASONED = re.compile(
    r"# (?:noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*|type: ignore\[[\w, -]+\]|pragma: [\w ]+?)\s+(?:—|–|-|#)\s*\w.{5,}"
)
TEXTS = {
    ".py",
    ".md",
    ".toml",
    ".yaml",
    ".yml",
    ".txt",
    ".cfg",
    ".ini",
    ".html",
    ".css",
    ".sh",
    ".json",
    ".lock",
    ".mako",
    "",
}


def test_nothing_is_left_for_later() -> None:
    assert not list(_lines_with(LATER))


def test_no_path_of_one_machine() -> None:
    assert not list(_lines_with(MACHINE))


@pytest.mark.asvs("15.1.2", "15.2.4")
def test_locks_hold_versions_and_hashes_but_no_address() -> None:
    """Where to fetch from is the affair of whoever installs."""
    assert LOCKS
    for lock in LOCKS:
        text = lock.read_text(encoding="utf-8")
        assert not REGISTRY.search(text)
        assert "://" not in text
        assert text.count("--hash=sha256:") >= text.count("==")


def test_the_lock_of_the_tests_provider_holds_versions_and_hashes_but_no_address() -> None:
    lock = json.loads((ROOT / "tests" / "deep" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert packages
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())
    assert "://" not in json.dumps(lock)


def test_every_exemption_has_a_rule_and_a_reason() -> None:
    bare = [
        f"{source.name}:{number}"
        for source in sources(*EVERYTHING)
        if source.path != Path(__file__)
        for number, (above, line) in enumerate(pairwise(["", *source.text.splitlines()]), 1)
        if EXEMPTION.search(line) and not REASONED.search(line) and not _is_reason_above(above, line)
    ]
    assert not bare


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        source.at(node)
        for source in rooms()
        if source.module != "foundation.settings"
        for node in source.nodes
        if getattr(node, "attr", getattr(node, "id", "")) in {"environ", "environb", "getenv"}
    }
    assert not readers


def test_no_module_is_a_drawer_for_the_rest() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "base_service", "manager"}
    assert not [source.name for source in sources(*EVERYTHING) if source.path.stem in drawers]


def _is_reason_above(above: str, line: str) -> bool:
    """A long reason stands on the line before; the rule's number still stands on the line itself."""
    return above.strip().startswith("# ") and re.search(r"# noqa: [A-Z]+\d+|type: ignore\[", line) is not None


def _lines_with(pattern: re.Pattern[str]) -> Iterator[str]:
    for path in _files():
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if pattern.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"


@cache
def _files() -> tuple[Path, ...]:
    """Return the texts that are, or are about to be, under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        return tuple(source.path for source in sources(*EVERYTHING))
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(path for path in paths if path.suffix in TEXTS and path.is_file())


def test_what_lies_among_the_long_tests_is_marked_as_long() -> None:
    """The everyday tests don't read that folder, so what it held without the mark would never run."""
    long = [each for each in sources("tests/deep") if each.path.name.startswith("test_")]
    unmarked = [each.name for each in long if not any(map(_marks_as_deep, each.tree.body))]
    assert long
    assert not unmarked


def _marks_as_deep(node: ast.stmt) -> bool:
    is_mark = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    return is_mark and "pytest.mark.deep" in ast.unparse(node.value)
