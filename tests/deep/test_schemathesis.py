"""The whole API under generated input, right and wrong: no 5xx, nothing that the OpenAPI document does not say."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import CHECKS, load_all_checks
from sqlalchemy import select

from inventory.models import Capability
from service.app import describe
from service.identity.actions import issue_operator_token, issue_token
from tests.deep.running import Place, asking, serving
from tests.engines import Engines
from tests.world import FUJISAWA, TOME

pytestmark = pytest.mark.deep

EXAMPLES = 12
EXCLUDED = {
    # The trade has rules that no schema can say: a kind must be in the catalogue, a code needs its check digit.
    "positive_data_acceptance",
    # It looks for what one call made by the next call's path; stateful tests are the journeys.
    "use_after_free",
    "ensure_resource_availability",
}
load_all_checks()
USED = [CHECKS.get_one(name) for name in CHECKS.get_all_names() if name not in EXCLUDED]


@dataclass
class Running:
    """A server, and the tokens of those who call it."""

    base: str
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def running(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("schemathesis")
    place = Place(engines.fresh("sqlite", directory), directory)
    tokens, ids, token = asyncio.run(_prepare(place))
    with serving(place):
        filed = httpx.post(
            f"{place.base}/api/requests", json=ids.pop("draft"), headers={"Authorization": f"Bearer {token}"}
        )
        assert filed.status_code == 201, filed.text
        ids |= {"request": filed.json()["id"], "line": filed.json()["lines"][0]["id"]}
        real_ids.update(ids)
        yield Running(place.base, tokens)


async def _prepare(place: Place) -> tuple[dict[str, str], dict[str, Any], str]:
    world, asker = await place.build()
    async with place.opened() as database:
        tokens = {
            "coordinator": await database.write(issue_token, world.email(FUJISAWA), days=10),
            "operator": await database.write(issue_operator_token, days=10),
        }
        capability = await database.read(lambda session: session.scalars(select(Capability.id)).first())
    ids = {
        "group": world.group,
        "incident": world.incident,
        "code": TOME,
        "requester": TOME,
        "municipality": FUJISAWA,
        "member": world.members[FUJISAWA],
        "person": world.people[FUJISAWA, "ict"],
        "capability": capability,
        "draft": asking(world),
    }
    return tokens, ids, asker


# An event stream ends only when its reader goes; the journeys read it.
schema = schemathesis.openapi.from_dict(describe()).exclude(path_regex="/events$")
real_ids: dict[str, str] = {}


@schema.hook("map_path_parameters")
def map_path_parameters(_context: object, path_parameters: Any) -> Any:
    return _with_real_ids(path_parameters)


@schema.hook("map_body")
def map_body(_context: object, body: Any) -> Any:
    return _with_real_ids(body)


def _with_real_ids(values: Any) -> Any:
    """Turn half of the generated ids into ids that exist, so that calls get beyond the first look-up."""
    if not isinstance(values, dict):
        return values
    return {name: _real(name, value) for name, value in values.items()}


def _real(name: str, value: Any) -> Any:
    is_well_formed = isinstance(value, str) and 0 < len(value) <= 64 and value.isascii() and value.isalnum()
    return real_ids[name] if name in real_ids and is_well_formed and len(value) % 2 else value


few = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@schema.parametrize()
@few
def test_no_call_of_the_coordinator_breaks_the_api(case: Case, running: Running) -> None:
    call(case, running, "coordinator")


@schema.parametrize()
@few
def test_no_call_of_the_operator_breaks_the_api(case: Case, running: Running) -> None:
    call(case, running, "operator")


def call(case: Case, running: Running, who: str) -> None:
    headers = {"Authorization": f"Bearer {running.tokens[who]}"}
    answer = case.call(base_url=running.base, headers=headers, timeout=20)
    # Too large is said before anybody looks at what it is; the tool does not count that as a refusal
    if answer.status_code != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        sent = {"base_url": running.base, "headers": headers, "timeout": 20}
        checks: Any = USED  # its stub is narrower than what it takes
        case.validate_response(answer, checks=checks, headers=headers, transport_kwargs=sent)
