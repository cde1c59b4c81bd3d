from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation.actor import Actor
from foundation.database import Busy
from foundation.openapi import document
from foundation.operations import operations_in
from notifications import actions, api, hooks, inbound, permissions
from notifications.gateways import jsonpost, kannel, karaden, twilio, vonage
from notifications.gateways.base import Channel
from notifications.models import InboundMessage
from notifications.replies import Choice
from notifications.wording import CODE_MISSING, HELP
from tests.notifications.alerting import addressee, code, courier, raise_alert, states
from tests.notifications.conftest import OPERATOR, Room


def results(session: Session) -> list[tuple[str | None, str | None]]:
    rows = session.execute(select(InboundMessage.result, InboundMessage.reason).order_by(InboundMessage.id))
    return [(result, reason) for result, reason in rows]


async def asked(room: Room, *numbers: int, topic: str = "request-1") -> str:
    """Raise an alert and send it; return its code."""
    people = [addressee(number, member=f"m{number}") for number in numbers or (1,)]
    await room.database.write(raise_alert, *people, topic=topic)
    await room.sent()
    return await room.database.read(code) if topic == "request-1" else ""


@pytest.mark.parametrize("text", ["{} 1 50", "{}　１　５０", "返信{} 1 50台", "{}-1-50"])
async def test_an_answer_by_sms_counts_in_every_way_of_writing(room: Room, text: str) -> None:
    digits = await asked(room)
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    answer = await room.sms(text.format(digits.translate(wide) if "１" in text else digits))
    assert (answer.status_code, answer.text) == (200, "")
    (heard,) = room.heard
    assert (heard.via, heard.member, heard.choice, heard.quantities) == ("sms", "m1", Choice.ACCEPT, (50, None))
    assert await room.sent() == ["【結まーる】回答を受け付けました。お礼申し上げます。"]


async def test_gateways_may_post_forms_and_use_their_own_names(room: Room) -> None:
    digits = await asked(room)
    form = {"From": "+818000000001", "To": "+810000", "Body": f"{digits} 2", "MessageSid": "SM1"}
    answer = await room.client.post("/hooks/sms/scripted/s3cret/mo", data=form)
    assert answer.status_code == 200
    assert [each.choice for each in room.heard] == [Choice.DECLINE]


class Watched(dict[str, Any]):
    """No fields, and the names of those that were looked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.names.add(key)
        return default


def test_the_document_names_every_field_that_a_hook_reads() -> None:
    paths = document(operations_in(api), title="", version="")["paths"]
    asked_for = Watched()
    for module in (kannel, twilio, vonage, karaden, jsonpost):
        module._report(asked_for)
    read = {
        "mo": {*hooks._SENDER, *hooks._TEXT, *hooks._EVENT, "to"},
        # What the documents of two providers name beside, in case the first is missing, and what is no field itself
        "receipt": asked_for.names - {"SmsStatus", "SmsSid", "tags", "tag", "error"},
    }
    for name, fields in read.items():
        described = paths[f"/hooks/sms/{{name}}/{{secret}}/{name}"]
        for method in ("get", "post"):
            queries = [each for each in described[method]["parameters"] if each["in"] == "query"]
            assert {each["name"] for each in queries} == fields
            assert not any(each["required"] for each in queries)
        forms = described["post"]["requestBody"]["content"].values()
        assert [set(each["schema"]["properties"]) for each in forms] == [fields, fields]


@pytest.mark.parametrize("path", ["/hooks/sms/scripted/wrong/mo", "/hooks/sms/other/s3cret/mo"])
async def test_a_wrong_name_or_secret_is_not_found_and_nothing_is_kept(room: Room, path: str) -> None:
    fields = {"from": "+818000000001", "text": "1"}
    assert (await room.client.get(path, params=fields)).status_code == 404
    assert (await room.client.post(path, data=fields)).status_code == 404
    assert await room.database.read(results) == []


async def test_the_number_may_come_in_the_national_form(room: Room) -> None:
    digits = await asked(room)
    await room.sms(f"{digits} 1", sender="08000000001")
    assert len(room.heard) == 1


async def test_a_repeated_event_counts_once(room: Room) -> None:
    digits = await asked(room)
    for _ in range(3):
        await room.sms(f"{digits} 1", id="event-1")
    assert len(room.heard) == 1
    assert len(await room.sent()) == 1


async def test_without_an_id_a_repeat_within_a_minute_counts_once_and_a_change_of_mind_counts(room: Room) -> None:
    digits = await asked(room)
    for text in (f"{digits} 1", f"{digits} 1", f"{digits} 2", f"{digits} 1"):
        await room.sms(text)
    assert [each.choice for each in room.heard] == [Choice.ACCEPT, Choice.DECLINE, Choice.ACCEPT]
    room.clock.advance(timedelta(seconds=61))
    await room.sms(f"{digits} 1")
    assert len(room.heard) == 4


async def test_an_answer_without_a_code_counts_for_nothing_and_its_sender_is_told_how(room: Room) -> None:
    await asked(room)
    await room.sms("1 50")
    assert room.heard == []
    assert await room.database.read(results) == [("needs_person", "unreadable-code")]
    assert await room.sent() == [f"【結まーる】{CODE_MISSING}"]


async def test_a_code_counts_only_from_the_phone_it_was_sent_to(room: Room) -> None:
    digits = await asked(room)
    await room.sms(f"{digits} 1", sender="+818000000099")
    assert room.heard == []
    assert await room.database.read(results) == [("needs_person", "unknown-code")]
    assert await room.sent() == [f"【結まーる】{HELP}"]


async def test_what_cannot_be_read_waits_for_a_person_and_is_answered_with_one_line(room: Room) -> None:
    await asked(room)
    await room.sms("明日なら少し出せます")
    assert await room.database.read(results) == [("needs_person", "unreadable-words")]
    assert await room.sent() == [f"【結まーる】{HELP}"]


async def test_more_quantities_than_lines_wait_for_a_person(room: Room) -> None:
    digits = await asked(room)
    await room.sms(f"{digits} 1 5 5 5")
    assert await room.database.read(results) == [("needs_person", "too-many-quantities")]


async def test_a_phone_that_answers_for_two_members_is_left_to_a_person(room: Room) -> None:
    both = [addressee(1, member="m1"), addressee(1, member="m2")]
    await room.database.write(raise_alert, *both)
    await room.sms(f"{await room.database.read(code)} 1")
    assert await room.database.read(results) == [("needs_person", "ambiguous")]


@pytest.mark.asvs("2.4.1")
async def test_a_number_gets_five_automatic_replies_an_hour(room: Room) -> None:
    await asked(room)
    for number in range(8):
        await room.sms(f"こんにちは{number}")
    assert len(await room.sent()) == 5
    assert len(await room.database.read(results)) == 8
    room.clock.advance(timedelta(hours=1, seconds=1))
    await room.sms("まだいますか")
    assert len(await room.sent()) == 1


@pytest.mark.parametrize("sender", ["docomo", "0466-25-1111", ""])
async def test_what_no_sms_can_reach_is_kept_without_a_reply(room: Room, sender: str) -> None:
    await room.sms("？", sender=sender)
    assert [result for result, _ in await room.database.read(results)] == ["needs_person"]
    assert await room.sent() == []


async def test_a_late_sms_is_told_so(room: Room) -> None:
    digits = await asked(room)
    await room.database.write(actions.close_alert, kind="request", topic="request-1")
    await room.sms(f"{digits} 1")
    assert await room.database.read(results) == [("closed", "question-closed")]
    (text,) = await room.sent()
    assert "終了しました" in text


async def test_an_answer_that_waits_too_long_for_a_lock_is_not_left_to_a_person(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asked(room)

    def held(_session: Session, _message: str) -> None:
        raise Busy

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(inbound, "handle", held)
        assert (await room.sms(f"{await room.database.read(code)} 1")).status_code == 200
    room.clock.advance(timedelta(seconds=6))
    (waiting,) = await room.database.read(inbound.unhandled)
    await inbound.settle(room.database, waiting)
    assert len(room.heard) == 1


async def test_a_message_whose_handling_was_cut_short_is_handled_later(room: Room) -> None:
    digits = await asked(room)
    arrived = inbound.Arrived("scripted", Channel.SMS, "+818000000001", f"{digits} 1")
    await room.database.write(inbound.store, arrived)
    room.clock.advance(timedelta(seconds=6))
    (message,) = await room.database.read(inbound.unhandled)
    for _ in range(2):
        await inbound.settle(room.database, message)
    assert len(room.heard) == 1
    assert await room.database.read(inbound.unhandled) == []


async def test_the_list_shows_what_waits_until_somebody_has_seen_to_it(room: Room) -> None:
    await asked(room)
    await room.sms("電話をください")
    assert (await room.client.get("/api/inbound")).status_code == 401
    room.act_as(OPERATOR)
    (item,) = (await room.client.get("/api/inbound")).json()["items"]
    assert (item["sender"], item["text"], item["municipality"]) == ("+818000000001", "電話をください", "142051")
    path = f"/api/inbound/{item['id']}/resolution"
    assert (await room.client.post(path, json={"note": "電話済み"})).status_code == 200
    assert (await room.client.post(path, json={"note": "電話済み"})).status_code == 409
    assert (await room.client.get("/api/inbound")).json()["items"] == []


async def test_a_message_that_does_not_open_is_marked_and_hides_no_other(room: Room) -> None:
    await asked(room)
    await room.sms("電話をください")
    await room.sms("もう一度")
    await room.database.write(_spoil_first_text)
    room.act_as(OPERATOR)
    items = (await room.client.get("/api/inbound")).json()["items"]
    shown = [(each["sender"], each["text"], each["is_readable"]) for each in items]
    assert shown == [("+818000000001", "", False), ("+818000000001", "もう一度", True)]
    answer = await room.client.post(f"/api/inbound/{items[0]['id']}/resolution", json={"note": "電話済み"})
    assert (answer.status_code, answer.json()["result"]) == (200, "resolved")


def _spoil_first_text(session: Session) -> None:
    row = session.scalars(select(InboundMessage).order_by(InboundMessage.id).limit(1)).one()
    row.text_sealed = row.text_sealed[:-1] + bytes([row.text_sealed[-1] ^ 1])


async def test_a_member_sees_only_its_own_peoples_messages(room: Room) -> None:
    await asked(room, 1, 2)
    await room.sms("あいう", sender="+818000000001")
    await room.sms("かきく", sender="+818000000002")
    await room.sms("さしす", sender="+818000000077")
    room.act_as(Actor("p", "担当", "m2", permissions=frozenset(permissions.ALL)))
    items = (await room.client.get("/api/inbound")).json()["items"]
    assert [each["text"] for each in items] == ["かきく"]
    other = await room.database.read(_inbound_of_others)
    answer = await room.client.post(f"/api/inbound/{other}/resolution", json={"note": "x"})
    assert answer.status_code == 404


def _inbound_of_others(session: Session) -> str:
    return session.scalars(select(func.min(InboundMessage.id))).one()


async def test_who_claims_anothers_number_reads_nothing_from_it(room: Room) -> None:
    await asked(room)
    thief = addressee(1, member="thief", person="thief")
    await room.database.write(raise_alert, thief, topic="request-2")
    await room.sms("明日まで待ってください")
    for member in ("m1", "thief"):
        room.act_as(Actor("p", "担当", member, permissions=frozenset(permissions.ALL)))
        assert (await room.client.get("/api/inbound")).json()["items"] == []
    room.act_as(OPERATOR)
    (item,) = (await room.client.get("/api/inbound")).json()["items"]
    assert (item["member"], item["municipality"]) == (None, None)


async def test_a_number_is_its_former_members_only_for_a_month(room: Room) -> None:
    await asked(room)
    room.clock.advance(timedelta(days=31))
    await room.database.write(raise_alert, addressee(1, member="m2"), topic="request-2")
    await room.sms("着きました")
    room.clock.advance(timedelta(days=31))
    await room.sms("だれかいますか")
    room.act_as(OPERATOR)
    items = (await room.client.get("/api/inbound")).json()["items"]
    assert [each["member"] for each in items] == ["m2", None]


async def test_whoever_left_is_no_longer_taken_at_their_word(room: Room) -> None:
    digits = await asked(room)
    room.gone = {"person-1"}
    await room.sms(f"{digits} 1")
    assert room.heard == []
    assert await room.database.read(results) == [("needs_person", "left")]


async def test_numbers_and_texts_are_kept_sealed(room: Room) -> None:
    await room.sms("秘密の返信")
    row = await room.database.read(lambda session: session.scalars(select(InboundMessage)).one())
    assert "秘密".encode() not in row.text_sealed
    assert b"+8180" not in row.sender_sealed


async def test_the_viewer_shows_a_drills_messages_newest_first(room: Room) -> None:
    await asked(room, 1, 2)
    await room.database.write(raise_alert, addressee(3, member="m3", channel=Channel.EMAIL))
    assert (await room.client.get("/api/messages")).status_code == 401
    room.act_as(OPERATOR)
    items = (await room.client.get("/api/messages")).json()["items"]
    shown = {each["to"]: each["text"] for each in items}
    assert shown == {message.to: f"【訓練】{message.text}" for message in room.phone.messages}
    assert [each["id"] for each in items] == sorted((each["id"] for each in items), reverse=True)
    assert len(items) == 2
    only = (await room.client.get("/api/messages", params={"member": "m1"})).json()["items"]
    assert [each["member"] for each in only] == ["m1"]
    assert await room.database.read(states) == ["accepted", "accepted", "due"]


async def test_the_viewer_is_not_there_where_messages_really_go_out(room: Room) -> None:
    room.act_as(OPERATOR)
    real = {"mail_urls": ("smtp://127.0.0.1",), "sms_urls": ("kannel://u:p@127.0.0.1?from=0",)}
    room.app.state.settings = room.app.state.settings.model_copy(update=real)
    assert (await room.client.get("/api/messages")).status_code == 404


async def test_the_viewer_is_not_there_outside_a_demo(room: Room) -> None:
    await asked(room)
    room.act_as(OPERATOR)
    room.app.state.settings = room.app.state.settings.model_copy(update={"is_demo": False})
    assert (await room.client.get("/api/messages")).status_code == 404


async def test_replies_go_out_by_the_courier_like_any_alert(room: Room) -> None:
    await asked(room)
    await room.sms("?")
    assert await courier(room.database, room.phone).drain() == 1
