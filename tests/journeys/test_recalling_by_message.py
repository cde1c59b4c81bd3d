"""Taking back by message what was asked by message: number and code, from the phone that asked."""

import pytest

from aid.asking.recalling import Recall, read
from tests.api_client import Service
from tests.journeys.asking import offer, told
from tests.journeys.test_asking_by_message import STRANGER, codes, replies, requests, text, waiting
from tests.world import FUJISAWA, KOMATSU, TOME, World

NUMBER = "042129-2026-0007"


@pytest.mark.parametrize(
    ("words", "recall"),
    [
        (f"取消 {NUMBER} 8J4K", Recall(NUMBER, "8J4K")),
        ("とりけし　０４２１２９－２０２６－０００７　８ｊ４ｋ", Recall(NUMBER, "8J4K")),
        ("キャンセル 8J4K 0007", Recall("0007", "8J4K")),
        ("【訓練】取り消し 0007 8J4K。", Recall("0007", "8J4K")),
        (f"{NUMBER} 取消", Recall(NUMBER)),
        ("変更 0007 発電機3台", Recall("0007", is_change=True)),
        ("取消", None),
        ("取消 8J4K", None),
        ("取消 R-0012 8J4K", None),
        ("取消 0007 0008 8J4K", None),
        ("取消 0007 8J4K 4R7M", None),
        ("取消ではない 0007 8J4K", None),
        ("発電機は取消 0007 8J4K", None),
        ("取消 取消 0007", None),
        ("要請 発電機2台 8J4K", None),
        ("1 0007", None),
    ],
)
def test_what_takes_back_is_read_strictly(words: str, recall: Recall | None) -> None:
    assert read(words, is_drill=True) == recall


async def asked(service: Service, world: World) -> tuple[str, list[str]]:
    """Ask for two computers by SMS; return the request's number and the codes that are left."""
    made = await codes(service, world)
    await text(service, f"要請 パソコン2台 {made[0]}", world.mobile(TOME))
    (request,) = await requests(service, world)
    assert request["status"] == "open"
    return request["number"], made[1:]


async def test_number_and_code_from_the_phone_that_asked_cancel_and_all_are_told(service: Service) -> None:
    world = await service.build()
    number, left = await asked(service, world)
    assert f"取消 {number} コード" in (await replies(service, world, world.mobile(TOME)))[-1]
    (request,) = await requests(service, world)
    await offer(service, world, request, KOMATSU, 2)
    await text(service, f"取消 {number} {left[0]}", world.mobile(TOME))
    assert [each["status"] for each in await requests(service, world)] == ["cancelled"]
    assert KOMATSU in await told(service, world, "取")
    await text(service, f"取消 {number} {left[1]}", world.mobile(TOME))
    await service.deliver()
    page = (await service.call("GET", "/api/messages", by=world.email(FUJISAWA))).json()["items"]
    mine = [each["text"] for each in page if each["to"].endswith(world.mobile(TOME)[-4:])]
    assert sum(f"要請 {number} を取り消しました" in each for each in mine) == 1
    assert sum("すでに終わっています" in each for each in mine) == 1
    assert await waiting(service, world, FUJISAWA) == []


@pytest.mark.parametrize(
    ("words", "sender", "said", "reason"),
    [
        ("取消 {number}", None, "取り消していません", "recall-no-code"),
        ("取消 {number} {used}", None, "コードが違うか", "recall-wrong-code"),
        ("取消 {number} {code}", STRANGER, "要請した電話から", "recall-elsewhere"),
        ("変更 {number} 発電機3台", None, "まだ変わっていません", "amend-by-person"),
    ],
)
async def test_else_nothing_is_cancelled_a_person_looks_and_the_sender_hears_how(
    service: Service, words: str, sender: str | None, said: str, reason: str
) -> None:
    world = await service.build()
    number, left = await asked(service, world)
    sender = sender or world.mobile(TOME)
    await text(service, words.format(number=number, code=left[0], used="9Z9Z"), sender)
    assert [each["status"] for each in await requests(service, world)] == ["open"]
    (item,) = await waiting(service, world, FUJISAWA)
    assert item["message"]["reason"] == reason
    assert any(said in each for each in await replies(service, world, sender))
