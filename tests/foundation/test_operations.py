"""From a request to its answer: the caller checked, every wrong field named, the right status said."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation.calls import Call
from foundation.database import Database
from foundation.endpoints import routes
from foundation.operations import operation, operations_in
from foundation.sealing import DataKey
from tests.foundation import floor as small
from tests.foundation.floor import floor

GOOD = {"name": "発電機", "quantity": 2}


@pytest.fixture
async def api(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with floor(database) as client:
        yield client


async def pointers(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return {each["pointer"]: each["detail"] for each in answer.json()["errors"]}


async def test_an_answer_is_what_the_operation_promises(api: httpx.AsyncClient) -> None:
    made = await api.post("/api/things/a", json=GOOD)
    assert (made.status_code, made.json()) == (201, {"name": "発電機", "version": 4})
    assert made.headers["etag"] == '"4"'
    assert made.headers["cache-control"] == "no-store"
    assert made.headers["x-request-id"]


@pytest.mark.asvs("15.3.1", "15.3.3")
async def test_every_wrong_field_is_named_in_japanese(api: httpx.AsyncClient) -> None:
    wrong = {"name": " ", "quantity": "２", "spare": -1, "at": "きのう", "on": "1999-12-31", "colour~/": "red"}
    said = await pointers(await api.post("/api/things/a", json=wrong))
    assert said == {
        "/name": "形式が違います。半角の英数字か、制御文字を含まない文字で入力してください。",
        "/quantity": "半角の整数で入力してください (例: 50)。",
        "/spare": "0以上で入力してください。",
        "/at": "日時は 2011-03-11T15:00:00+09:00 の形で、2000年から2099年までで入力してください。",
        "/on": "日付は 2011-03-11 の形で、2000年から2099年までで入力してください。",
        "/colour~0~1": "この項目はありません。項目名を確かめてください。",
    }


async def test_the_wrong_value_is_never_repeated(api: httpx.AsyncClient) -> None:
    answer = await api.post("/api/things/a", json={"name": "x" * 201, "quantity": "090-1234-5678"})
    assert "090" not in answer.text
    assert "xxx" not in answer.text


async def test_json_s_one_kind_of_number_counts_as_integer(api: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await api.post("/api/things/a", content=b'{"name": "a", "quantity": 2.0}', headers=headers)
    assert answer.status_code == 201


async def test_a_query_is_checked_like_a_body(api: httpx.AsyncClient) -> None:
    said = await pointers(await api.get("/api/keys", params={"size": "９９", "cursor": "あ", "shape": "x"}))
    assert set(said) == {"/query/size", "/query/cursor", "/query/shape"}


@pytest.mark.asvs("4.1.1", "4.1.4")
async def test_a_wrong_method_is_told_the_right_ones(api: httpx.AsyncClient) -> None:
    answer = await api.delete("/api/things/a")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "PATCH", "POST"}


async def test_head_answers_like_get_without_a_body(api: httpx.AsyncClient) -> None:
    answer = await api.head("/api/things/a")
    assert answer.status_code == 200
    assert answer.headers["etag"] == '"4"'


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/jsonp", ""])
@pytest.mark.asvs("4.1.1", "4.1.4")
async def test_another_media_type_is_refused(api: httpx.AsyncClient, kind: str) -> None:
    answer = await api.post("/api/things/a", content=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


async def test_a_body_too_large_is_refused_announced_or_not(api: httpx.AsyncClient) -> None:
    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 100

    headers = {"Content-Type": "application/json"}
    for content in (b" " * 3_000, in_pieces()):
        answer = await api.post("/api/things/a", content=content, headers=headers)
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert "2000バイト" in answer.json()["detail"]


async def test_who_is_not_signed_in_learns_nothing_of_a_large_body(api: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json", "Authorization": ""}
    answer = await api.post("/api/things/a", content=b" " * 3_000, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_who_may_not_is_refused_before_anything_is_read(api: httpx.AsyncClient) -> None:
    answer = await api.post("/api/things/a", content=b"broken", headers={"Authorization": "Bearer guest"})
    assert answer.status_code == 403


async def test_an_open_operation_does_not_ask_who_calls(api: httpx.AsyncClient) -> None:
    assert (await api.get("/api/open", headers={"Authorization": ""})).json()["name"] == "None"


@pytest.mark.parametrize("body", [b"", b"{", b'{"name": "\xff"}', b'{"name": "\\ud800", "quantity": 1}', b"[" * 2000])
async def test_what_is_no_json_is_refused(api: httpx.AsyncClient, body: bytes) -> None:
    answer = await api.post("/api/things/a", content=body, headers={"Content-Type": "application/json"})
    assert "UTF-8" in (await pointers(answer))["/"]


async def test_a_path_that_can_not_be_an_id_is_not_found(api: httpx.AsyncClient) -> None:
    for path in ("%20", "a.b", "a%2fb", "あ", "x" * 65, "none", "a%00"):
        assert (await api.get(f"/api/things/{path}")).status_code == 404, path


@pytest.mark.asvs("16.5.1", "16.5.2", "16.5.3", "16.5.4")
async def test_a_defect_says_nothing_of_the_inside(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/things/defect")
    assert answer.status_code == 500
    assert "090" not in answer.text
    assert answer.json()["type"] == "urn:yuimaru:problem:problem"


async def test_a_change_of_an_old_version_is_refused(api: httpx.AsyncClient) -> None:
    async def changed(**headers: str) -> int:
        return (await api.patch("/api/things/a", json=GOOD, headers=headers)).status_code

    assert await changed() == 200
    for fits in ('"4"', 'W/"4"', "*"):
        assert await changed(**{"If-Match": fits}) == 200
    for stale in ('"3"', '"40"', "x", '""', '"4", "5"', '"' + "9" * 5000 + '"'):
        assert await changed(**{"If-Match": stale}) == 412, stale


async def test_a_list_goes_on_where_it_stopped(api: httpx.AsyncClient, database: Database) -> None:
    await database.write(
        lambda session: session.add_all(DataKey(owner=f"k{number}", wrapped=b"") for number in range(5))
    )
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        shown = (await api.get("/api/keys", params=cursor)).json()
        seen += [each["owner"] for each in shown["items"]]
        newcomer = DataKey(owner=f"a{len(seen)}", wrapped=b"")
        await database.write(Session.add, newcomer)
        cursor = {"cursor": shown["next"] or ""}
    assert seen == ["k0", "k1", "k2", "k3", "k4"], "rows that come in before the cursor shift nothing"
    assert shown["next"] is None


async def test_an_empty_list_is_a_list(api: httpx.AsyncClient) -> None:
    assert (await api.get("/api/keys")).json() == {"items": [], "next": None}


async def test_keyed_repeats_at_once_write_once(api: httpx.AsyncClient, database: Database) -> None:
    headers = {"Idempotency-Key": "k"}
    answers = await asyncio.gather(*(api.post("/api/things/a", json=GOOD, headers=headers) for _ in range(10)))
    assert {each.text for each in answers} == {answers[0].text}
    made = await database.read(
        lambda session: session.scalar(select(func.count()).select_from(DataKey).where(DataKey.owner == "a"))
    )
    assert made == 1


def test_a_parameter_that_nothing_gives_is_a_mistake() -> None:
    async def lost(_call: Call, somewhere: str) -> None:
        """迷子 (lost)."""

    with pytest.raises(TypeError, match="somewhere"):
        operation("GET", "/lost", permission=None)(lost)


def test_one_route_per_path() -> None:
    assert [each.name for each in operations_in(small)] == ["make", "look", "change", "listed", "anyone"]
    assert len(routes(small.OPERATIONS)) == 3
