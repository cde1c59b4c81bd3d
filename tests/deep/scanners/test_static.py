"""bandit and our own semgrep rules over the whole house: no finding; and each of our rules finds a seeded fault."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deep.scanners.programs import ROOT, SCANNERS, scanner

pytestmark = pytest.mark.deep

HOUSE = [
    "foundation",
    "notifications",
    "agreements",
    "inventory",
    "aid",
    "readiness",
    "service",
    "migrations",
    "scripts",
    "bench",
]
ACCEPTED = {
    "B101": "an assert narrows a type; no refusal depends on one",
    "B105": "ruff asks the same (S105) and has its reason at each line: names of kinds and sentences",
    "B107": "an empty passphrase means none",
    "B303": "SHA-1 is RFC 6238's default for the codes of an authenticator app",
    "B311": "jitter of a retry, not a secret",
    "B314": "parts of a workbook: refused where they declare a type or an entity (foundation/documents/judging)",
    "B404": "subprocess is used by the bench, the scripts and for our own process that reads files, without a shell",
    "B405": "as B314",
    "B608": "policies of row-level security are put together from constants; elsewhere ruff asks the same (S608)",
    "B603": "as B404: every argument list is ours",
}
"""bandit's rules that may find something here, each with the reason."""
ACCEPTED_AT = {
    "B301 service/thinking.py": "the pipe to a process that the service started itself; nothing that comes in",
    "B403 service/thinking.py": "as B301",
}
"""The same in one file alone."""
RULES = Path(__file__).with_name("rules.yml")
SEEDED = {
    "sql-built-from-text": ("a.py", 'session.execute(text(f"select * from people where id = {person}"))'),
    "secret-compared-openly": ("a.py", "if draft.password == stored_password:\n    pass"),
    "personal-data-in-log": ("a.py", 'log.info("sent", email=person.email)'),
    "personal-data-in-exception": ("a.py", 'raise ValueError(f"nobody at {person.email}")'),
    "client-trusts-anybody": ("a.py", "client = httpx.AsyncClient(timeout=3, follow_redirects=True)"),
    "sealing-done-elsewhere": ("a.py", "cipher = AESGCM(key)"),
    "weak-digest": ("a.py", "import hashlib\nhashlib.md5(text)"),
    "redirect-to-what-was-asked": (
        "a.py",
        'def go(request):\n    to = request.query_params["next"]\n    return RedirectResponse(to, 303)',
    ),
    "template-trusts-text": ("a.html", "<p>{{ text | safe }}</p>"),
    "script-or-style-in-page": ("a.html", '<p style="color: red">'),
    "template-environment-trusts-text": ("a.py", "environment = Environment(loader=loader, autoescape=False)"),
}
QUIET = {"SEMGREP_SEND_METRICS": "off", "SEMGREP_ENABLE_VERSION_CHECK": "0"}


@pytest.mark.asvs("1.5.2")
def test_bandit_finds_nothing_new() -> None:
    found = subprocess.run(
        [scanner("bandit"), "--quiet", "--format", "json", "--recursive", *HOUSE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    results = json.loads(found.stdout)["results"]
    told = [f"{each['test_id']} {each['filename']}:{each['line_number']}" for each in results]
    known = ACCEPTED.keys() | ACCEPTED_AT.keys()
    assert not [line for line in told if not {line.split()[0], line.partition(":")[0]} & known]


@pytest.mark.asvs("1.2.4")
def test_our_rules_find_nothing() -> None:
    assert _semgrep(ROOT, *HOUSE) == []


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Which of our rules found the fault made for it."""
    place = tmp_path_factory.mktemp("seeded")
    for rule, (name, fault) in SEEDED.items():
        (place / rule).mkdir()
        (place / rule / name).write_text(fault)
    return {Path(path).parent.name for path, rule in _semgrep(place, ".") if Path(path).parent.name == rule}


@pytest.mark.parametrize("rule", SEEDED)
def test_each_rule_finds_its_fault(rule: str, seeded: set[str]) -> None:
    assert rule in seeded


def test_each_rule_has_its_fault() -> None:
    ids = {line.split("id:")[1].strip() for line in RULES.read_text().splitlines() if line.startswith("  - id:")}
    assert ids == set(SEEDED)


def _semgrep(place: Path, *what: str) -> list[tuple[str, str]]:
    """Return path and rule of every finding."""
    command = [
        scanner("semgrep"),
        "scan",
        "--config",
        str(RULES),
        "--json",
        "--quiet",
        "--oss-only",
        "--no-git-ignore",
    ]
    environment = {**os.environ, **QUIET, "PATH": f"{SCANNERS}:{os.environ['PATH']}"}
    found = subprocess.run([*command, *what], cwd=place, env=environment, capture_output=True, text=True, check=False)
    answer: dict[str, Any] = json.loads(found.stdout)
    assert not answer["errors"], answer["errors"]
    return [(each["path"], each["check_id"].rsplit(".", 1)[-1]) for each in answer["results"]]
