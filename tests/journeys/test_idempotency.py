"""What arrives twice counts once: the Idempotency-Key over HTTP, on both engines."""

import asyncio
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aid.models import AidRequest
from foundation.database import SERVICE, open_database
from foundation.idempotency import KeptAnswer
from foundation.settings import Settings
from notifications.models import Delivery
from service.house import surroundings
from tests.api_client import Service
from tests.world import FUJISAWA, KOMATSU, TOME, World


async def send(service: Service, world: World, key: str, *, by: str = TOME, **more: Any) -> Response:
    draft = {
        "incident": world.incident,
        "group": world.group,
        "requester": TOME,
        "lines": [{"kind": "pc", "quantity": 5}],
        **more,
    }
    headers = {"Idempotency-Key": key}
    return await service.call("POST", "/api/requests", by=world.email(by), json=draft, headers=headers)


async def count(service: Service) -> tuple[int, int, int]:
    def counted(session: Session) -> tuple[int, int, int]:
        requests, deliveries, answers = (
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (AidRequest, Delivery, KeptAnswer)
        )
        return requests, deliveries, answers

    return await service.database.read(counted)


async def test_a_repeat_gets_the_first_answer(service: Service) -> None:
    world = await service.build()
    first = await send(service, world, "once")
    before = await count(service)
    again = [await send(service, world, "once") for _ in range(3)]
    assert first.status_code == 201
    assert {(each.status_code, each.text) for each in again} == {(201, first.text)}
    assert await count(service) == before
    assert before[0] == 1


async def test_twenty_at_once_make_one_request(service: Service) -> None:
    world = await service.build()
    await service.token(world.email(TOME))
    answers = await asyncio.gather(*(send(service, world, "at once") for _ in range(20)))
    assert {(each.status_code, each.text) for each in answers} == {(201, answers[0].text)}
    requests, _, kept = await count(service)
    assert (requests, kept) == (1, 1)


async def test_another_body_under_the_same_key_is_refused(service: Service) -> None:
    world = await service.build()
    await send(service, world, "mine")
    before = await count(service)
    other = await send(service, world, "mine", reason="別の要請")
    assert other.status_code == 422
    assert "新しいキー" in other.json()["detail"]
    assert await count(service) == before


async def test_a_key_belongs_to_its_sender_and_its_target(service: Service) -> None:
    world = await service.build()
    mine = (await send(service, world, "1")).json()
    theirs = (await send(service, world, "1", by=FUJISAWA)).json()
    assert mine["id"] != theirs["id"]
    headers = {"Idempotency-Key": "1"}
    offer = {"municipality": KOMATSU, "decision": "decline", "reason": "人手不足"}
    for request in (mine, theirs):
        answer = await service.call(
            "POST", f"/api/requests/{request['id']}/offers", by=world.email(KOMATSU), json=offer, headers=headers
        )
        assert answer.status_code == 201, answer.text
        assert answer.json()["request"] == request["id"]


async def test_what_was_refused_may_be_mended_under_the_same_key(service: Service) -> None:
    world = await service.build()
    wrong = await send(service, world, "mended", lines=[{"kind": "unicorn", "quantity": 1}])
    assert wrong.status_code == 422
    assert await count(service) == (0, 0, 0)
    assert (await send(service, world, "mended")).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "鍵", "a\tb"])
async def test_a_key_that_can_not_be_one_is_refused(service: Service, key: str) -> None:
    world = await service.build()
    answer = await service.call(
        "POST",
        "/api/requests",
        by=world.email(TOME),
        json={"incident": "i", "group": "g", "requester": TOME, "lines": [{"kind": "pc", "quantity": 1}]},
        headers=[(b"Idempotency-Key", key.encode())],
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/headers/Idempotency-Key"
    assert "255文字以内" in answer.json()["errors"][0]["detail"]


async def test_two_amendments_of_one_version_are_one(service: Service) -> None:
    world = await service.build()
    request = (await send(service, world, "r")).json()
    line = request["lines"][0]["id"]
    body = {"reason": "不足", "lines": [{"line": line, "quantity": 9}]}
    path, headers = f"/api/requests/{request['id']}/amendment", {"Idempotency-Key": "a"}
    answers = [await service.call("POST", path, by=world.email(TOME), json=body, headers=headers) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 200], answers[0].text
    assert answers[0].text == answers[1].text
    assert answers[0].json()["version"] == request["version"] + 1


async def test_a_kept_answer_is_sealed_and_outlives_the_process(service: Service, service_settings: Settings) -> None:
    world = await service.build()
    first = await send(service, world, "kept", reason="秘密の理由")
    await service.database.close()
    opened = open_database(service_settings.database_url, surroundings(service_settings, service.clock), SERVICE)
    answers = await opened.read(lambda session: list(session.scalars(select(KeptAnswer.answer))))
    assert len(answers) == 1
    assert "秘密".encode() not in (answers[0] or b"")
    service.app.state.database = opened
    assert (await send(service, world, "kept", reason="秘密の理由")).text == first.text
    await opened.close()
