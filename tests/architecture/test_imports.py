"""Who may know whom: the contracts of pyproject.toml, and the purity of the rules of the trade."""

import ast
import io
import sys
from contextlib import redirect_stdout

import grimp
import pytest
from importlinter.cli import lint_imports

from tests.architecture.sources import PROGRAM, ROOT, Source, program

PURE = {
    "foundation.audit.chain",
    "foundation.audit.faults",
    "agreements.codes",
    "agreements.directory",
    "agreements.terms",
    "agreements.lifecycle",
    "agreements.secrecy",
    "agreements.weights",
    "inventory.catalogue",
    "inventory.secrets",
    "aid.ranking.candidates",
    "aid.waves.cover",
    "aid.emergency_access.lifecycle",
    "aid.emergency_access.undertaking",
    "aid.ranking.explaining",
    "aid.ranking.filtering",
    "aid.ranking.geography",
    "aid.waves.holding",
    "aid.ranking.islands",
    "aid.labels",
    "aid.lanes",
    "aid.lifecycle",
    "aid.marks",
    "aid.missions",
    "aid.patience",
    "aid.ranking.places",
    "aid.ranking.points",
    "aid.ranking.partners",
    "aid.reaching",
    "aid.ranking.reasons",
    "aid.ranking.scoring",
    "aid.severity",
    "aid.ranking.traits",
    "aid.waves.choosing",
    "notifications.gateways.base",
    "notifications.gateways.calling",
    "notifications.health",
    "notifications.mail",
    "notifications.replies",
    "notifications.retry",
    "notifications.sms",
    "readiness.security.guidance",
    "readiness.security.lifecycle",
    "readiness.security.questions",
}
"""The modules that hold the knowledge: standard library and each other, testable without a database."""

UNCLEAN = {"os", "socket", "subprocess", "asyncio", "threading", "random", "secrets", "sqlite3", "http", "smtplib"}
"""What of the standard library would tie a rule to the machine it runs on."""


@pytest.mark.asvs("13.2.4")
def test_the_contracts_hold() -> None:
    said = io.StringIO()
    with redirect_stdout(said):
        code = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert code == 0, said.getvalue()


def test_every_pure_module_exists() -> None:
    assert set(PURE) <= {source.module for source in program()}


def test_pure_modules_import_only_the_standard_library_and_each_other() -> None:
    allowed = (sys.stdlib_module_names - UNCLEAN) | set(PURE)
    pure = [source for source in program() if source.module in PURE]
    assert not [f"{source.name} imports {name}" for source in pure for name in _imported(source) - allowed]


def test_pure_modules_never_ask_what_time_it_is() -> None:
    pure = [source for source in program() if source.module in PURE]
    clocks = {"now", "utcnow", "today", "monotonic", "perf_counter"}
    asked = [
        source.at(call)
        for source in pure
        for call in source.calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in clocks
    ]
    assert not asked


def test_the_portal_knows_nothing_of_the_service_beside_itself() -> None:
    graph = grimp.build_graph(*PROGRAM, cache_dir=None)
    inside = {"service.portal", *graph.find_descendants("service.portal")}
    reached = {name for module in inside for name in graph.find_modules_directly_imported_by(module)} - inside
    assert not {name for name in reached if not name.startswith("foundation")}


def _imported(source: Source) -> set[str]:
    """Return the modules that a file imports: ours by their full name, others by their first part."""
    ours = {each.module for each in program()}
    found = set()
    for node in source.nodes:
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{each.name}" for each in node.names}
            found |= {each if each in ours else str(node.module) for each in names}
    return {each if each.split(".")[0] in PROGRAM else each.split(".")[0] for each in found}
