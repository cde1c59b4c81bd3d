"""The tenancy matrix: every operation, everybody, every relation, against the page of rights."""

from collections.abc import Iterable

import httpx
import pytest

from inventory.permissions import KEEP_RECORDS
from service.app import OPERATIONS
from tests.api_client import Service
from tests.tenancy.callers import Caller, Relation
from tests.tenancy.matrix import NOT_CALLED, Cell, Outcome, Rehearsal, call, cells, named, outcome
from tests.tenancy.rows import ROWS
from tests.tenancy.scene import Scene, set_stage

SAMPLE = 127
"""Every how manyth cell the everyday tests look at; a prime, so that all callers and relations come up.

Each engine has cells of its own.
"""


@pytest.mark.asvs("8.1.1", "8.2.1")
def test_every_operation_has_its_row() -> None:
    assert set(ROWS) == {each.name for each in OPERATIONS}


@pytest.mark.parametrize("database_url", ["sqlite", pytest.param("postgres", marks=pytest.mark.deep)], indirect=True)
async def test_a_program_keeps_its_members_inventory(service: Service) -> None:
    """A machine client is no person; an act that asks for one would break, and answer what no document describes."""
    own = [each for each in cells() if (each.caller, each.relation) == (Caller.CLIENT, Relation.OWN)]
    keeping = [each for each in own if each.operation.permission == KEEP_RECORDS]
    assert {"attach_file", "replace_attachment", "retire_attachment"} <= {each.operation.name for each in keeping}
    assert all(each.is_allowed for each in keeping)
    await _hold_against_the_page(await rehearsed(service), keeping)


@pytest.mark.asvs("8.2.2", "8.4.1")
async def test_a_sample_gets_no_more_and_no_less_than_the_page_says(service: Service, database_url: str) -> None:
    first = SAMPLE // 2 if database_url.startswith("postgresql") else 0
    await _hold_against_the_page(await rehearsed(service), list(cells())[first::SAMPLE])


@pytest.mark.deep
@pytest.mark.asvs("8.2.2", "8.4.1")
async def test_nobody_gets_more_or_less_than_the_page_says(service: Service) -> None:
    looked_at = await _hold_against_the_page(await rehearsed(service), cells())
    assert looked_at == len(list(cells()))
    print(f"tenancy matrix: {looked_at} cells, 0 leaks; apart: {', '.join(NOT_CALLED)}")  # noqa: T201 — the annex of the report


async def rehearsed(service: Service) -> Scene:
    scene = await set_stage(service)
    service.app.state.database = Rehearsal(service.database)
    return scene


async def _hold_against_the_page(scene: Scene, chosen: Iterable[Cell]) -> int:
    wrong, looked_at = [], 0
    for cell in chosen:
        looked_at += 1
        answer = await call(scene, cell)
        found = outcome(scene, cell, answer)
        if (found is Outcome.REACHED) != cell.is_allowed:
            wrong.append(f"{cell}: allowed {cell.is_allowed}, answered {answer.status_code} {answer.text[:80]}")
        if (
            answer.is_client_error
            and found is Outcome.UNSEEN
            and not await _is_like_a_missing_one(scene, cell, answer)
        ):
            wrong.append(f"{cell}: nothing missing gets {answer.text}")
    assert not wrong, "\n".join(wrong)
    return looked_at


async def _is_like_a_missing_one(scene: Scene, cell: Cell, answer: httpx.Response) -> bool:
    """Tell whether one of the ids in the call could as well be nowhere: the very same words come back."""
    others = [await call(scene, cell, missing=name) for name in named(cell)]
    return any((each.status_code, each.text) == (answer.status_code, answer.text) for each in others)
