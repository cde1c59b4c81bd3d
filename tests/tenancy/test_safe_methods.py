"""GET and HEAD change nothing: after every operation that reads, the tables hold what they held (ASVS 3.5.3)."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database.base import Base
from foundation.operations import path_names
from service.app import OPERATIONS
from tests.api_client import Service
from tests.tenancy.callers import Caller, Relation
from tests.tenancy.rows import ROWS
from tests.tenancy.scene import Scene, set_stage

RECORD = {"audit", "audit_heads"}
"""A reading of what is protected stands on the record."""
TOLD = {"timers", "alerts", "questions", "recipients", "deliveries", "alert_waves"}
"""An owner is told who read its inventory: of files at once, of the rest once a month."""
ENDLESS = {"stream_events": "a stream that does not end; it reads only"}
HOOKS = "/hooks/"
"""Gateways bring SMS and receipts in by GET, as their makers laid down; the secret in the path guards them."""
READERS = (
    (Caller.ICT_CONTACT, Relation.OWN, RECORD),
    (Caller.DISASTER_CONTACT, Relation.NDA, RECORD | TOLD),
)


@pytest.mark.parametrize("database_url", ["sqlite", pytest.param("postgres", marks=pytest.mark.deep)], indirect=True)
@pytest.mark.asvs("3.5.3")
async def test_reading_changes_nothing(service: Service) -> None:
    scene = await set_stage(service)
    for caller, relation, expected in READERS:
        before = await service.database.read(_contents)
        answered = [
            await _read(scene, each, caller, relation, method)
            for each in OPERATIONS
            if each.method == "GET" and each.name not in ENDLESS and not each.path.startswith(HOOKS)
            for method in ("GET", "HEAD")
        ]
        assert sum(status == 200 for status in answered) > len(answered) / 2, answered
        after = await service.database.read(_contents)
        changed = {name for name in before if before[name] != after[name]}
        assert changed <= expected, (caller, changed - expected)


async def _read(scene: Scene, operation: Any, caller: Caller, relation: Relation, method: str) -> int:
    row, things, path = ROWS[operation.name], scene.asked_for(caller, relation), operation.path
    for name in path_names(path):
        path = path.replace(f"{{{name}}}", str(things[row.names.get(name, name)]))
    headers = scene.headers(caller, relation)
    answer = await scene.service.http.request(method, path, headers=headers, params=row.query(things) or None)
    return answer.status_code


def _contents(session: Session) -> Mapping[str, list[str]]:
    """Return every row of every table, in an order of its own."""
    return {
        table.name: sorted(repr(tuple(row)) for row in session.execute(select(table)))
        for table in Base.metadata.sorted_tables
    }
