"""Wrong input over HTTP: a clear problem in Japanese that names field and remedy; nothing is lost or half-done."""

import json
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation.database.base import Base
from tests.api_client import Service
from tests.journeys.asking import ask, get, post
from tests.world import FUJISAWA, KOMATSU, TAMA, TOME, World

NAMES = "髙橋﨑𠮷葛󠄀・檮原町・辻󠄀"
PC = {"kind": "pc", "quantity": 5}
REQUESTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown member": ({"requester": "131016"}, "/requester", "構成団体"),
    "wrong check digit": ({"requester": "042120"}, "/requester", "検査数字"),
    "a name as code": ({"requester": "登米市"}, "/requester", "半角"),
    "full-width code": ({"requester": "０４２１２９"}, "/requester", "半角"),
    "no lines": ({"lines": []}, "/lines", "1件以上"),
    "too many lines": ({"lines": [PC] * 51}, "/lines", "50件以内"),
    "an empty line": ({"lines": [PC, {}]}, "/lines/1/kind", "指定してください"),
    "a line without quantity": ({"lines": [{"kind": "pc"}]}, "/lines/0/quantity", "数量"),
    "unknown kind": ({"lines": [PC, {"kind": "unicorn", "quantity": 1}]}, "/lines/1/kind", "一覧から選んで"),
    "unknown mission": ({"lines": [{"mission": "unicorns"}]}, "/lines/0/mission", "一覧から選んで"),
    "nothing asked": ({"lines": [{"kind": "pc", "quantity": 0}]}, "/lines/0/quantity", "1以上"),
    "negative": ({"lines": [{"kind": "pc", "quantity": -3}]}, "/lines/0/quantity", "1以上"),
    "absurd": ({"lines": [{"kind": "pc", "quantity": 100_001}]}, "/lines/0/quantity", "100000以下"),
    "more than an integer holds": ({"lines": [{"kind": "pc", "quantity": 10**40}]}, "/lines/0/quantity", "入力"),
    "half a PC": ({"lines": [{"kind": "pc", "quantity": 2.5}]}, "/lines/0/quantity", "整数"),
    "digits as text": ({"lines": [{"kind": "pc", "quantity": "50"}]}, "/lines/0/quantity", "半角の整数"),
    "full-width digits": ({"lines": [{"kind": "pc", "quantity": "５０"}]}, "/lines/0/quantity", "半角の整数"),
    "true": ({"lines": [{"kind": "pc", "quantity": True}]}, "/lines/0/quantity", "半角の整数"),
    "unknown disposition": ({"lines": [{**PC, "disposition": "貸与"}]}, "/lines/0/disposition", "loan"),
    "unknown field": ({"urgency": "high"}, "/urgency", "この項目はありません"),
    "unknown way in": ({"via": "pigeon"}, "/via", "次のいずれか"),
    "priority out of range": ({"priority": 5}, "/priority", "4以下"),
    "an instant without offset": ({"needed_by": "2026-06-02T09:00:00"}, "/needed_by", "時差"),
    "an instant of another age": ({"needed_by": "9999-12-31T23:59:59+09:00"}, "/needed_by", "2099年"),
    "no instant": ({"needed_by": "明日の朝"}, "/needed_by", "の形で"),
    "a blank place": ({"place": "　"}, "/place", "形式"),
    "a place of two lines": ({"place": "玄関\n二階"}, "/place", "形式"),
    "a NUL": ({"reason": "庁舎\x00浸水"}, "/reason", "制御文字"),
    "a letter in the phone": ({"contact_phone": "内線12"}, "/contact_phone", "形式"),
    "a book as reason": ({"reason": "あ" * 4001}, "/reason", "4000文字以内"),
    "no reason to be a list": ({"reason": ["浸水"]}, "/reason", "文字列"),
}


MADE_BY_TOKENS = {"api_tokens", "audit", "audit_heads"}


async def counts(service: Service) -> dict[str, int]:
    """How many rows each table has; tokens are made on the way and don't count."""
    return await service.database.read(_counts)


def _counts(session: Session) -> dict[str, int]:
    tables = [each for each in Base.metadata.sorted_tables if each.name not in MADE_BY_TOKENS]
    return {each.name: session.scalar(select(func.count()).select_from(each)) or 0 for each in tables}


def draft(world: World, **more: Any) -> dict[str, Any]:
    return {"incident": world.incident, "group": world.group, "requester": TOME, "lines": [PC], **more}


def check(answer: Response, status: int, pointer: str | None = None, remedy: str = "") -> None:
    """Refused as said: problem+json, in Japanese, naming the field and what to do."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "ja"
    problem = answer.json()
    assert any("\u3040" <= letter <= "\u30ff" for letter in problem["detail"]), problem
    if pointer is not None:
        details = {each["pointer"]: each["detail"] for each in problem["errors"]}
        assert pointer in details, details
        assert remedy in details[pointer], details
    else:
        assert remedy in problem["detail"], problem


@pytest.mark.asvs("2.2.1", "2.2.3")
async def test_a_wrong_request_is_refused_by_field(service: Service) -> None:
    world = await service.build()
    before = await counts(service)
    for name, (wrong, pointer, remedy) in REQUESTS.items():
        answer = await service.call("POST", "/api/requests", by=world.email(TOME), json=draft(world, **wrong))
        try:
            check(answer, 422, pointer, remedy)
        except AssertionError as error:
            error.add_note(name)
            raise
    assert await counts(service) == before


async def test_all_that_is_wrong_is_named_at_once(service: Service) -> None:
    world = await service.build()
    wrong = {"incident": "", "lines": [{"kind": "pc", "quantity": -1}, {"kind": 3}], "priority": 9, "hurry": True}
    answer = await service.call("POST", "/api/requests", by=world.email(TOME), json=wrong)
    check(answer, 422, "/group", "必須")
    pointers = {each["pointer"] for each in answer.json()["errors"]}
    assert pointers == {
        *("/incident", "/group", "/requester", "/lines/0/quantity", "/lines/1/kind", "/priority", "/hurry")
    }


async def test_english_is_answered_in_english(service: Service) -> None:
    world = await service.build()
    headers = {"Accept-Language": "en-GB,en;q=0.9"}
    answer = await service.call("POST", "/api/requests", by=world.email(TOME), json={}, headers=headers)
    assert answer.headers["content-language"] == "en"
    assert answer.json()["errors"][0]["detail"] == "This is required."


async def test_a_body_that_can_not_be_read_is_refused(service: Service) -> None:
    world = await service.build()
    before = await counts(service)
    good = json.dumps(draft(world), ensure_ascii=False)
    bodies: dict[str, tuple[bytes, int, str]] = {
        "1 MB": (json.dumps(draft(world, reason="あ" * 350_000), ensure_ascii=False).encode(), 413, "262144バイト"),
        "broken UTF-8": (good.encode().replace(b'"pc"', b'"p\xe3\x81"'), 422, "UTF-8"),
        "Shift_JIS": (json.dumps(draft(world, reason="浸水"), ensure_ascii=False).encode("cp932"), 422, "UTF-8"),
        "a lone surrogate": (good.replace('"pc"', r'"\ud842"').encode(), 422, "UTF-8"),
        "half of a pair": (good.replace('"pc"', r'"\ude00pc"').encode(), 422, "UTF-8"),
        "very deep": (b'{"lines":' + b"[" * 50_000 + b"]" * 50_000 + b"}", 422, "JSON"),
        "not a number": (good.replace("5", "NaN").encode(), 422, ""),
        "endless": (good.replace("5", "1e400").encode(), 422, ""),
        "many digits": (good.replace(" 5", " " + "9" * 5000).encode(), 422, ""),
        "nothing": (b"", 422, "JSON"),
        "half of it": (good.encode()[:40], 422, "JSON"),
        "a list": (b"[]", 422, "オブジェクト"),
        "a word": ('"応援"'.encode(), 422, "オブジェクト"),
    }
    for name, (body, status, remedy) in bodies.items():
        headers = {"Content-Type": "application/json"}
        answer = await service.call("POST", "/api/requests", by=world.email(TOME), content=body, headers=headers)
        try:
            check(answer, status)
            assert remedy in answer.text
        except AssertionError as error:
            error.add_note(name)
            raise
    assert await counts(service) == before


async def test_another_content_type_is_refused(service: Service) -> None:
    world = await service.build()
    body = json.dumps(draft(world)).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/problem+json", ""):
        answer = await service.call(
            "POST", "/api/requests", by=world.email(TOME), content=body, headers={"Content-Type": kind}
        )
        check(answer, 415, remedy="application/json")
    for kind in ("application/json; charset=utf-8", "Application/JSON"):
        answer = await service.call(
            "POST", "/api/requests", by=world.email(TOME), content=body, headers={"Content-Type": kind}
        )
        assert answer.status_code == 201, answer.text


async def test_a_closed_incident_takes_no_request(service: Service) -> None:
    world = await service.build()
    await post(service, f"/api/incidents/{world.incident}/closure", by=world.email(FUJISAWA), reason="応急対応を終了")
    before = await counts(service)
    answer = await service.call("POST", "/api/requests", by=world.email(TOME), json=draft(world))
    check(answer, 409, remedy="新しい災害として登録")
    assert await counts(service) == before


async def test_nobody_asks_for_a_stranger(service: Service) -> None:
    world = await service.build()
    elsewhere = await service.build(codes=("131016", "131024"), coordinator="131016", hit={"131024": "6-"})
    before = await counts(service)
    wrong: list[tuple[str, dict[str, Any], int, str]] = [
        (TOME, draft(world, requester="131024"), 422, ""),
        (TOME, draft(world, requester=elsewhere.members["131024"]), 422, ""),
        (TOME, draft(world, group=elsewhere.group, requester="131024"), 404, "見つかりません"),
        (TOME, draft(world, group="no-such-group"), 404, "見つかりません"),
        (TOME, draft(world, incident="no-such-incident"), 404, "一覧から選び直して"),
        ("131016", draft(world), 404, "見つかりません"),
    ]
    for who, body, status, remedy in wrong:
        answer = await service.call("POST", "/api/requests", by=world.email(who), json=body)
        check(answer, status, "/requester" if status == 422 else None, remedy)
    check(await service.call("POST", "/api/requests", json=draft(world)), 401, remedy="サインイン")
    assert await counts(service) == before


async def test_other_doors_refuse_as_clearly(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world, ("pc", 5))
    line = request["lines"][0]["id"]
    offers, members = f"/api/requests/{request['id']}/offers", f"/api/groups/{world.group}/members"
    area = {"municipality": "042120", "severity": "6+"}
    quake = {"name": "余震", "kind": "earthquake", "occurred_at": "2026-06-01T12:00:00+09:00"}
    before = await counts(service)
    wrong: list[tuple[str, str, dict[str, Any], str]] = [
        (FUJISAWA, "/api/incidents", {**quake, "affected": [area]}, "/affected/0/municipality"),
        (FUJISAWA, "/api/incidents", {**quake, "kind": "怪獣"}, "/kind"),
        (FUJISAWA, members, {"municipality": "042120", "kind": "member"}, "/municipality"),
        (
            KOMATSU,
            "/api/capabilities",
            {"municipality": KOMATSU, "kind": "雪かき", "quantity": 1, "lead_time_hours": 1},
            "/kind",
        ),
        (KOMATSU, offers, {"municipality": KOMATSU, "decision": "たぶん"}, "/decision"),
        (KOMATSU, offers, offering(KOMATSU, "no-such-line", 1), "/lines/0/line"),
        (KOMATSU, offers, offering(KOMATSU, line, 0), "/lines/0/quantity"),
    ]
    for who, path, body, pointer in wrong:
        check(await service.call("POST", path, by=world.email(who), json=body), 422, pointer)
    check(
        await service.call("POST", offers, by=world.email(KOMATSU), json=offering(KOMATSU, line, 51)),
        409,
        remedy="数量を50以下に",
    )
    assert await counts(service) == before


def offering(code: str, line: str, quantity: int) -> dict[str, Any]:
    return {"municipality": code, "decision": "accept", "lines": [{"line": line, "quantity": quantity}]}


@pytest.mark.parametrize("names", [NAMES, "﨑\u3099か゛①㈱ﾊﾝｶｸ〜～－👩‍🚒"])
async def test_rare_characters_go_through_unchanged(service: Service, names: str) -> None:
    world = await service.build()
    request = await ask(service, world, place=names, reason=f"{names}\n二行目")
    shown = await get(service, f"/api/requests/{request['id']}", by=world.email(KOMATSU))
    assert (shown["place"], shown["reason"]) == (names, f"{names}\n二行目")
    await service.deliver()
    messages = (await get(service, "/api/messages", by=world.email(KOMATSU)))["items"]
    mails = [each["text"] for each in messages if each["channel"] == "email"]
    assert mails
    assert all(names in text for text in mails)
    texts = [each["text"] for each in messages if each["channel"] == "sms"]
    assert len(texts) == len(mails)
    assert all("\ufffd" not in text and text.encode() for text in texts)


async def asked(service: Service, world: World, who: str, function: str = "disaster") -> tuple[str, str]:
    """The reply code and the link's token in the newest SMS to somebody."""
    await service.deliver()
    messages = (await get(service, "/api/messages", by=world.email(TOME)))["items"]
    number = world.mobile(who, function)
    text = next(each["text"] for each in messages if each["to"] == number and "返信" in each["text"])
    return text.split("返信")[1].split()[0], text.splitlines()[-1].rpartition("/")[2]


async def reply(service: Service, sender: str, text: str, number: str) -> list[dict[str, Any]]:
    """Send an SMS in; return what now waits for a person, as the sender's own member sees it."""
    parameters = {"from": sender, "to": "0005", "text": text, "id": number}
    answer = await service.call("GET", "/hooks/sms/console/secret/mo", params=parameters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = (await get(service, "/api/inbound", by=f"disaster1.{KOMATSU}@demo.example"))[
        "items"
    ]
    return items


async def test_an_answer_that_comes_too_late_is_kept_and_told_so(service: Service) -> None:
    world = await service.build()
    request = await ask(service, world)
    code, token = await asked(service, world, KOMATSU)
    await post(service, f"/api/requests/{request['id']}/cancellation", by=world.email(TOME), reason="自力で確保")
    before = await counts(service)
    late = await service.call("POST", f"/api/answers/{token}", json={"decision": "accept", "quantities": [5]})
    check(late, 410, remedy="記録しました")
    line = request["lines"][0]["id"]
    by_api = await service.call(
        "POST",
        f"/api/requests/{request['id']}/offers",
        by=world.email(KOMATSU),
        json=offering(KOMATSU, line, 5),
    )
    check(by_api, 409, remedy="新しい要請")
    await reply(service, world.mobile(KOMATSU), f"{code} 1 5", "late")
    after = await counts(service)
    assert after["answers"] == before["answers"] + 2
    assert after["inbound_messages"] == before["inbound_messages"] + 1
    assert after["offers"] == before["offers"]
    assert "受付は終了" in await last_text_to(service, world, KOMATSU)


async def test_a_code_counts_only_from_its_own_phone(service: Service) -> None:
    world = await service.build()
    await ask(service, world)
    code, _ = await asked(service, world, KOMATSU)
    elsewhere = await service.build(codes=("131016", "131024"), coordinator="131016", hit={"131024": "6-"})
    filed = draft(elsewhere, requester="131024")
    assert (await service.call("POST", "/api/requests", by=world.email("131024"), json=filed)).status_code == 201
    await service.deliver()
    before = await counts(service)
    await reply(service, world.mobile("131016"), f"{code} 1 5", "other alert's code")
    await reply(service, "+818099999999", f"{code} 1 5", "a stranger's phone")
    waiting = await reply(service, world.mobile(KOMATSU), "9999 1 5", "no such code")
    assert [each["reason"] for each in waiting] == ["unknown-code"]
    for number, text in enumerate(("はい", f"{code}", f"{code} 7", f"{code} 1 5 5 5", "💐" * 300)):
        waiting = await reply(service, world.mobile(KOMATSU), text, f"unreadable {number}")
    assert len(waiting) == 6, "all wait for a person of the member that sent them"
    after = await counts(service)
    assert after["offers"] == before["offers"]
    assert after["answers"] == before["answers"]
    assert after["inbound_messages"] == before["inbound_messages"] + 8
    good = await reply(service, world.mobile(KOMATSU), f"{code}　１　５", "at last")
    assert len(good) == 6
    assert (await counts(service))["offers"] == before["offers"] + 1


async def last_text_to(service: Service, world: World, who: str) -> str:
    await service.deliver()
    messages = (await get(service, "/api/messages", by=world.email(TAMA)))["items"]
    return next(str(each["text"]) for each in messages if each["to"] == world.mobile(who))


async def test_an_unknown_link_is_refused(service: Service) -> None:
    world = await service.build()
    await ask(service, world)
    for token in ("0123456789", "x", "a" * 64):
        check(await service.call("GET", f"/api/answers/{token}"), 404, remedy="返信番号")
        check(await service.call("POST", f"/api/answers/{token}", json={"decision": "accept"}), 404)
    _, token = await asked(service, world, KOMATSU)
    too_many = await service.call("POST", f"/api/answers/{token}", json={"decision": "accept", "quantities": [1, 2]})
    check(too_many, 422, "/quantities", "1行")


async def test_a_gateway_s_form_may_be_anything(service: Service) -> None:
    await service.build()
    hook = "/hooks/sms/console/secret/mo"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    before = await counts(service)
    too_large = await service.call("POST", hook, content=b"text=" + b"a" * 1_000_000, headers=form)
    check(too_large, 413)
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    check(await service.call("POST", hook, content=b"--y\r\nbroken", headers=broken), 422)
    assert await counts(service) == before
    odd = b"from=%2B818000000001&id=%00%ED%A0%80&text=%E3%81%00%ff"
    assert (await service.call("POST", hook, content=odd, headers=form)).status_code == 200
    assert (await counts(service))["inbound_messages"] == before["inbound_messages"] + 1
    check(await service.call("GET", "/hooks/sms/console/wrong/mo", params={"text": "1"}), 404)
