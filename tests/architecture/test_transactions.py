"""A transaction begins and ends in sight, and nothing waits inside one."""

import ast

from tests.architecture.sources import Source, dotted, last_part, program, rooms

EDGES = {
    "notifications.inbound": "stores a message in one transaction and handles it in a second",
    "notifications.receipts": "stores a receipt in one transaction and handles it in a second",
    "notifications.worker": "claims in one transaction, sends with none open, records in another",
    "notifications.watching.worker": "looks in one transaction, tells with none open, records in another",
    "aid.events": "reads the news again and again for as long as a stream lasts",
    "service.identity.gate": "asks who is calling before there is a call",
    "service.identity.scim.door": "an api of another name: the directory's own protocol",
    "inventory.directory.worker": "claims in one transaction, sends with none open, records in another",
    "service.identity.demo": "an api of another name: operations that only the demo has",
    "service.health": "an api of another name: operations on the process",
    "service.house": "stamps the mode when a process opens the database",
    "service.worker": "lets timers go off",
    "service.commands": "what the operator's commands do",
    "service.gateway_commands": "what `yuimaru gateways test` does: writes a message, looks what came of it",
    "service.import_commands": "what `yuimaru import` does: reads a file, then writes it",
    "service.key_commands": "what `yuimaru keys` does: files before, and after, one transaction",
    "service.operating": "opens the database for a command where no server does",
    "service.simulation.playing": "what the people of a played day do, one transaction each",
    "service.simulation.running": "writes a world before its day is played",
    "service.simulation.instance": "opens the database of a played day",
    "service.cli": "the operator's command itself",
}
"""Where a transaction may begin, beside every `api.py` and the floor, and why there."""

ACTS = {"write", "read", "disclose"}
ENDS = {"commit", "rollback"}


SENDERS = ("notifications.gateways", "service.", "inventory.directory.client", "foundation.outward")
"""What speaks to the network: never inside a transaction, and asked by the edges alone."""


def test_transactions_begin_only_at_the_edges() -> None:
    begun = [
        source.at(call)
        for source in rooms()
        if not _is_edge(source)
        for call in source.calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in ACTS
        and "database" in last_part(call.func.value)
    ]
    assert not begun


def test_only_the_edges_hold_a_database() -> None:
    holders = [
        source.name
        for source in rooms()
        if not _is_edge(source)
        for meaning in source.imports.values()
        if meaning in {"foundation.database.Database", "foundation.database.open_database", "foundation.calls.Call"}
    ]
    assert not holders


def test_transactions_end_only_in_the_database_floor() -> None:
    ended = [
        source.at(call)
        for source in program()
        if not source.module.startswith("foundation.database")
        for call in source.calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in ENDS and not _is_module(source, call.func.value)
    ]
    assert not ended


def test_nobody_spells_a_transaction_in_sql() -> None:
    words = {"BEGIN", "COMMIT", "ROLLBACK", "BEGIN IMMEDIATE"}
    spelled = [
        source.at(node)
        for source in rooms()
        if not source.module.startswith("foundation.database")
        for node in source.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip(" ;").upper() in words
    ]
    assert not spelled


def test_what_runs_inside_a_transaction_never_awaits() -> None:
    """Only the edges and what carries messages are asynchronous; everything else may run on a writer's thread."""
    waiting = [
        source.at(node)
        for source in rooms()
        if not _is_edge(source) and not source.module.startswith(SENDERS)
        for node in source.nodes
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith)
    ]
    assert not waiting


BESIDE = {
    "foundation.documents.apart": "reads files from outside in a process of its own, before anything is written",
    "foundation.documents.typesetting": "sets pages in a program of its own, called by the workshop's threads",
}
"""What starts a program and is never called inside a transaction, and why."""


def test_what_runs_inside_a_transaction_opens_no_connection() -> None:
    network = {"socket", "smtplib", "http.client", "urllib.request", "ftplib", "subprocess"}
    opened = [
        f"{source.name}: {meaning}"
        for source in rooms()
        if not source.module.startswith(SENDERS) and source.module not in BESIDE
        for meaning in source.imports.values()
        if any(meaning == each or meaning.startswith(f"{each}.") for each in network)
    ]
    assert not opened


def test_every_edge_exists() -> None:
    assert set(EDGES) <= {source.module for source in rooms()}


def _is_edge(source: Source) -> bool:
    return source.path.name == "api.py" or source.module in EDGES or source.module.startswith("foundation.")


def _is_module(source: Source, receiver: ast.expr) -> bool:
    """Tell whether it is one of our modules whose function is called: `stock.commit(…)` ends no transaction."""
    meaning = source.imports.get(dotted(receiver), "")
    return meaning in {each.module for each in rooms()}
