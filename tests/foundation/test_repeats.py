"""What is said twice is refused: which of the two would count, readers might see differently."""

from collections.abc import AsyncIterator

import httpx
import pytest

from foundation.database import Database
from foundation.repeats import repeated_keys
from tests.foundation.floor import floor

JSON = {"Content-Type": "application/json"}
BODIES = {
    b'{"name": "a", "quantity": 1, "name": "b"}': {"/name"},
    b'{"quantity": 1, "name": "a", "quantity": 1, "n\\u0061me": "b"}': {"/quantity", "/name"},
}
DEEP = {
    b'{"lines": [{"kind": "pc"}, {"kind": "pc", "kind": "ups"}]}': ["/lines/1/kind"],
    b'{"a/b": {"~": 1, "~": 2}}': ["/a~1b/~0"],
    b'{"a": {"x": 1}, "b": {"x": 1}}': [],
    b'{"a": 1e999, "b": [NaN, -0], "c": ' + b"9" * 5000 + b"}": [],
    b"[[[{}]]]": [],
}


@pytest.fixture
async def api(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with floor(database) as client:
        yield client


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.asvs("15.3.7")
async def test_a_body_says_everything_once(api: httpx.AsyncClient, body: bytes) -> None:
    answer = await api.post("/api/things/a", content=body, headers=JSON)
    assert answer.status_code == 422, answer.text
    assert {each["pointer"] for each in answer.json()["errors"]} == BODIES[body]
    assert {each["code"] for each in answer.json()["errors"]} == {"repeated"}


@pytest.mark.asvs("15.3.7")
async def test_a_query_says_everything_once(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/keys?size=1&size=2")
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/query/size"]
    assert (await api.get("/api/keys?size=1")).status_code == 200


@pytest.mark.parametrize("body", DEEP)
@pytest.mark.asvs("15.3.7")
def test_the_place_is_named_however_deep(body: bytes) -> None:
    assert [each.pointer for each in repeated_keys(body)] == DEEP[body]
